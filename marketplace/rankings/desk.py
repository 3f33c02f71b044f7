"""What lies before whoever puts applicants into tiers: for the pages of contacts, by sign-in or by link."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from marketplace.access import Actor
from marketplace.applications import queries as applications
from marketplace.applications.models import Application
from marketplace.eligibility import queries as eligibility
from marketplace.rankings import queries
from marketplace.rankings.models import RankList
from marketplace.rounds import policies
from marketplace.rounds import queries as rounds
from marketplace.rounds.models import Round
from marketplace.slots.models import Slot

MOST_TIERS = 9


@dataclass(frozen=True)
class Desk:
    """Who applied, and the tier each is in.

    ``unready`` are those who can't be placed here yet. Why is between them and their school.
    """

    round: Round
    slot: Slot
    current: RankList | None
    in_force: RankList | None
    applicants: Sequence[Application]
    unready: frozenset[int]
    open: bool
    latest: int = 0

    @property
    def version(self) -> int:
        """The version on the desk, 0 before the first save."""
        return self.current.version if self.current else self.latest

    @property
    def tiers(self) -> list[list[int]]:
        """Tiers of the applicants who still stand, best first."""
        standing = {a.student_id for a in self.applicants}
        kept = ([i for i in tier if i in standing] for tier in queries.tiers(self.current))
        return [tier for tier in kept if tier]

    @property
    def then_any(self) -> bool:
        """Whether everyone else who applied comes after the tiers; before the first save: yes."""
        return self.current.then_any if self.current else True


@dataclass(frozen=True)
class Typed:
    """What somebody had put together in a window that another one overtook."""

    tiers: list[list[int]]
    then_any: bool


def open_desk(actor: Actor, round_id: int, slot_id: int, *, now: datetime) -> Desk:
    """The desk of a contact of the slot's facility. Raises NotFound."""
    round_, slot = rounds.as_facility(actor, round_id, slot_id)
    return _laid(round_, slot, queries.current(queries.Owner(round_id, slot_id=slot_id)), now)


def on_behalf(actor: Actor, round_id: int, slot_id: int, *, now: datetime) -> Desk:
    """The desk of a coordinator who enters a facility's list. What the facility saved itself is not on it."""
    round_, slot = rounds.slot_of_coordinated(actor, round_id, slot_id)
    current = queries.current(queries.Owner(round_id, slot_id=slot_id))
    mine = current is not None and current.saved_by_id == actor.user_id and not current.certified
    return _laid(round_, slot, current if mine else None, now, latest=current.version if current else 0)


def _laid(round_: Round, slot: Slot, current: RankList | None, now: datetime, *, latest: int = 0) -> Desk:
    applicants = applications.applicants(round_.id, slot.id)
    verdicts = eligibility.of_slot(round_, slot.id, [a.student_id for a in applicants])
    return Desk(
        round=round_,
        slot=slot,
        current=current,
        in_force=queries.in_force(queries.Owner(round_.id, slot_id=slot.id)),
        applicants=applicants,
        unready=frozenset(i for i, verdict in verdicts.items() if not verdict.eligible),
        open=policies.accepts_lists(round_, now),
        latest=latest,
    )


def posted_tiers(desk: Desk, form: Mapping[str, str]) -> list[list[int]]:
    """The tiers of the posted form, empty ones closed up; applicants without a tier are left out."""
    tiers: dict[int, list[int]] = {}
    for application in desk.applicants:
        chosen = form.get(f"tier-{application.student_id}", "")
        if chosen.isdecimal() and 1 <= int(chosen) <= MOST_TIERS:
            tiers.setdefault(int(chosen), []).append(application.student_id)
    return [tiers[rank] for rank in sorted(tiers)]
