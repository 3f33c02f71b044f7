"""Why a student has what they have, as coarsely as the round's rules say. Pure: no database, no words.

The engine's reasons are as fine as the sealed problem allows. Most of what they know of others ends here: a
student never learns who holds a place, in which tier anybody stands, or anybody else's lottery number. Made
when a released result is read, from the sealed input alone; nothing of it is stored.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from marketplace.runs import matching_adapter
from marketplace.runs.matching_adapter import EngineReason, MatchingProblem, MatchingResult, ReasonCode

#: Fewer than this is never told of others, and no finer reason where a slot has fewer places.
SMALL = 5


class Why(StrEnum):
    """Why one place of the list is, or is not, where the student went."""

    PLACED = "placed"
    NOT_NEEDED = "not-needed"
    OUTRANKED = "outranked"  # by priority or lottery: which of the two is not told
    HIGHER = "higher"  # finer: everybody who holds a place stands higher
    DRAWN = "drawn"  # finer: the lottery decided
    OTHERS = "others"  # the facility asked for others, or for nobody
    NO_PLACES = "no-places"  # none was open to the match
    INELIGIBLE = "ineligible"
    MINIMUM = "minimum"  # the slot did not run
    PARTNER = "partner"  # of a couple: the other half's place
    UNSTABLE = "unstable"  # nothing stood in the way; the match could not make everything fit
    SLOT_GONE = "slot-gone"  # the slot had left the round when lists closed
    NOT_APPLIED = "not-applied"  # the application had ended by then


@dataclass(frozen=True)
class Told:
    """What is told of one place, or of one pair of places in a couple's list.

    ``slot`` and ``partners`` are codes in the round; ``partners`` is the place for the other half of a
    couple. ``cause`` is the recorded reason of an ineligible pair. ``higher`` and ``equal`` count those who
    hold places above the student and beside them, where both may be told.
    """

    slot: str | None
    rank: int
    why: Why
    partners: str | None = None
    cause: str = ""
    higher: int | None = None
    equal: int | None = None


_COARSE = {
    ReasonCode.PLACED: Why.PLACED,
    ReasonCode.NOT_NEEDED: Why.NOT_NEEDED,
    ReasonCode.INELIGIBLE: Why.INELIGIBLE,
    ReasonCode.NOT_LISTED: Why.OTHERS,
    ReasonCode.CLOSED: Why.MINIMUM,
    ReasonCode.NO_PLACES: Why.NO_PLACES,
    ReasonCode.PRIORITY: Why.OUTRANKED,
    ReasonCode.LOTTERY: Why.OUTRANKED,
    ReasonCode.TIE: Why.OUTRANKED,
    ReasonCode.BLOCKING: Why.UNSTABLE,
}
_FINE = {ReasonCode.PRIORITY: Why.HIGHER, ReasonCode.LOTTERY: Why.DRAWN}


@dataclass(frozen=True)
class Level:
    """How much may be told: ``detailed`` as the round's rules say."""

    detailed: bool = False

    def allows(self, reason: EngineReason, capacity: int) -> bool:
        """Whether the finer reason may be told: by the rules, in a large slot, of the slot's own places."""
        return self.detailed and capacity >= SMALL and reason.evidence.get("bound") == "slot"


def tell(problem: MatchingProblem, result: MatchingResult, student: str, *, level: Level) -> Sequence[Told]:
    """What the student with this code may know of each place they listed, in the order of their list."""
    capacity = {slot.id: slot.capacity for slot in problem.slots}
    half = next((c.members.index(student) for c in problem.couples if student in c.members), None)
    found = []
    for reason in matching_adapter.explain(problem, result, student):
        if half is not None and isinstance(reason.slot, tuple):
            found.append(_of_pair(reason, reason.slot, student, half))
        else:
            assert isinstance(reason.slot, str)
            found.append(_of_slot(reason, reason.slot, finer=level.allows(reason, capacity[reason.slot])))
    return found


def _of_slot(reason: EngineReason, slot: str, *, finer: bool) -> Told:
    why = _COARSE[reason.code]
    if why is Why.INELIGIBLE:
        return Told(slot, reason.rank, why, cause=str(reason.evidence["reason"]))
    if not finer or reason.code not in _FINE:
        return Told(slot, reason.rank, why)
    counts = (int(reason.evidence["higher"]), int(reason.evidence["equal"]))
    shown = counts if reason.code is ReasonCode.LOTTERY and min(counts) >= SMALL else (None, None)
    return Told(slot, reason.rank, _FINE[reason.code], higher=shown[0], equal=shown[1])


def _of_pair(reason: EngineReason, pair: tuple[str | None, str | None], student: str, half: int) -> Told:
    """A couple's pair. What stood in the way of the other half is theirs to know."""
    places = (pair[half], pair[1 - half])
    if reason.evidence.get("member", student) != student:
        return Told(places[0], reason.rank, Why.PARTNER, places[1])
    cause = str(reason.evidence.get("reason", ""))
    return Told(places[0], reason.rank, _COARSE[reason.code], places[1], cause)
