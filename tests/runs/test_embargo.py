"""Before the release nothing that a participant can reach depends on the result.

Two installations are the same to the byte but for the result that is waiting to be reviewed. Every route
there is, whoever wrote it and when, is called in both by everybody who must not know: the answers are equal,
headers and logs included. What may depend on it shows that the comparison can fail.
"""

from __future__ import annotations

import itertools
import json
import logging
import re
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from marketplace.app import create_app
from marketplace.db import db, transaction
from marketplace.mail.services import deliver
from marketplace.rounds.models import Round
from marketplace.rounds.phases import Phase
from marketplace.runs.models import MatchRun, RunKind, Seal
from tests.factories import PASSWORD, Factory
from tests.rounds.market import DAY, START, Market, address
from tests.support.client import StrictClient
from tests.support.clock import Clock
from tests.support.settings import settings_for

Answers = dict[str, tuple[int, list[tuple[str, str]], str]]

#: What differs between two requests to the same page, whatever it says.
_FRESH = [
    (re.compile(r'(name="csrf_token"[^>]*value=")[^"]*'), r"\1"),
    (re.compile(r'(name="csrf-token"[^>]*content=")[^"]*'), r"\1"),
]
#: Ends the session or needs a secret from a mail.
_APART = {"security.logout", "security.login", "static", "security.static"}


@pytest.fixture
def market(make: Factory, clock: Clock) -> Market:
    """Decided yesterday, to be reviewed: three students want two places, and one will not have any."""
    market = Market(make, students=3, slots=2)
    for student in market.students:
        market.apply(student)
        market.rank(student, *market.slots)
    market.tier(market.slots[0], [market.students[0]], then_any=True)
    market.nightly(5)
    market.nightly(8)
    assert market.phase is Phase.COMPUTED
    clock.set(START + 9 * DAY)
    return market


@pytest.fixture
def other(app: Flask, market: Market, tmp_path: Path, clock: Clock) -> Iterator[Flask]:
    """The same installation, in which everybody's result is somebody else's."""
    source = sa.make_url(app.config["SQLALCHEMY_DATABASE_URI"]).database or ""
    copy = tmp_path / "other.sqlite3"
    with closing(sqlite3.connect(source)) as here, closing(sqlite3.connect(copy)) as there:
        here.backup(there)
    other = create_app(settings_for(f"sqlite:///{copy}", tmp_path, clock))
    with other.app_context(), transaction() as session:
        run = session.scalars(sa.select(MatchRun).where(MatchRun.kind == RunKind.OFFICIAL)).one()
        assert run.result
        result = json.loads(run.result)
        students, slots = zip(*result["assignment"].items(), strict=True)
        result["assignment"] = dict(zip(students, (*slots[1:], slots[0]), strict=True))
        run.result = json.dumps(result)
        run.totals = {"placed": 99}
    yield other
    with other.app_context():
        db.session.remove()
        db.engine.dispose()


def values(market: Market, name: str, kind: str) -> list[Any]:
    """What to put into a route's variable part: everything there is of the round, then something."""
    known = {
        "round_id": [market.round_id],
        "slot_id": [slot.id for slot in market.slots],
        "facility_id": [market.facility.id],
        "student_id": [student.id for student in market.students],
        "user_id": [student.user_id for student in market.students],
        "school_id": [market.school.id],
        "programme_id": [market.programme.id],
    }
    if name in known:
        return known[name]
    return [1, 2, 3] if kind == "RowNumber" else ["x"]


def paths(app: Flask, market: Market, method: str) -> list[str]:
    """Every address of every route of `app`."""
    found = set()
    for rule in app.url_map.iter_rules():
        if method in (rule.methods or set()) and rule.endpoint not in _APART:
            found |= set(addresses(app, market, rule))
    return sorted(found)


def addresses(app: Flask, market: Market, rule: Rule) -> Iterator[str]:
    names = sorted(rule.arguments)
    choices = [values(market, name, type(rule._converters[name]).__name__) for name in names]
    with app.test_request_context():
        for combination in itertools.product(*choices):
            _domain, path = rule.build(dict(zip(names, combination, strict=True))) or ("", "")
            yield path


def signed_in(app: Flask, email: str | None) -> FlaskClient:
    app.test_client_class = StrictClient
    client = app.test_client()
    assert isinstance(client, StrictClient)
    if email:
        answer = client.post("/sign-in", data={"email": email, "password": PASSWORD})
        assert answer.status_code == 302, email
    return client


def ask(client: FlaskClient, method: str, path: str) -> tuple[int, list[tuple[str, str]], str]:
    """An answer without what is fresh in each; no parsing here, there are many of them."""
    headers = {"X-CSRFToken": client.csrf_token()} if method == "POST" else {}  # type: ignore[attr-defined]
    response = FlaskClient.open(client, path, method=method, headers=headers)
    text = response.get_data().decode(errors="backslashreplace")  # archives and PDFs too
    for pattern, replacement in _FRESH:
        text = pattern.sub(replacement, text)
    kept = [(name, value) for name, value in response.headers if name not in {"Set-Cookie", "Date"}]
    return response.status_code, sorted(kept), text


