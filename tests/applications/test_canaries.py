"""No response that a facility can reach shows a student without a standing consent, and each that does is
logged.

Every field of one student's profile holds a value found nowhere else. Every route there is, whoever wrote it
and when, and every link that any mail ever carried, is asked with GET and POST by everybody who must not see
them; the log is compared with what really was shown.
"""

from __future__ import annotations

import itertools
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date, timedelta
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm.attributes import set_committed_value
from werkzeug.routing import Rule

from marketplace.accounts.models import User
from marketplace.applications import services
from marketplace.applications.models import Disclosure, Seen
from marketplace.db import db
from marketplace.mail.models import OutboxMessage
from marketplace.rounds import queries as rounds
from marketplace.rounds.models import Round
from marketplace.rounds.phases import Phase
from marketplace.students.models import Student
from tests.factories import PASSWORD, Factory, sign_in
from tests.rounds.market import DAY, START, Market, address
from tests.support.client import StrictClient
from tests.support.clock import Clock

#: In every field of the profile, and in what belongs to the person. Shown in a list, with the profile, with
#: a placement, or to no facility ever.
LINE = ("Canaria Namefield", "CANARY-CREDENTIAL")
PROFILE = (
    "CANARY-SKILL",
    "canary experience",
    "canary statement",
    "487 miles",
    "Mar 17, 2031",
    "Sep 9, 2031",
)
CONTACT = ("canary.mail@practicum.example",)
NEVER = ("43299", "39.7654321", "-82.7654321", "canary-password")
ALL = (*LINE, *PROFILE, *CONTACT, *NEVER)

#: Needs no object, signs out, or is a file.
_APART = {"static", "security.static", "security.logout", "security.login"}


@pytest.fixture
def market(make: Factory) -> Market:
    """The first student is the canary; the second applies too, so that pages have something to show."""
    market = Market(make, students=2)
    market.students[0] = canary(make, market)
    return market


def canary(make: Factory, market: Market) -> Student:
    made = make.student(
        market.programme,
        "Canaria Namefield",
        home_zip="43299",
        latitude=39.7654321,
        longitude=-82.7654321,
        travel_limit=487,
        available_from=date(2031, 3, 17),
        available_until=date(2031, 9, 9),
        weekly_hours=57,
        credentials=["CANARY-CREDENTIAL"],
        skills=["CANARY-SKILL"],
        experience="canary experience",
        statement="canary statement",
    )
    with make.app.app_context(), db.session.begin():
        db.session.get_one(User, made.user_id).email = CONTACT[0]
    set_committed_value(made.user, "email", CONTACT[0])
    return made


@dataclass
class Answer:
    """What one response showed of the student, and when."""

    path: str
    status: int
    shown: set[str]


@dataclass
class Prober:
    """Asks every address as one person; the database is as before after each POST."""

    app: Flask
    market: Market
    clock: Clock
    email: str | None
    answers: list[Answer] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.client = self.app.test_client()
        assert isinstance(self.client, StrictClient)
        self.client.checks_html = False
        if self.email:
            answer = self.client.post("/sign-in", data={"email": self.email, "password": PASSWORD})
            assert answer.status_code == 302
        self.file = sa.make_url(self.app.config["SQLALCHEMY_DATABASE_URI"]).database or ""
        self.saved = sqlite3.connect(":memory:")
        with closing(sqlite3.connect(self.file)) as source:
            source.backup(self.saved)

    def probe(self, *methods: str) -> list[Answer]:
        """Every route with every object, then every link of every mail."""
        for method in methods:
            for path in [*self._routes(method), *self._links()]:
                self._ask(method, path)
        return self.answers

    def _ask(self, method: str, path: str) -> None:
        self.clock.advance(seconds=1)
        headers = {"X-CSRFToken": self.client.csrf_token()} if method == "POST" else {}
        data = {"rest": "any", "base_version": "0", "save": "draft"} if method == "POST" else None
        response = FlaskClient.open(self.client, path, method=method, headers=headers, data=data)
        text = response.get_data(as_text=True) + str(response.headers)
        shown = {value for value in ALL if value in text}
        assert response.status_code < 500, f"{method} {path}: {response.status_code}"
        if shown:
            self._compare_log(f"{method} {path}", shown)
        self.answers.append(Answer(f"{method} {path}", response.status_code, shown))
        if method == "POST":
            with closing(sqlite3.connect(self.file)) as target:
                self.saved.backup(target)

    def _compare_log(self, path: str, shown: set[str]) -> None:
        """A response that shows something has its row, written at the same instant."""
        with self.app.app_context():
            rows = set(
                db.session.scalars(sa.select(Disclosure.what).where(Disclosure.last_at == self.clock()))
            )
        wanted = Seen.CONTACT if shown & set(CONTACT) else Seen.PROFILE if shown & set(PROFILE) else Seen.LINE
        assert rows and (wanted in rows or (wanted is Seen.LINE and rows)), (path, shown, rows)

    def _routes(self, method: str) -> list[str]:
        found = set()
        for rule in self.app.url_map.iter_rules():
            if method in (rule.methods or set()) and rule.endpoint not in _APART:
                found |= set(self._addresses(rule))
        return sorted(found)

    def _addresses(self, rule: Rule) -> Iterator[str]:
        names = sorted(rule.arguments)
        choices = [self._values(name, rule) for name in names]
        with self.app.test_request_context():
            for combination in itertools.product(*choices):
                _domain, path = rule.build(dict(zip(names, combination, strict=True))) or ("", "")
                yield path

    def _values(self, name: str, rule: Rule) -> list[object]:
        known: dict[str, list[object]] = {
            "round_id": [self.market.round_id],
            "slot_id": [self.market.slots[0].id],
            "facility_id": [self.market.facility.id],
            "student_id": [self.market.students[0].id],
            "user_id": [self.market.students[0].user_id],
            "school_id": [self.market.school.id],
            "programme_id": [self.market.programme.id],
            "application_id": [1, 2, 3],
        }
        number = type(rule._converters[name]).__name__ == "RowNumber"
        return known.get(name, [1, 2] if number else ["x"])

    def _links(self) -> list[str]:
        """The addresses in all mail to anyone but the student: one-time links too."""
        with self.app.app_context():
            bodies = db.session.scalars(
                sa.select(OutboxMessage.body).where(OutboxMessage.recipient.not_in(CONTACT))
            ).all()
        found = {link for body in bodies for link in re.findall(r"https?://\S+", body)}
        return sorted(urlsplit(link).path for link in found)


