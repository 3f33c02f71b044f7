"""What lies before a couple: the pairs on their list, and the places that either of them applied to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from marketplace.access import Actor
from marketplace.applications import queries as applications
from marketplace.applications.models import Application
from marketplace.couples import lists, queries, services
from marketplace.couples.lists import Pair
from marketplace.couples.models import Couple, PairList
from marketplace.errors import NotFound
from marketplace.rounds import policies
from marketplace.rounds.models import Round
from marketplace.slots.models import Slot
from marketplace.students.models import Student


@dataclass(frozen=True)
class Line:
    """A pair on the desk: the viewer's place and their partner's. ``number`` is its place on the list."""

    number: int
    pair: Pair
    mine: Slot | None
    theirs: Slot | None


@dataclass(frozen=True)
class Desk:
    """A couple's list as one of the two sees it. ``mine`` and ``theirs``: standing applications."""

    round: Round
    couple: Couple
    student: Student
    partner: Student
    current: PairList | None
    in_force: PairList | None
    mine: Sequence[Application]
    theirs: Sequence[Application]
    open: bool

    @property
    def version(self) -> int:
        """The version on the desk, 0 before the first save."""
        return self.current.version if self.current else 0

    @property
    def lines(self) -> list[Line]:
        """The pairs whose places still stand, as the viewer reads them, by their place on the saved list."""
        return self.lines_of(self.current.pairs if self.current else [])

    def lines_of(self, pairs: Sequence[Pair]) -> list[Line]:
        """The same of any pairs: the inviter's place first."""
        first, second = self._by_place()
        found = []
        for number, (a, b) in enumerate(pairs, 1):
            if (a is None or a in first) and (b is None or b in second):
                slots = (first[a].slot if a else None, second[b].slot if b else None)
                mine, theirs = slots if self._invited else slots[::-1]
                found.append(Line(number, (a, b), mine, theirs))
        return found

    @property
    def certified_by_me(self) -> bool:
        """Whether the viewer certified the version on the desk."""
        return self.current is not None and self.current.certified_by(self.student.id)

    @property
    def certified_by_partner(self) -> bool:
        """Whether their partner did."""
        return self.current is not None and self.current.certified_by(self.partner.id)

    def in_order(self, mine: int | None, theirs: int | None) -> Pair:
        """A pair as the couple's list has it."""
        return (mine, theirs) if self._invited else (theirs, mine)

    @property
    def _invited(self) -> bool:
        return self.student.id == self.couple.inviter_id

    def _by_place(self) -> tuple[Mapping[int, Application], Mapping[int, Application]]:
        mine = {a.slot_id: a for a in self.mine}
        theirs = {a.slot_id: a for a in self.theirs}
        return (mine, theirs) if self._invited else (theirs, mine)


def open_desk(actor: Actor, round_id: int, *, now: datetime) -> Desk:
    """The desk of a student who is in a couple. Raises NotFound."""
    round_, student = services.as_student(actor, round_id)
    couple = queries.of_student(round_id, student.id)
    if couple is None:
        raise NotFound("couple")
    partner = lists.other(couple, student.id)
    current = queries.current(couple.id)
    counts = current is not None and current.digest is not None
    return Desk(
        round=round_,
        couple=couple,
        student=student,
        partner=partner,
        current=current,
        in_force=current if counts else queries.in_force(couple.id),
        mine=applications.of_student(round_id, student.id),
        theirs=applications.of_student(round_id, partner.id),
        open=policies.accepts_lists(round_, now),
    )
