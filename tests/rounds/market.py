"""A small round with people in it, and the acts of these people through the services. For tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from marketplace.accounts.models import User
from marketplace.applications import services as applications
from marketplace.applications.models import Application
from marketplace.db import db, transaction
from marketplace.mail.models import OutboxMessage
from marketplace.rankings import queries as ranking_queries
from marketplace.rankings import services as rankings
from marketplace.rounds import queries
from marketplace.rounds import services as rounds
from marketplace.rounds.models import Round
from marketplace.rounds.phases import Phase
from marketplace.rounds.policies import LOCK_DELAY
from marketplace.runs import nightly, releasing
from marketplace.runs import queries as run_queries
from marketplace.runs.models import MatchRun, RunKind
from marketplace.slots.models import Slot
from marketplace.students.models import Student
from tests.factories import Factory

Row = TypeVar("Row")

#: A Monday morning; every instant of the round is counted from here.
START = datetime(2026, 11, 2, 15, 0, tzinfo=UTC)
DAY = timedelta(days=1)

#: Days after START at which each stage begins or ends.
STAGES = {
    "recruiting_opens_at": 0,
    "applying_opens_at": 1,
    "applying_closes_at": 6,
    "ranking_opens_at": 4,
    "ranking_closes_at": 8,
    "release_planned_at": 10,
}


def calendar(**days: float) -> dict[str, datetime]:
    """The round's instants; ``calendar(ranking_closes_at=50)`` moves one.

    Lists close just before their day, so that the nightly job locks the round on it.
    """
    instants = {stage: START + DAY * day for stage, day in {**STAGES, **days}.items()}
    instants["ranking_closes_at"] -= LOCK_DELAY
    return instants


class Market:
    """A round in RECRUITING with students and slots; every act goes through a service and commits."""

    def __init__(
        self, make: Factory, *, students: int = 3, slots: int = 2, announce: bool = True, **round_: Any
    ) -> None:
        self.make = make
        self.programme = make.programme()
        self.school = self.programme.school
        self.coordinator = make.coordinator(self.school)
        self.facility = make.facility()
        self.contact = make.contact(self.facility)
        self.agreement = make.agreement(self.school, self.facility)
        site = make.site(self.facility)
        self.students = [make.student(self.programme, f"Student {n}") for n in range(1, students + 1)]
        self.slots = [make.slot(title=f"Slot {n}", site=site) for n in range(1, slots + 1)]
        self.round_id = self._create(announce=announce, **round_)

    def _create(self, *, announce: bool, **fields: Any) -> int:
        actor = self.make.actor(self.coordinator)
        with self.committed():
            days = {stage: fields.pop(stage) for stage in STAGES if stage in fields}
            values = {"name": "Spring", "time_zone": "America/Chicago", "use_last_draft": True, **fields}
            round_ = rounds.create(
                actor,
                self.school.id,
                calendar=calendar(**days),
                programme_ids=[self.programme.id],
                now=START,
                **values,
            )
            rounds.add_slots(actor, round_, [slot.id for slot in self.slots], now=START)
            if announce:
                rounds.open_recruiting(actor, round_, now=START)
            return round_.id

    @contextmanager
    def committed(self) -> Iterator[None]:
        """A context in which services run and are committed, as at an edge."""
        with self.make.app.app_context(), transaction():
            yield

    def nightly(self, day: float, *, wall: datetime | None = None) -> nightly.Report:
        """What the nightly job does on `day`."""
        now = START + DAY * day
        with self.make.app.app_context():
            return nightly.run(now, wall=wall or now)

    def acts(self, day: float) -> list[str]:
        """What the nightly job did on `day`, for this round; it must not have failed."""
        report = self.nightly(day)
        assert not report.failures
        return [act for round_id, act in report.acts if round_id == self.round_id]

    def apply(self, student: Student, *slots: Slot, day: float = 2) -> None:
        """The student applies to these slots (default: all)."""
        actor = self.make.actor(student)
        with self.committed():
            for slot in slots or self.slots:
                row = slot_with_facility(slot.id)
                applications.apply(
                    actor, self.round_id, row, signature=student.user.name, now=START + DAY * day
                )

    def everyone_applies(self) -> None:
        """Every student applies to every slot."""
        for student in self.students:
            self.apply(student)

    def withdraw(self, student: Student, slot: Slot, *, day: float = 5) -> None:
        """The student takes one consent back."""
        actor = self.make.actor(student)
        with self.committed():
            row = self._application(student, slot)
            applications.withdraw(actor, row, now=START + DAY * day)

    def _application(self, student: Student, slot: Slot) -> Application:
        return db.session.scalars(
            sa.select(Application).where(
                Application.round_id == self.round_id,
                Application.student_id == student.id,
                Application.slot_id == slot.id,
            )
        ).one()

    def rank(
        self, student: Student, *slots: Slot, certify: bool = True, day: float = 5, base: int | None = None
    ) -> str:
        """The student saves this order on top of the newest version, or of `base`; the receipt's digest."""
        actor = self.make.actor(student)
        owner = ranking_queries.Owner(self.round_id, student_id=student.id)
        with self.committed():
            return rankings.save_student_list(
                actor,
                self.round_id,
                [slot.id for slot in slots],
                certify=certify,
                base_version=ranking_queries.latest_version(owner) if base is None else base,
                now=START + DAY * day,
            ).digest

    def tier(
        self,
        slot: Slot,
        *tiers: Sequence[Student],
        then_any: bool = False,
        certify: bool = True,
        day: float = 5,
    ) -> str:
        """The facility saves these tiers of applicants for its slot; the receipt's digest."""
        actor = self.make.actor(self.contact)
        owner = ranking_queries.Owner(self.round_id, slot_id=slot.id)
        with self.committed():
            return rankings.save_slot_list(
                actor,
                self.round_id,
                slot.id,
                [[s.id for s in tier] for tier in tiers],
                then_any=then_any,
                certify=certify,
                base_version=ranking_queries.latest_version(owner),
                now=START + DAY * day,
            ).digest

    def release(self, *, day: float = 9) -> None:
        """The coordinator publishes the result."""
        actor = self.make.actor(self.coordinator)
        with self.committed():
            round_ = queries.coordinated(actor, self.round_id, lock=True)
            releasing.release(actor, round_, now=START + DAY * day)

    # What became of it ------------------------------------------------------------------------------

    def read(self, work: Callable[[], Row]) -> Row:
        """What `work` reads, in a context of its own."""
        with self.make.app.app_context():
            return work()

    @property
    def round(self) -> Round:
        """The round as the database has it."""
        return self.read(lambda: db.session.get_one(Round, self.round_id, options=[joinedload(Round.school)]))

    @property
    def phase(self) -> Phase:
        """The round's phase."""
        return self.round.phase

    def runs(self, kind: RunKind | None = None) -> Sequence[MatchRun]:
        """The round's runs, oldest first."""
        query = sa.select(MatchRun).where(MatchRun.round_id == self.round_id).order_by(MatchRun.id)
        return self.read(
            lambda: db.session.scalars(query.where(MatchRun.kind == kind) if kind else query).all()
        )

    def codes(self) -> tuple[dict[str, int], dict[str, int]]:
        """Code to row id: students, slots."""
        return self.read(lambda: run_queries.codes(self.round_id))

    def mail(self, news: str | None = None) -> Sequence[OutboxMessage]:
        """What the outbox holds about the round, or one kind of news about it."""
        prefix = f"round:{self.round_id}:{news}:" if news else f"round:{self.round_id}:"
        query = sa.select(OutboxMessage).where(OutboxMessage.key.startswith(prefix))
        return self.read(lambda: db.session.scalars(query.order_by(OutboxMessage.id)).all())


def address(person: User | Student) -> str:
    """Where mail to `person` goes."""
    return person.user.email if isinstance(person, Student) else person.email


def slot_with_facility(slot_id: int) -> Slot:
    """The slot as `apply` wants it."""
    return db.session.scalars(
        sa.select(Slot).where(Slot.id == slot_id).options(joinedload(Slot.facility))
    ).one()
