"""The acts of couples in a market, through the services. For tests."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from marketplace.couples import lists, queries, services
from marketplace.db import db
from marketplace.rounds.models import Round
from marketplace.slots.models import Slot
from marketplace.students.models import Student
from tests.factories import Factory
from tests.rounds.market import DAY, START, Market, address

LINK = "https://match.example/rounds/1/couple"
Pair = tuple[Slot | None, Slot | None]


class Couples(Market):
    """A market whose round takes couples."""

    def __init__(self, make: Factory, *, students: int = 3, slots: int = 2) -> None:
        super().__init__(make, students=students, slots=slots)
        with self.committed():
            db.session.get_one(Round, self.round_id).couples = True

    def invite(self, student: Student, email: str, *, day: float = 2) -> int:
        """Ask whoever has this address; the invitation's id."""
        actor = self.make.actor(student)
        with self.committed():
            now = START + DAY * day
            return services.invite(actor, self.round_id, email, link=LINK, now=now).id

    def confirm(self, student: Student, couple_id: int, *, day: float = 2) -> None:
        """Become a couple."""
        actor = self.make.actor(student)
        with self.committed():
            services.confirm(actor, self.round_id, couple_id, link=LINK, now=START + DAY * day)

    def couple(self, first: Student, second: Student) -> int:
        """Two students who confirmed; the couple's id."""
        couple_id = self.invite(first, address(second))
        self.confirm(second, couple_id)
        return couple_id

    def leave(self, student: Student, *, day: float = 5) -> None:
        """End the couple, or take the invitation back."""
        actor = self.make.actor(student)
        with self.committed():
            services.leave(actor, self.round_id, now=START + DAY * day)

    def pairs(self, student: Student, pairs: Sequence[Pair], *, day: float = 5) -> int:
        """Save pairs in the couple's order; the version's number."""
        actor = self.make.actor(student)
        with self.committed():
            couple = queries.of_student(self.round_id, student.id)
            return lists.save(
                actor,
                self.round_id,
                [(a.id if a else None, b.id if b else None) for a, b in pairs],
                base_version=queries.latest_version(couple.id) if couple else 0,
                now=START + DAY * day,
            ).version

    def certify(self, student: Student, version: int, *, apart: bool = False, day: float = 5) -> None:
        """One member certifies."""
        actor = self.make.actor(student)
        with self.committed():
            lists.certify(
                actor,
                self.round_id,
                version=version,
                apart=apart,
                link=LINK,
                now=START + DAY * day + timedelta(minutes=1),
            )

    def rank_pairs(
        self, first: Student, second: Student, *pairs: Pair, apart: tuple[bool, bool] = (False, False)
    ) -> None:
        """Both certify this list."""
        version = self.pairs(first, pairs)
        self.certify(first, version, apart=apart[0])
        self.certify(second, version, apart=apart[1])
