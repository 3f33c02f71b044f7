"""A round after its release and the acts of its people, through the services. For tests."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from marketplace.db import db
from marketplace.mail.models import OutboxMessage
from marketplace.placements import answers, board, clearing, queries
from marketplace.results import services as results
from marketplace.results.models import Answer
from marketplace.rounds import queries as rounds
from marketplace.rounds.models import Round
from marketplace.runs import closing
from marketplace.runs.models import Placement
from marketplace.slots.models import Slot
from marketplace.students.models import Student
from tests.factories import Factory
from tests.rounds.market import DAY, START, Market

RELEASED = 9


class Released(Market):
    """Two slots of one place, three students who listed slot 1 then slot 2, and one without a list."""

    def __init__(self, make: Factory, **fields: Any) -> None:
        super().__init__(make, students=4, slots=2, **fields)
        self.play()

    def play(self) -> None:
        """Apply, rank, decide and release."""
        first, second = self.slots
        for student in self.students[:3]:
            self.apply(student)
            self.rank(student, first, second)
        self.tier(first, [self.students[0]], then_any=True)
        self.tier(second, [self.students[1]], then_any=True)
        self.nightly(8)
        self.release(day=RELEASED)

    def at(self, day: float) -> datetime:
        """An instant."""
        return START + DAY * day

    def confirm(self, student: Student, *, day: float = 10) -> None:
        """The student takes the place."""
        actor = self.make.actor(student)
        with self.committed():
            answers.confirm(actor, self.round_id, now=self.at(day))

    def decline(self, student: Student, *, reason: str = "I moved away.", day: float = 10) -> None:
        """The student turns the place down."""
        actor = self.make.actor(student)
        with self.committed():
            answers.decline(actor, self.round_id, reason=reason, now=self.at(day))

    def host_confirms(self, slot: Slot, *, day: float = 10) -> None:
        """The host expects who is placed there."""
        actor = self.make.actor(self.contact)
        with self.committed():
            shown = [placement.id for placement in queries.in_slot(self.round_id, slot.id)]
            results.answer(
                actor, self.round_id, slot.id, Answer.CONFIRMED, shown=shown, note="", now=self.at(day)
            )

    def refuse(self, student: Student, *, reason: str = "No desk.", day: float = 10) -> None:
        """The host declines one student."""
        actor, held = self.make.actor(self.contact), self.standing(student)
        assert held is not None
        with self.committed():
            answers.refuse(actor, self.round_id, held.slot_id, held.id, reason=reason, now=self.at(day))

    def close(self, *, day: float = 12) -> None:
        """The coordinator closes the round."""
        actor = self.make.actor(self.coordinator)
        with self.committed():
            closing.close(actor, rounds.coordinated(actor, self.round_id, lock=True), now=self.at(day))

    def standing(self, student: Student) -> Placement | None:
        """The student's placement that stands."""
        return next((p for p in self.placements(student) if p.ended_at is None), None)

    def placements(self, student: Student) -> Sequence[Placement]:
        """All the student had in the round, oldest first."""
        query = sa.select(Placement).where(
            Placement.round_id == self.round_id, Placement.student_id == student.id
        )
        return self.read(lambda: db.session.scalars(queries.with_people(query).order_by(Placement.id)).all())

    def state(self, student: Student) -> str:
        """The state of the student's newest placement."""
        found = self.placements(student)
        return found[-1].state if found else "none"

    def board(self) -> board.Board:
        """What the coordinator sees."""
        return self.read(lambda: board.read(self.round))

    def told(self, person: Any, since: int = 0) -> list[str]:
        """Subjects of the mail to a person, oldest first, without the first ``since``."""
        address = person.user.email if isinstance(person, Student) else person.email
        query = sa.select(OutboxMessage.subject).where(OutboxMessage.recipient == address)
        return list(self.read(lambda: db.session.scalars(query.order_by(OutboxMessage.id)).all()))[since:]


class Cleared(Released):
    """As released, with clearing in hand: slot 2 takes anyone, slot 1 only students 1 and 2."""

    def play(self) -> None:
        first, second = self.slots
        for student in self.students[:3]:
            self.apply(student)
            self.rank(student, first, second)
        self.tier(first, [self.students[0]], [self.students[1]])
        self.tier(second, [self.students[1]], then_any=True)
        self.nightly(8)
        self.release(day=RELEASED)

    def raise_capacity(self, slot: Slot, places: int) -> None:
        """The slot has so many places now."""
        with self.committed():
            db.session.get_one(Slot, slot.id).capacity = places

    def open(self, *, day: float = 12) -> None:
        """Those without a place may choose."""
        actor = self.make.actor(self.coordinator)
        with self.committed():
            clearing.open_(actor, self.round_id, now=self.at(day))

    def offered(self, student: Student) -> list[int]:
        """The slots that the student can choose from."""

        def look() -> list[int]:
            offer = clearing.offer(db.session.get_one(Round, self.round_id), student)
            return [slot.id for slot in offer.slots]

        return self.read(look)

    def choose(self, student: Student, *slots: Slot, day: float = 13, sign: bool = True) -> None:
        """The student says what they would take, best first."""
        actor = self.make.actor(student)
        with self.committed():
            clearing.choose(
                actor,
                self.round_id,
                [slot.id for slot in slots],
                signature=student.user.name if sign else "",
                now=self.at(day),
            )

    def settle(self, *, day: float = 14) -> int:
        """What the nightly job settles."""
        with self.committed():
            return clearing.settle_due(self.at(day))
