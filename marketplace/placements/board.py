"""Where a released round stands: placements by state, who is silent, who has no place, what is open."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from marketplace.appeals import queries as appeals
from marketplace.db import db
from marketplace.placements import queries
from marketplace.rounds import queries as rounds
from marketplace.rounds.models import Round, RoundSlot, RoundStudent
from marketplace.runs.models import Placement, PlacementEnd
from marketplace.slots.models import Slot, SlotState

#: Ends that were not the student's doing: they come first when places are given out.
NOT_THEIR_DOING = frozenset({PlacementEnd.DISPLACED, PlacementEnd.REFUSED, PlacementEnd.WITHDRAWN})


@dataclass(frozen=True)
class Place:
    """A slot of the round: how many places it has now, and how many are taken."""

    slot: Slot
    places: int
    taken: int

    @property
    def open(self) -> int:
        """Places that nobody holds."""
        return max(0, self.places - self.taken)

    @property
    def offered(self) -> bool:
        """Whether the open places can be given out. A slot that takes so many students or none has no place
        for one more while it has fewer."""
        return bool(self.open) and self.taken >= self.slot.minimum

    @property
    def over(self) -> int:
        """Students more than there are places."""
        return max(0, self.taken - self.places)


@dataclass(frozen=True)
class Seeker:
    """A student of the round without a place. ``first``: they lost one through no doing of theirs, or an
    appeal gave them priority (``owed``)."""

    row: RoundStudent
    last: Placement | None
    owed: bool = False

    @property
    def first(self) -> bool:
        """Whether they come before the others."""
        return self.owed or (self.last is not None and self.last.end_reason in NOT_THEIR_DOING)


@dataclass(frozen=True)
class Board:
    """A released round at one look."""

    standing: Sequence[Placement]
    ended: Sequence[Placement]
    places: Sequence[Place]
    seekers: Sequence[Seeker]

    @property
    def confirmed(self) -> int:
        """How many placements both sides have confirmed."""
        return sum(1 for p in self.standing if p.state == "confirmed")

    @property
    def open(self) -> Sequence[Place]:
        """The slots with a place that can be given out."""
        return [place for place in self.places if place.offered]

    @property
    def over(self) -> Sequence[Place]:
        """The slots with more students than places."""
        return [place for place in self.places if place.over]

    def silent(self, now: datetime) -> Sequence[Placement]:
        """The placements whose date has passed without both answers."""
        return [p for p in self.standing if p.state == "proposed" and p.answer_by <= now]


def read(round_: Round) -> Board:
    """The board of a released round."""
    found = queries.all_of(round_.id)
    standing = [p for p in found if p.ended_at is None]
    last = {p.student_id: p for p in found}
    held = {p.student_id for p in standing}
    owed = appeals.first_in_clearing(round_.id)
    seekers = [
        Seeker(row, last.get(row.student_id), row.student_id in owed)
        for row in rounds.participants(round_.id)
        if row.withdrawn_at is None and row.student_id not in held
    ]
    seekers.sort(key=lambda seeker: not seeker.first)
    return Board(standing, [p for p in found if p.ended_at is not None], places(round_.id), seekers)


def places(round_id: int) -> list[Place]:
    """The slots of a round, and those that left it with students still in them."""
    taken = _taken(round_id)
    slots = [row.slot for row in rounds.round_slots(round_id)]
    found = [Place(s, s.capacity if s.state is SlotState.POSTED else 0, taken[s.id]) for s in slots]
    known = {slot.id for slot in slots}
    gone = [p for p in queries.standing(round_id) if p.slot_id not in known]
    left = Counter(p.slot_id for p in gone)
    return found + [Place(slot, 0, left[slot.id]) for slot in {p.slot_id: p.slot for p in gone}.values()]


def taken_elsewhere(round_id: int, slot_id: int) -> int:
    """How many placements of other rounds stand in a slot."""
    query = sa.select(sa.func.count()).where(
        Placement.slot_id == slot_id, Placement.round_id != round_id, Placement.ended_at.is_(None)
    )
    return db.session.scalar(query) or 0


def _taken(round_id: int) -> Counter[int]:
    """How many placements stand in each slot of a round, whatever round they came from."""
    here = sa.select(RoundSlot.slot_id).where(RoundSlot.round_id == round_id)
    rows = db.session.execute(
        sa.select(Placement.slot_id, sa.func.count())
        .where(Placement.ended_at.is_(None), Placement.slot_id.in_(here))
        .group_by(Placement.slot_id)
    )
    return Counter({slot_id: count for slot_id, count in rows})
