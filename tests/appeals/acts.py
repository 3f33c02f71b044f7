"""A released round and what people do about appeals in it. For tests."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from marketplace.appeals import services, trials
from marketplace.appeals.models import Appeal, Ground
from marketplace.appeals.services import Decision
from marketplace.appeals.trials import Corrected
from marketplace.conflicts.models import Cause, Exclusion, Side
from marketplace.db import db
from marketplace.runs.models import Assignment
from marketplace.students.models import Student
from tests.factories import Factory
from tests.rounds.market import DAY, START, Market

NOW = START + 9.5 * DAY


def make_market(make: Factory) -> Market:
    """One place at each of two slots. Student 1 was kept out of slot 1 by a conflict, so 2 has it and 1 has
    slot 2, where 3 comes to nothing."""
    market = Market(make, students=3, slots=2)
    first, second, third = market.students
    a, b = market.slots
    market.everyone_applies()
    market.acts(4)
    market.rank(first, a, b)
    market.rank(second, a)
    market.rank(third, b)
    market.tier(a, [first], [second])
    market.tier(b, [first], [third])
    return market


def exclude(market: Market, student: Student) -> None:
    with market.committed():
        db.session.add(
            Exclusion(
                student_id=student.id,
                facility_id=market.facility.id,
                side=Side.FACILITY,
                cause=Cause.OTHER,
                created_at=START,
            )
        )


def decided(market: Market, *, excluded: Student | None = None) -> None:
    if excluded is not None:
        exclude(market, excluded)
    market.nightly(8)
    market.release()


def appeal(market: Market, student: Student, *, now: datetime = NOW, **values: Any) -> int:
    actor = market.make.actor(student)
    said = {"ground": Ground.ELIGIBILITY, "words": "There is no conflict.", "link": "/appeals", **values}
    with market.committed():
        return services.file(actor, market.round_id, now=now, **said).id


def trial(market: Market, appeal_id: int, corrected: Corrected) -> tuple[int | None, int | None]:
    actor = market.make.actor(market.coordinator)
    with market.committed():
        found = trials.run(actor, market.round_id, appeal_id, corrected, now=NOW)
        return found.before_slot_id, found.after_slot_id


def decide(market: Market, appeal_id: int, decision: Decision) -> Appeal:
    actor = market.make.actor(market.coordinator)
    with market.committed():
        return services.decide(actor, market.round_id, appeal_id, decision, link="/appeal", now=NOW)


def assignments(market: Market) -> dict[int, int | None]:
    rows = market.read(lambda: db.session.scalars(sa.select(Assignment)).all())
    return {row.student_id: row.slot_id for row in rows}
