"""Nothing that anybody reads by links and buttons tells another's name, list, rank or number.

Pages, previews, answers to what was sent, files and mail, while lists are open and after the release. What
may be known is said once, in ``Crowd.known``; everything else of a person is a canary.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

import pytest
import sqlalchemy as sa
import typst
from flask import Flask
from sqlalchemy.orm.attributes import set_committed_value

from marketplace.accounts.models import User
from marketplace.app import create_app
from marketplace.capacities.models import SchoolShare
from marketplace.db import db
from marketplace.mail.models import OutboxMessage
from marketplace.rounds import services as rounds
from marketplace.rounds.models import Explanation, Round
from marketplace.runs.models import Seal
from tests.couples.market import Couples
from tests.factories import Factory
from tests.guests.conftest import Post
from tests.rounds.market import DAY, START, address
from tests.runs.blocking import lottery_number
from tests.support.client import StrictClient
from tests.support.clock import Clock
from tests.support.settings import settings_for
from tests.support.visits import Visit, readable


class Crowd(Couples):
    """Students 0 and 1 are a couple. 0 to 3 applied at the first house, 2 to 5 at the second; the first has a
    contact who signs in and one who uses links, and hosts for another school's round too."""

    def __init__(self, make: Factory) -> None:
        super().__init__(make, students=6, slots=2)
        self.second_house = make.contact(house := make.facility("Second house"), "Contact of the second")
        make.agreement(self.school, house)
        self.slots.append(make.slot(house, "Slot 3", capacity=3))
        self.guest = make.contact(self.facility, "Guest of links")
        self.stranger = make.coordinator(other := make.school("Another school"))
        theirs = make.student(make.programme(other), "Somebody elsewhere")
        with self.committed():
            for school, places in ((self.school, 2), (other, 1)):
                db.session.add(SchoolShare(slot_id=self.slots[2].id, school_id=school.id, places=places))
        make.round(other, programmes=[theirs.programme], slots=self.slots[2:], students=[theirs])
        actor = make.actor(self.coordinator)
        with self.committed():
            round_ = db.session.get_one(Round, self.round_id)
            round_.explanation = Explanation.DETAILED
            rounds.add_slots(actor, round_, [self.slots[2].id], now=START)
            db.session.get_one(User, self.guest.id).password = None
            for number, student in enumerate(self.students):
                user = db.session.get_one(User, student.user_id)
                user.name, user.email = f"Canary-{number} Person", f"canary-{number}@practicum.example"
        for number, student in enumerate(self.students):
            set_committed_value(student.user, "name", f"Canary-{number} Person")
            set_committed_value(student.user, "email", f"canary-{number}@practicum.example")
        self.play()

    def play(self) -> None:
        """Lists are open, and everybody has one."""
        a, b, c = self.slots
        for student in self.students[:4]:
            self.apply(student, a, b)
        for student in self.students[2:]:
            self.apply(student, c)
        self.acts(4)
        self.couple(*self.students[:2])
        self.rank_pairs(*self.students[:2], (a, b), (b, a))
        for number, student in enumerate(self.students[2:4]):
            self.rank(student, *((a, c, b) if number else (b, a, c)))
        for student in self.students[4:]:
            self.rank(student, c)
        self.tier(a, self.students[2:4], self.students[:1], then_any=True)
        self.tier(b, self.students[1:2], then_any=True)

    @property
    def readers(self) -> dict[str, str | None]:
        """Who must not know, and how they sign in."""
        return {
            "a visitor": None,
            "a student": address(self.students[3]),
            "one of a couple": address(self.students[0]),
            "the contact": address(self.contact),
            "the other house's contact": address(self.second_house),
            "another school's coordinator": address(self.stranger),
        }

    def known(self, reader: str) -> set[int]:
        """Whose names a reader may know: their own and their partner's, or their applicants'."""
        return {
            "a student": {3},
            "one of a couple": {0, 1},
            "the contact": {0, 1, 2, 3},
            "a guest": {0, 1, 2, 3},
            "the other house's contact": {2, 3, 4, 5},
        }.get(reader, set())

    def secrets(self, reader: str) -> set[str]:
        """What the reader must never meet."""
        mine = {address(s) for s in self.students} & {self.readers.get(reader) or ""}
        # A couple's list is one leaf, which names both in each other's opening.
        pair = {student.id for student in self.students[:2]} if reader == "one of a couple" else set()
        own = {student.id for student in self.students if address(student) in mine} | pair
        codes = {code for code, id_ in self.codes()[0].items() if id_ not in own}
        names = {f"Canary-{n} Person" for n in range(6) if n not in self.known(reader)}
        mails = {f"canary-{n}@practicum.example" for n in range(6) if n not in self.known(reader)} - mine
        return codes | names | mails | self._numbers(codes)

    def _numbers(self, codes: set[str]) -> set[str]:
        """The lottery numbers of these, once there are any."""

        def seed() -> str | None:
            seal = db.session.get(Seal, self.round_id)
            return json.loads(seal.problem)["lottery"]["seed"] if seal else None

        found = self.read(seed)
        if found is None:
            return set()
        numbers = [lottery_number(found, code) for code in codes]
        return {*map(str, numbers), *(f"{number:064x}" for number in numbers)}