@dataclass
class Watch:
    """Probes as people, and says what each saw."""

    app: Flask
    make: Factory
    market: Market
    clock: Clock

    def seen_by(self, email: str | None, *methods: str) -> set[str]:
        """What `email` (None: a visitor) could see of the student."""
        answers = Prober(self.app, self.market, self.clock, email).probe(*(methods or ("GET", "POST")))
        assert len(answers) > 40 and any(a.status == 200 for a in answers)
        return set().union(*(a.shown for a in answers))

    @property
    def contact(self) -> str:
        return address(self.market.contact)


@pytest.fixture
def watch(app: Flask, make: Factory, market: Market, clock: Clock) -> Watch:
    market.apply(market.students[1])
    clock.set(START + 5 * DAY)
    return Watch(app, make, market, clock)


def test_before_the_application_nobody_sees_anything(watch: Watch) -> None:
    for who in (watch.contact, address(watch.make.contact()), None):
        assert watch.seen_by(who) == set(), who


def test_under_consent_only_its_facility_sees_what_was_named_and_each_sight_is_logged(watch: Watch) -> None:
    watch.market.apply(watch.market.students[0], watch.market.slots[0])
    assert watch.seen_by(watch.contact) == {*LINE, *PROFILE}, "the search does find what is there"
    for who in (address(watch.make.contact()), None):
        assert watch.seen_by(who, "GET") == set(), who


def revoke(watch: Watch) -> None:
    watch.market.withdraw(watch.market.students[0], watch.market.slots[0], day=5)


def leave(watch: Watch) -> None:
    actor = watch.make.actor(watch.market.students[0])
    with watch.market.committed():
        taking_part = rounds.as_student(actor, watch.market.round_id, lock=True)
        services.withdraw_from_round(actor, *taking_part, now=START + 5 * DAY)


def cancel(watch: Watch) -> None:
    with watch.market.committed():
        db.session.get_one(Round, watch.market.round_id).phase = Phase.CANCELLED


def expire(watch: Watch) -> None:
    slot = watch.market.slots[0]
    watch.clock.set(START + (slot.ends_on - START.date() + timedelta(days=3)))
    with watch.market.committed():  # as if the round had never been locked
        db.session.get_one(Round, watch.market.round_id).ranking_closes_at = watch.clock() + 9 * DAY
    watch.market.nightly((watch.clock() - START) / DAY)


@pytest.mark.parametrize("end", [revoke, leave, cancel, expire])
def test_after_the_consent_nothing_at_all_is_left(watch: Watch, end: object) -> None:
    watch.market.apply(watch.market.students[0], watch.market.slots[0])
    watch.market.rank(watch.market.students[0], watch.market.slots[0])
    watch.market.tier(watch.market.slots[0], watch.market.students, then_any=True)
    assert watch.seen_by(watch.contact, "GET") >= set(LINE)
    end(watch)  # type: ignore[operator]
    assert watch.seen_by(watch.contact) == set()


def test_a_placement_adds_the_address_until_the_consent_is_taken_back(watch: Watch) -> None:
    student, slot = watch.market.students[0], watch.market.slots[0]
    watch.market.apply(student, slot)
    watch.market.rank(student, slot)
    watch.market.tier(slot, [student])
    watch.market.nightly(8)
    watch.market.release()
    watch.clock.set(START + 9 * DAY)
    assert watch.seen_by(watch.contact, "GET") == {*LINE, *PROFILE, *CONTACT}
    revoke(watch)
    assert watch.seen_by(watch.contact, "GET") == set()


def test_the_student_reads_every_sight(watch: Watch, client: StrictClient) -> None:
    watch.market.apply(watch.market.students[0], watch.market.slots[0])
    watch.seen_by(watch.contact, "GET")
    sign_in(client, watch.market.students[0])
    page = client.get("/applications").get_data(as_text=True)
    assert "The whole profile" in page and "in the list of applicants" in page
    assert watch.market.contact.name in page and watch.market.facility.name in page