def walk(app: Flask, market: Market, email: str | None, method: str) -> Answers:
    """Every answer to one person."""
    client = signed_in(app, email)
    answers: Answers = {}
    for path in paths(app, market, method):
        answers[f"{method} {path}"] = ask(client, method, path)
        if method == "POST" and ("sign-out" in path or "password" in path):
            client = signed_in(app, email)
    return answers


def differences(one: Answers, two: Answers) -> list[str]:
    assert one.keys() == two.keys()
    return [path for path in one if one[path] != two[path]]


def people(make: Factory, market: Market) -> dict[str, str | None]:
    """Everybody who must not know yet, and nobody who may."""
    return {
        "a visitor": None,
        **{f"student {n}": address(student) for n, student in enumerate(market.students)},
        "a student of another programme": address(make.student(make.programme(market.school))),
        "the facility's contact": address(market.contact),
        "another facility's contact": address(make.contact()),
        "another school's coordinator": address(make.coordinator()),
        "the operator": address(make.operator()),
    }


@pytest.fixture
def unknowing(make: Factory, market: Market) -> dict[str, str | None]:
    """Made before the installation is copied: fixtures name it first."""
    return people(make, market)


def test_no_answer_depends_on_the_result(
    app: Flask,
    market: Market,
    unknowing: dict[str, str | None],
    other: Flask,
    caplog: pytest.LogCaptureFixture,
) -> None:
    statuses: Counter[int] = Counter()
    logs: dict[Flask, list[str]] = {app: [], other: []}
    with caplog.at_level(logging.DEBUG):
        for who, email in unknowing.items():
            for method in ("GET", "POST"):
                answers = {}
                for world in (app, other):
                    caplog.clear()
                    answers[world] = walk(world, market, email, method)
                    logs[world] += [record.getMessage() for record in caplog.records]
                assert differences(answers[app], answers[other]) == [], who
                statuses.update(status for status, _, _ in answers[app].values())
    assert logs[app] == logs[other]
    assert statuses[200] > 50 and statuses[404] > 50, statuses  # they did reach pages
    assert not {status for status in statuses if status >= 500}, statuses


def test_the_comparison_can_fail(
    app: Flask, market: Market, unknowing: dict[str, str | None], other: Flask, make: Factory
) -> None:
    """The coordinator's review depends on it before the release, everyone's own pages after it."""
    coordinator = address(market.coordinator)
    review = [walk(world, market, coordinator, "GET") for world in (app, other)]
    assert differences(*review)
    changed = Market.__new__(Market)
    changed.__dict__ = {**market.__dict__, "make": Factory(other, make.now)}
    market.release()
    changed.release()
    for email in (address(market.students[0]), address(market.contact)):
        assert differences(*(walk(world, market, email, "GET") for world in (app, other)))


@pytest.mark.both_databases
def test_no_log_line_and_no_mail_tells_anything(
    app: Flask, make: Factory, mailbox: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """From the lock to the release, with recognisable names of everybody and everything."""
    market = Market(make, name="Round Tokenless")
    for student in market.students:
        market.apply(student)
        market.rank(student, *market.slots)
    with caplog.at_level(logging.DEBUG):
        market.nightly(5)
        caplog.clear()
        market.nightly(8)
        with app.app_context():
            deliver(START + 8 * DAY)
    with app.app_context():
        round_ = db.session.get_one(Round, market.round_id)
        seal = db.session.get_one(Seal, market.round_id)
        run = db.session.scalars(sa.select(MatchRun).where(MatchRun.kind == RunKind.OFFICIAL)).one()
        assert run.result
        seed = json.loads(seal.problem)["lottery"]["seed"]
        secrets = {round_.lottery_secret, seed}
    students, slots = market.codes()
    tokens = {*students, *slots, *secrets, *(s.user.name for s in market.students)}
    tokens |= {slot.title for slot in market.slots}
    mail = "".join(path.read_text() for path in sorted(mailbox.glob("*.eml")))
    bodies = [message.body for message in market.mail()]
    assert len(bodies) == 7 and mail.count("Message-ID") == 7  # what to mend is one, for the coordinator
    said = {"log": caplog.text, "mail": mail, "outbox": json.dumps(bodies)}
    leaks = [(where, token) for where, text in said.items() for token in tokens if token in text]
    assert leaks == []
    for told in ("computed", "fixes"):
        assert {message.recipient for message in market.mail(told)} == {address(market.coordinator)}
    for meant in (seal.root, seal.problem_sha256):
        assert meant in said["outbox"], "it is meant to be there: the search does find what is there"