@pytest.fixture
def crowd(make: Factory, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Crowd:
    """A PDF holds what is given to its sheet, and here it is that."""
    monkeypatch.setattr(
        typst, "compile", lambda _source, *, sys_inputs, **_how: b"%PDF-" + json.dumps(sys_inputs).encode()
    )
    made = Crowd(make)
    made.nightly(5)
    clock.set(START + 5 * DAY)
    return made


def released(crowd: Crowd, clock: Clock) -> None:
    crowd.nightly(8)
    crowd.release()
    crowd.nightly(9)
    clock.set(START + 9 * DAY)


def guest(app: Flask, crowd: Crowd, post: Post) -> tuple[Visit, str]:
    """Who opened the newest link of the house and typed the code."""
    page = post.link(address(crowd.guest))
    visit = Visit(app)
    visit.client.submit(page, button="Send me the code")
    answer = visit.client.submit(page, {"code": post.code(address(crowd.guest))}, button="Go on")
    assert answer.status_code == 302 and "Canary-" in visit.client.get(page).text
    return visit, page


def everything(app: Flask, crowd: Crowd, post: Post) -> dict[str, dict[str, tuple[int, str]]]:
    """What each reader reads, mail included. What a visitor reads, nobody else is asked to read again."""
    found, known = {}, set[str]()
    for reader, email in crowd.readers.items():
        visit = Visit(app, email)
        visit.everywhere("/", after=partial(mail, crowd, email), without=known)
        found[reader] = visit.read
        known = known or {asked.removeprefix("GET ") for asked in visit.read} - {"/", "/slots"}
    visit, page = guest(app, crowd, post)
    found["a guest"] = visit.everywhere(page, after=partial(mail, crowd, address(crowd.guest)), without=known)
    return found


def mail(crowd: Crowd, email: str | None) -> str:
    """All mail to a reader."""
    query = sa.select(OutboxMessage.subject, OutboxMessage.body).where(
        OutboxMessage.recipient == (email or "")
    )
    return crowd.read(lambda: "\n".join(f"{s}\n{b}" for s, b in db.session.execute(query)))


@pytest.mark.parametrize("out", [False, True], ids=["lists open", "released"])
def test_nobody_reads_who_another_is(app: Flask, crowd: Crowd, clock: Clock, out: bool) -> None:
    if out:
        released(crowd, clock)
    read = everything(app, crowd, Post(app))
    leaks = [
        (reader, asked, secret)
        for reader, answers in read.items()
        for secret in crowd.secrets(reader)
        for asked, (_status, text) in answers.items()
        if secret in text
    ]
    assert leaks == []
    for reader, least in {"a student": 10, "the contact": 20, "another school's coordinator": 25}.items():
        sent = [asked for asked, (status, _t) in read[reader].items() if asked.startswith("POST")]
        assert len(sent) >= least, (reader, sent)
        names = {f"Canary-{n} Person" for n in crowd.known(reader)}
        assert all(any(name in text for _s, text in read[reader].values()) for name in names), "it searches"
    kinds = {asked.rpartition(".")[2] for asked in read["the contact"] | read["a student"]}
    assert {"csv", "ics", "pdf", "json"} <= kinds or not out, kinds


def test_nothing_that_is_read_depends_on_the_lists_of_others(
    app: Flask, crowd: Crowd, clock: Clock, tmp_path: Path
) -> None:
    """Another installation, in which everybody but the reader has another order, answers the same, whatever
    is sent."""
    reader = crowd.students[3]
    with other_lists(app, reader.id, tmp_path, clock) as elsewhere:
        worlds = app, elsewhere
        one, two = (Visit(world, address(reader)).everywhere("/") for world in worlds)
        assert one.keys() == two.keys() and len(one) > 60
        assert [asked for asked in one if one[asked] != two[asked]] == []
        own = f"/rounds/{crowd.round_id}/ranking"
        lists = {readable(Visit(w, address(crowd.students[2])).client.get(own)) for w in worlds}
        assert len(lists) == 2, "whose list it is, sees the difference"


@contextmanager
def other_lists(app: Flask, spared: int, folder: Path, clock: Clock) -> Iterator[Flask]:
    """A copy in which the lists of all other students, of couples and of slots are the other way round."""
    source = sa.make_url(app.config["SQLALCHEMY_DATABASE_URI"]).database or ""
    copy = folder / "other.sqlite3"
    with closing(sqlite3.connect(source)) as here, closing(sqlite3.connect(copy)) as there:
        here.backup(there)
        theirs = "(SELECT id FROM rank_list WHERE student_id IS NULL OR student_id != ?)"
        there.execute(f"UPDATE rank_entry SET rank = 100 - rank WHERE rank_list_id IN {theirs}", [spared])
        there.execute("UPDATE pair_entry SET rank = 100 - rank")
        there.commit()
    other = create_app(settings_for(f"sqlite:///{copy}", folder, clock))
    other.test_client_class = StrictClient
    yield other
    with other.app_context():
        db.session.remove()
        db.engine.dispose()
