"""What eligibility costs: queries and time for one student, and growth over the pairs of a large round."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from marketplace.accounts.models import User
from marketplace.agreements.models import Agreement, AgreementFacility, Stage
from marketplace.applications.models import Application
from marketplace.conflicts.models import Cause, Employment, Exclusion, Side
from marketplace.db import db, transaction
from marketplace.eligibility import queries
from marketplace.requirements.models import (
    Due,
    RequirementItem,
    RequirementRecord,
    RequirementSet,
    Standing,
)
from marketplace.rounds.models import AgreementRule, Round, RoundSlot, RoundStudent
from marketplace.runs import matching_adapter
from marketplace.slots.models import Slot
from marketplace.students.models import Student
from tests.factories import PASSWORD, Factory
from tests.performance.test_query_counts import counted
from tests.slots import market

SLOTS = 2_000
LISTED = 10


def papers(make: Factory, school_id: int, student_id: int) -> None:
    """Agreements with two facilities of three, requirements and conflicts, so that every rule has work."""
    now, today = make.now(), make.now().date()
    with make.app.app_context(), transaction() as session:
        hosts = session.scalars(sa.select(Slot.facility_id).distinct().order_by(Slot.facility_id)).all()
        ids = session.scalars(
            sa.insert(Agreement).returning(Agreement.id, sort_by_parameter_order=True),
            [
                {
                    "school_id": school_id,
                    "party": "Fictional",
                    "stage": Stage.ACTIVE,
                    "starts_on": today - timedelta(days=9),
                    "ends_on": today + timedelta(days=900),
                    "created_at": now,
                }
                for number, _host in enumerate(hosts)
                if number % 3
            ],
        ).all()
        signed = [host for number, host in enumerate(hosts) if number % 3]
        session.execute(
            sa.insert(AgreementFacility),
            [{"agreement_id": i, "facility_id": f} for i, f in zip(ids, signed, strict=True)],
        )
        items = [RequirementItem(kind=kind, due=Due.MATCH) for kind in ("mmr", "tdap", "hipaa-training")]
        session.add(RequirementSet(school_id=school_id, name="All", created_at=now, items=items))
        session.add(
            RequirementRecord(
                student_id=student_id, kind="mmr", standing=Standing.CLEARED, checked_at=now, created_at=now
            )
        )
        session.add(
            Exclusion(
                student_id=student_id,
                facility_id=hosts[1],
                side=Side.STUDENT,
                cause=Cause.OTHER,
                created_at=now,
            )
        )
        session.add(Employment(student_id=student_id, facility_id=hosts[2], updated_at=now))


def cpu(work: Callable[[], object], times: int = 5) -> float:
    """The least processor time that `work` took."""
    took = []
    for _ in range(times):
        started = time.process_time()
        work()
        took.append(time.process_time() - started)
    return min(took)


def verdicts_on_many(app: Flask, make: Factory) -> tuple[Student, Callable[[], int]]:
    """A student with papers, and what judges SLOTS slots for them."""
    app.test_client_class = None
    app.config["WTF_CSRF_ENABLED"] = False
    with app.app_context():
        market.build(SLOTS)
        market.settle()
        ids = db.session.scalars(sa.select(Slot.id).order_by(Slot.id).limit(SLOTS)).all()
        db.session.rollback()
    student = make.student(make.programme(make.school(state="OH")))
    papers(make, student.programme.school_id, student.id)
    round_ = make.round(programmes=[student.programme], agreement_rule=AgreementRule.EXCLUDE)

    def verdicts() -> int:
        with app.app_context():
            return len(queries.of_student(student.id, ids, db.session.get(Round, round_.id)))

    return student, verdicts


@pytest.mark.both_databases
def test_one_student_and_2_000_slots_cost_ten_queries(app: Flask, make: Factory) -> None:
    _student, verdicts = verdicts_on_many(app, make)
    assert verdicts() == SLOTS
    with counted(app) as counter:
        verdicts()
    assert counter.statements - 1 <= 10, counter.statements  # one more reads the round


@pytest.mark.full
@pytest.mark.both_databases
def test_one_student_and_2_000_slots_cost_three_search_pages(app: Flask, make: Factory) -> None:
    student, verdicts = verdicts_on_many(app, make)
    client = app.test_client()
    client.post("/sign-in", data={"email": student.user.email, "password": PASSWORD})

    def page() -> None:
        assert client.get("/slots").status_code == 200

    page()
    ours, theirs = cpu(verdicts), cpu(page)
    print(f"eligibility {ours * 1000:.1f} ms, the student's search page {theirs * 1000:.1f} ms")
    assert ours <= 3 * theirs, (ours, theirs)


def large_round(make: Factory, students: int) -> int:
    """A round with `students` students, a tenth as many slots, and ten applications each."""
    draw, now = random.Random(students), make.now()
    programme = make.programme(make.school(state="OH"))
    first, one = make.slot(), make.student(programme)
    round_ = make.round(
        programme.school,
        programmes=[programme],
        slots=[first],
        students=[one],
        agreement_rule=AgreementRule.EXCLUDE,
    )
    with make.app.app_context(), transaction() as session:
        same = {c.name: getattr(first, c.key) for c in Slot.__table__.columns if c.name != "id"}
        slots = session.scalars(
            sa.insert(Slot).returning(Slot.id), [same for _ in range(students // 10)]
        ).all()
        row = {c.name: getattr(one, c.key) for c in Student.__table__.columns if c.name != "id"}
        users = session.scalars(
            sa.insert(User).returning(User.id),
            [
                {
                    "email": f"many{n}@of{students}.example",
                    "name": "Fictional",
                    "active": True,
                    "created_at": now,
                }
                for n in range(students)
            ],
        ).all()
        people = session.scalars(
            sa.insert(Student).returning(Student.id), [{**row, "user_id": user} for user in users]
        ).all()
        session.execute(
            sa.insert(RoundSlot), [{"round_id": round_.id, "slot_id": i, "code": f"slot-{i}"} for i in slots]
        )
        session.execute(
            sa.insert(RoundStudent),
            [{"round_id": round_.id, "student_id": i, "code": f"s{i}"} for i in people],
        )
        session.execute(
            sa.insert(Application),
            [
                {
                    "round_id": round_.id,
                    "student_id": i,
                    "slot_id": j,
                    "consented_at": now,
                    "signature": "x",
                    "consent_text": "x",
                }
                for i in people
                for j in draw.sample(list(slots), LISTED)
            ],
        )
    return round_.id


def judged(app: Flask, round_id: int) -> tuple[int, float]:
    """How many listed pairs a round has, and the processor time to judge them all."""
    count = 0

    def work() -> None:
        nonlocal count
        with app.app_context():
            round_ = db.session.get_one(Round, round_id)
            slots_of, _students = matching_adapter._applications(round_id)
            rules = queries.of_round(round_)
            count = sum(
                1 for i, slots in slots_of.items() for j in slots if rules.verdict(i, j).eligible is not None
            )

    took = cpu(work, times=3)
    return count, took


def grow(app: Flask, make: Factory, sizes: tuple[int, ...]) -> None:
    """The time per pair stays about the same from each size to the next."""
    per_pair = []
    for size in sizes:
        count, took = judged(app, large_round(make, size))
        assert count == LISTED * size
        print(f"{size} students: {count} pairs, {took * 1000:.0f} ms, {took / count * 1e6:.1f} µs a pair")
        per_pair.append(took / count)
    assert max(per_pair[1:]) <= 1.5 * per_pair[0], per_pair


@pytest.mark.full
def test_all_listed_pairs_of_a_5_000_student_round_grow_linearly(app: Flask, make: Factory) -> None:
    grow(app, make, (1_250, 2_500, 5_000))


def test_all_listed_pairs_of_a_round_grow_linearly(app: Flask, make: Factory) -> None:
    grow(app, make, (300, 600, 1_200))
