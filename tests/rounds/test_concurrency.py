"""What two people at once must not break: late lists after the lock, enrolments, applications, versions."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask import Flask

from marketplace.applications import services as applications
from marketplace.applications.models import Application
from marketplace.db import db, transaction
from marketplace.errors import Conflict, DomainError, WrongPhase
from marketplace.rankings import services as rankings
from marketplace.rankings.models import RankList
from marketplace.rounds import queries
from marketplace.rounds import services as rounds
from marketplace.rounds.models import Round, RoundStudent
from marketplace.rounds.phases import Phase
from tests.factories import Factory
from tests.rounds.market import DAY, START, Market, slot_with_facility

pytestmark = pytest.mark.both_databases


def at_once(app: Flask, works: list[Callable[[], object]]) -> list[BaseException]:
    """Run every work in a thread and transaction of its own, all let go together; what they raised."""
    start, errors = threading.Barrier(len(works)), []

    def run(work: Callable[[], object]) -> None:
        with app.app_context():
            try:
                start.wait()
                with transaction():
                    work()
            except Exception as error:
                errors.append(error)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run, args=[work]) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return errors


def count(app: Flask, model: type, *conditions: sa.ColumnElement[bool]) -> int:
    with app.app_context():
        query = sa.select(sa.func.count()).select_from(model).where(*conditions)
        return db.session.scalar(query) or 0


def test_a_round_read_before_the_lock_admits_no_list_after_it(app: Flask, make: Factory) -> None:
    """The page has looked at the round; the nightly job locks it; then the list is saved."""
    market = Market(make)
    market.nightly(4)
    market.everyone_applies()
    student = market.students[0]
    actor = make.actor(student)
    with app.app_context():
        with transaction() as session:
            stale = session.get_one(Round, market.round_id)
            assert stale.phase is Phase.RANKING
            session.expunge(stale)
        locker = threading.Thread(target=market.nightly, args=[8])
        locker.start()
        locker.join()
        db.session.add(stale)  # as a page that keeps it in its session would
        with pytest.raises(WrongPhase), transaction():
            rankings.save_student_list(
                actor,
                market.round_id,
                [market.slots[0].id],
                certify=True,
                base_version=0,
                now=START + 7.9 * DAY,
            )
    assert count(app, RankList) == 0


@pytest.mark.parametrize("who", ["student", "facility", "coordinator"])
def test_a_locking_read_sees_the_row_as_it_is(app: Flask, make: Factory, who: str) -> None:
    market = Market(make)
    with app.app_context():
        stale = db.session.get_one(Round, market.round_id)
        db.session.expunge(stale)
    market.nightly(1)
    people = {"student": market.students[0], "facility": market.contact, "coordinator": market.coordinator}
    actor = make.actor(people[who])
    with app.app_context():
        db.session.add(stale)
        if who == "student":
            found, _student = queries.as_student(actor, market.round_id, lock=True)
        elif who == "facility":
            found, _slot = queries.as_facility(actor, market.round_id, market.slots[0].id, lock=True)
        else:
            found = queries.coordinated(actor, market.round_id, lock=True)
        assert found.phase is Phase.APPLYING


def test_many_enrol_the_same_newcomers_at_once(app: Flask, make: Factory) -> None:
    market = Market(make)
    newcomers = [make.student(market.programme) for _ in range(5)]

    def enrol() -> None:
        rounds.enrol_participants(db.session.get_one(Round, market.round_id))

    assert at_once(app, [enrol] * 8) == []
    assert count(app, RoundStudent, RoundStudent.student_id.in_([s.id for s in newcomers])) == 5


def test_two_newcomers_apply_at_once(app: Flask, make: Factory) -> None:
    market = Market(make)
    market.nightly(1)
    newcomers = [make.student(market.programme) for _ in range(4)]
    threads = [threading.Thread(target=market.apply, args=[s]) for s in newcomers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert count(app, Application) == 4 * len(market.slots)


def test_a_double_click_applies_once(app: Flask, make: Factory) -> None:
    market = Market(make)
    market.nightly(1)
    student = market.students[0]
    actor = make.actor(student)

    def apply() -> None:
        applications.apply(
            actor,
            market.round_id,
            slot_with_facility(market.slots[0].id),
            signature=student.user.name,
            now=START + 2 * DAY,
        )

    errors = at_once(app, [apply] * 8)
    assert all(isinstance(error, DomainError) for error in errors), errors
    assert count(app, Application) == 1


def test_of_many_tabs_on_one_version_one_wins(app: Flask, make: Factory) -> None:
    market = Market(make)
    market.nightly(4)
    market.everyone_applies()
    actor = make.actor(market.students[0])

    def save() -> None:
        rankings.save_student_list(
            actor, market.round_id, [market.slots[0].id], certify=True, base_version=0, now=START + 5 * DAY
        )

    errors = at_once(app, [save] * 8)
    assert len(errors) == 7 and all(isinstance(error, Conflict) for error in errors), errors
    assert count(app, RankList) == 1


def test_a_phase_moves_once(app: Flask, make: Factory) -> None:
    market = Market(make)

    def move() -> None:
        rounds.move(None, db.session.get_one(Round, market.round_id), Phase.APPLYING, now=START + DAY)

    errors = at_once(app, [move] * 8)
    assert len(errors) == 7 and all(isinstance(error, Conflict | WrongPhase) for error in errors), errors
