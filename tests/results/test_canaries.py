"""No page, file or mail of a released result tells a participant another's name, list, rank or number."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from marketplace.app import create_app
from marketplace.appeals import services as appeals
from marketplace.appeals import trials
from marketplace.appeals.models import Correction, Ground
from marketplace.db import db, transaction
from marketplace.mail.models import OutboxMessage
from marketplace.rankings.models import RankEntry, RankList
from marketplace.rounds.models import Explanation, Round
from marketplace.runs.models import Assignment, MatchRun, RunKind, Seal
from marketplace.students.models import Student
from tests.factories import Factory, sign_in
from tests.results.reading import page, words
from tests.rounds.market import DAY, START, Market, address
from tests.runs.test_embargo import differences, walk
from tests.support.client import StrictClient
from tests.support.clock import Clock
from tests.support.settings import settings_for


@pytest.fixture
def released(make: Factory, clock: Clock) -> Market:
    """Five want three places under the finest level, with names found nowhere else."""
    market = Market(make, students=5, slots=3, name="Autumn")
    with market.committed():
        db.session.get_one(Round, market.round_id).explanation = Explanation.DETAILED
        for number, student in enumerate(market.students):
            row = db.session.get_one(Student, student.id, options=[sa.orm.joinedload(Student.user)])
            row.user.name = f"Canary-{number} Person"
    market.everyone_applies()
    market.acts(4)
    for number, student in enumerate(market.students):
        market.rank(student, *market.slots[number % 3 :], *market.slots[: number % 3])
    market.tier(market.slots[0], market.students[1:3], market.students[:1])
    market.tier(market.slots[1], market.students[3:], then_any=True)
    market.nightly(8)
    market.release()
    clock.set(START + 9 * DAY)
    appeal(market)
    return market


def appeal(market: Market) -> None:
    """Student 1 appeals, and a correction that concerns another student is tried."""
    now = START + 9 * DAY
    appellant, other = market.students[:2]
    actor, coordinator = market.make.actor(appellant), market.make.actor(market.coordinator)
    with market.committed():
        said = {"ground": Ground.CONFLICT, "words": "A cousin.", "link": "/", "now": now}
        number = appeals.file(actor, market.round_id, **said).id  # type: ignore[arg-type]
    with market.committed():
        pair = trials.Corrected(Correction.ELIGIBILITY, market.slots[0].id, student_id=other.id)
        trials.run(coordinator, market.round_id, number, pair, now=now)


def secrets(market: Market, of: int) -> set[str]:
    """What one student must never read: names, addresses, pseudonyms, lottery numbers of the others."""
    students, _slots = market.codes()
    theirs = {code for code, id_ in students.items() if id_ != market.students[of].id}
    names = {f"Canary-{n} Person" for n in range(5) if n != of}
    mails = {address(student) for n, student in enumerate(market.students) if n != of}
    return theirs | names | mails


def test_no_page_of_a_student_names_another_or_shows_their_list(app: Flask, released: Market) -> None:
    """Every address there is; the digests of all lists are public, and without salts open nothing."""
    for number in (0, 3):
        answers = walk(app, released, address(released.students[number]), "GET")
        shown = [
            (path, secret)
            for path, (_status, _headers, text) in answers.items()
            for secret in secrets(released, number)
            if secret in text
        ]
        assert shown == []
        own = json.loads(answers[f"GET /rounds/{released.round_id}/result/opening.json"][2])
        assert own["pseudonym"] not in secrets(released, number), "the search would find what is there"
    visitor = walk(app, released, None, "GET")
    everybody = secrets(released, 0) | secrets(released, 1)
    found = [path for path, (_s, _h, text) in visitor.items() if any(secret in text for secret in everybody)]
    assert found == []


def test_no_mail_about_a_result_names_anybody_or_any_place(released: Market) -> None:
    query = sa.select(OutboxMessage).where(OutboxMessage.key.startswith("round:"))
    written = released.read(lambda: db.session.scalars(query).all())
    hidden = secrets(released, 0) | secrets(released, 1) | {slot.title for slot in released.slots}
    assert written
    assert not [(m.key, word) for m in written for word in hidden if word in m.subject + m.body]


@pytest.fixture
def elsewhere(app: Flask, released: Market, tmp_path: Path, clock: Clock) -> Iterator[Flask]:
    """The same installation, but everybody except student 1 has another list below what they got, another
    saved order, and another rank."""
    source = sa.make_url(app.config["SQLALCHEMY_DATABASE_URI"]).database or ""
    copy = tmp_path / "elsewhere.sqlite3"
    with closing(sqlite3.connect(source)) as here, closing(sqlite3.connect(copy)) as there:
        here.backup(there)
    other = create_app(settings_for(f"sqlite:///{copy}", tmp_path, clock))
    spared = released.students[0].id
    with other.app_context(), transaction() as session:
        seal = session.get_one(Seal, released.round_id)
        problem = json.loads(seal.problem)
        run = session.scalars(sa.select(MatchRun).where(MatchRun.kind == RunKind.OFFICIAL)).one()
        placed = json.loads(run.result or "")["assignment"]
        spared_code = next(code for code, id_ in released.codes()[0].items() if id_ == spared)
        for entry in problem["students"]:
            if entry["id"] != spared_code:
                wishes, got = entry["preferences"], placed[entry["id"]]
                end = wishes.index([got]) + 1 if got else len(wishes)
                entry["preferences"] = wishes[:end] + wishes[: end - 1 : -1]
        seal.problem = json.dumps(problem)
        session.execute(
            sa.update(Assignment)
            .where(Assignment.student_id != spared, Assignment.slot_id.is_not(None))
            .values(rank=7)
        )
        others = sa.select(RankList.id).where(RankList.student_id != spared)
        session.execute(sa.text("UPDATE rank_entry SET rank = rank + 10"))
        session.execute(
            sa.update(RankEntry).where(RankEntry.rank_list_id.in_(others)).values(rank=30 - RankEntry.rank)
        )
        session.execute(
            sa.update(RankEntry).where(RankEntry.rank_list_id.not_in(others)).values(rank=RankEntry.rank - 10)
        )
    yield other
    with other.app_context():
        db.session.remove()
        db.engine.dispose()


def test_nothing_a_participant_reads_depends_on_another_s_list_or_rank(
    app: Flask, make: Factory, released: Market, elsewhere: Flask
) -> None:
    """The coordinator's statistics do, so the comparison can fail."""
    readers = [None, address(released.students[0]), released.contact.email]
    for email in readers:
        both = [walk(world, released, email, "GET") for world in (app, elsewhere)]
        assert differences(*both) == [], email
    coordinator = released.coordinator.email
    assert differences(*[walk(world, released, coordinator, "GET") for world in (app, elsewhere)])


def test_a_facility_reads_its_roster_without_ranks_or_reasons(
    released: Market, client: StrictClient, app: Flask
) -> None:
    sign_in(client, released.contact)
    for slot in released.slots:
        text = words(client.get(f"/rounds/{released.round_id}/slots/{slot.id}/roster").text)
        assert "choice" not in text and "lottery" not in text and "eligible" not in text
    codes = set(released.codes()[0])
    answers = walk(app, released, released.contact.email, "GET")
    assert not [p for p, (_s, _h, text) in answers.items() if any(code in text for code in codes)]
    for number in range(5):
        path = f"GET /rounds/{released.round_id}/result"
        assert answers[path][0] == 404, number


def test_the_seal_is_what_reasons_are_made_from(released: Market, client: StrictClient) -> None:
    """Rows that change after the lock change no reason."""
    before = page(client, released, released.students[0])
    with released.committed():
        db.session.execute(sa.text("UPDATE slot SET capacity = 50"))
        db.session.execute(sa.text("DELETE FROM rank_entry WHERE student_id IS NOT NULL"))
        assert db.session.get_one(Seal, released.round_id).problem
    assert page(client, released, released.students[0]) == before
