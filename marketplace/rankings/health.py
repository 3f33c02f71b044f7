"""What a student may know of how their list stands, in coarse words and never from anyone's list.

Only numbers of applications count here, and only those of five and more: fewer would point at people.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from marketplace.applications import queries as applications
from marketplace.applications.models import Application
from marketplace.eligibility.facts import Reason, Verdict
from marketplace.eligibility.rules import PENDING
from marketplace.rounds.models import Round

#: A list below this is short.
SHORT = 3
#: Numbers of applications below this are not used.
LEAST = 5
#: A slot is over-subscribed from this many applications a place on.
CROWDED = 2


@dataclass(frozen=True)
class Health:
    """The bands of a list. ``barred`` and ``pending`` name slots; the others are about the whole list."""

    length: int
    barred: frozenset[int]
    pending: frozenset[int]
    mostly_crowded: bool

    @property
    def short(self) -> bool:
        """Whether few of the places can become a placement."""
        return self.length - len(self.barred) < SHORT

    @property
    def hopeless(self) -> bool:
        """Whether none of them can."""
        return self.length == len(self.barred)


def of_list(round_: Round, verdicts: Mapping[int, Verdict], listed: Sequence[Application]) -> Health:
    """The bands of a student's list as the page shows it, given what the rules say of each slot."""
    ids = [application.slot_id for application in listed]
    counts = applications.counts_by_slot(round_.id) if ids else {}
    return Health(
        length=len(ids),
        barred=frozenset(i for i in ids if i in verdicts and not verdicts[i].eligible),
        pending=frozenset(i for i in ids if i in verdicts and _waits(verdicts[i])),
        mostly_crowded=crowded(counts, {a.slot_id: a.slot.capacity for a in listed}),
    )


def crowded(counts: Mapping[int, int], capacities: Mapping[int, int]) -> bool:
    """Whether more than half of the slots have at least twice as many applications as places.

    >>> crowded({1: 9, 2: 5, 3: 2}, {1: 2, 2: 1, 3: 1}), crowded({1: 4, 2: 4}, {1: 1, 2: 1})
    (True, False)
    """
    full = [i for i, places in capacities.items() if LEAST <= counts.get(i, 0) >= CROWDED * places]
    return 2 * len(full) > len(capacities)


def _waits(verdict: Verdict) -> bool:
    """Whether an agreement that the pair needs is being made."""
    return any(
        each.reason is Reason.AGREEMENT and each.code == PENDING for each in (*verdict.blocks, *verdict.notes)
    )
