"""Two people at once lose nothing, and without the guard the same work does.

SQLite: writers take the lock at BEGIN. PostgreSQL: a row that is read to be changed is locked.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session, sessionmaker

from marketplace import access
from marketplace.accounts import services as accounts
from marketplace.accounts.models import Membership, Role
from marketplace.db import db, transaction
from marketplace.directory.models import FacilityListing
from marketplace.errors import Conflict, NotFound
from marketplace.rankings import services as rankings
from marketplace.rankings.models import RankList
from marketplace.rounds.phases import Phase
from tests.factories import Factory
from tests.support.threads import run_together

THREADS, INCREMENTS = 8, 150


def add_counter(app: Flask, now: datetime) -> int:
    with app.app_context(), transaction() as session:
        row = FacilityListing(source="t", source_id="1", name="n", state="OH", imported_at=now, beds=0)
        session.add(row)
        session.flush()
        return row.id


def count_up(
    app: Flask, row_id: int, begin: Callable[[], AbstractContextManager[Session]], *, lock: bool
) -> int:
    """Let all threads read the counter, add one and write it back; return what it then says."""
    query = sa.select(FacilityListing).where(FacilityListing.id == row_id)

    def work() -> None:
        for _ in range(INCREMENTS):
            with app.app_context(), begin() as session:
                row = session.scalars(query.with_for_update() if lock else query).one()
                row.beds = (row.beds or 0) + 1

    run_together([work] * THREADS)
    with app.app_context():
        return db.session.scalars(query).one().beds or 0


@pytest.mark.both_databases
def test_no_increment_is_lost(app: Flask, make: Factory) -> None:
    row_id = add_counter(app, make.now())
    assert count_up(app, row_id, transaction, lock=True) == THREADS * INCREMENTS


@pytest.mark.both_databases
def test_without_the_guard_increments_are_lost(app: Flask, make: Factory) -> None:
    row_id = add_counter(app, make.now())
    with app.app_context():
        url = db.engine.url
    sqlite = url.get_backend_name() == "sqlite"
    bare = sa.create_engine(url, **({"connect_args": {"timeout": 60}} if sqlite else {}))
    try:
        counted = count_up(app, row_id, sessionmaker(bare).begin, lock=False)
    finally:
        bare.dispose()
    assert counted < THREADS * INCREMENTS


@pytest.mark.both_databases
def test_an_invitation_is_accepted_once_by_eight_clicks(app: Flask, make: Factory) -> None:
    school, now = make.school(), make.now()
    coordinator, guest = make.actor(make.coordinator(school)), make.user()
    with app.app_context(), transaction():
        token = accounts.invite(
            coordinator, guest.email, Role.COORDINATOR, now=now, link="/TOKEN", school_id=school.id
        )

    def accept() -> bool:
        with app.app_context():
            try:
                with transaction():
                    user = accounts.find_user(guest.email)
                    assert user is not None
                    accounts.accept_invitation(token, user, now=now)
            except NotFound:
                return False
            return True

    assert sum(run_together([accept] * THREADS)) == 1
    with app.app_context():
        query = sa.select(sa.func.count()).select_from(Membership).where(Membership.user_id == guest.id)
        assert db.session.scalar(query) == 1


@pytest.mark.both_databases
def test_of_eight_tabs_saving_a_list_one_wins_and_the_others_are_told(app: Flask, make: Factory) -> None:
    programme = make.programme()
    student, slots = make.student(programme), [make.slot() for _ in range(2)]
    round_ = make.round(
        programme.school, phase=Phase.RANKING, programmes=[programme], slots=slots, students=[student]
    )
    for slot in slots:
        make.application(round_, student, slot)

    def save(number: int) -> bool:
        order = [slot.id for slot in slots][:: 1 if number % 2 else -1]
        with app.app_context():
            try:
                with transaction():
                    actor = access.actor_for(student.user)
                    rankings.save_student_list(
                        actor, round_.id, order, certify=True, base_version=0, now=make.now()
                    )
            except Conflict:
                return False
            return True

    saved = run_together([lambda number=number: save(number) for number in range(THREADS)])
    assert sum(saved) == 1
    with app.app_context():
        assert db.session.scalars(sa.select(RankList.version)).all() == [1]
