"""The pages of a released result: each student their own with reasons, each facility its roster."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from marketplace.applications import closures
from marketplace.conflicts.models import Cause, Exclusion, Side
from marketplace.db import db
from marketplace.mail.models import OutboxMessage
from marketplace.rounds import queries as rounds
from marketplace.rounds.models import Explanation, Round
from marketplace.runs.models import Seal
from marketplace.students.models import Student
from tests.factories import Factory, sign_in
from tests.rounds.market import DAY, START, Market, address
from tests.runs.test_embargo import walk
from tests.support.client import StrictClient
from tests.support.clock import Clock


class _Text(HTMLParser):
    """The words of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def words(page: str) -> str:
    parser = _Text()
    parser.feed(page)
    return " ".join(" ".join(parser.words).split())


def page(client: StrictClient, market: Market, student: Student) -> str:
    client.delete_cookie("session")
    sign_in(client, student)
    answer = client.get(f"/rounds/{market.round_id}/result")
    assert answer.status_code == 200
    return words(answer.text)


def test_a_reason_stands_at_every_place_above_the_result(make: Factory, client: StrictClient) -> None:
    market = Market(make, students=3, slots=4)
    first, second, third = market.students
    taken, asked, gone, back = market.slots
    for student in market.students:
        market.apply(student)
    market.acts(4)
    market.rank(first, gone, taken, back, asked)
    market.rank(second, taken)
    market.rank(third, asked)
    market.tier(taken, [second], then_any=True)
    market.tier(asked, [third])
    settle_slot(market, gone.id)
    market.withdraw(first, back)
    market.nightly(8)
    sign_in(client, first)
    assert client.get(f"/rounds/{market.round_id}/result").status_code == 404, "embargo"
    market.release()
    text = page(client, market, first)
    assert "You are not placed this time" in text
    assert text.index("Slot 1 You were eligible. The places went to students with a higher priority") < (
        text.index("Slot 2 You were eligible. The facility asked for other applicants, or for nobody")
    )
    assert "Slot 3 This slot was taken out of the round before lists closed." in text
    assert "Slot 4 Your application there had ended before lists closed" in text
    assert "Placed here" in page(client, market, second)


def settle_slot(market: Market, slot_id: int) -> None:
    """The coordinator takes a slot out of the round."""
    actor = market.make.actor(market.coordinator)
    with market.committed():
        round_ = rounds.coordinated(actor, market.round_id, lock=True)
        closures.remove_slot(actor, round_, slot_id, now=START + 5 * DAY)


@pytest.mark.parametrize(
    ("side", "cause"), [(Side.STUDENT, "a conflict of interest"), (Side.FACILITY, "a conflict of interest")]
)
def test_an_ineligible_pair_says_why_and_never_which_side_it_was(
    make: Factory, client: StrictClient, side: Side, cause: str
) -> None:
    market = Market(make, students=1, slots=1)
    market.everyone_applies()
    market.rank(market.students[0], *market.slots)
    with market.committed():
        db.session.add(
            Exclusion(
                student_id=market.students[0].id,
                facility_id=market.facility.id,
                side=side,
                cause=Cause.OTHER,
                created_at=START,
            )
        )
    market.nightly(8)
    market.release()
    assert f"Not eligible: {cause} was on record." in page(client, market, market.students[0])


@pytest.mark.parametrize("level", list(Explanation))
def test_the_round_s_level_decides_how_fine_a_reason_is(
    make: Factory, client: StrictClient, level: Explanation
) -> None:
    market = Market(make, students=7, slots=1)
    with market.committed():
        db.session.get_one(Round, market.round_id).explanation = level
        db.session.execute(sa.text("UPDATE slot SET capacity = 5"))
    market.everyone_applies()
    market.acts(4)
    for student in market.students:
        market.rank(student, *market.slots)
    market.tier(market.slots[0], then_any=True)
    market.nightly(8)
    market.release()
    pages = [page(client, market, student) for student in market.students]
    refused = [text for text in pages if "not placed this time" in text]
    drawn = [text for text in refused if "drawn by lottery among students of the same priority" in text]
    assert len(refused) == 2 and len(drawn) == (2 if level is Explanation.DETAILED else 0)
    assert not [text for text in refused if "were drawn." in text], "nobody stands higher: no counts"


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
    return market


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


def test_a_result_costs_the_same_queries_however_many_take_part(
    make: Factory, app: Flask, client: StrictClient
) -> None:
    counts = []
    for size in (2, 12):
        market = Market(make, students=size, slots=size, name=f"Round of {size}")
        market.everyone_applies()
        market.acts(4)
        for student in market.students:
            market.rank(student, *market.slots)
        market.nightly(8)
        market.release()
        client.delete_cookie("session")
        sign_in(client, market.students[0])
        counts.append(_queries(app, client, f"/rounds/{market.round_id}/result"))
    assert counts[0] == counts[1]


def _queries(app: Flask, client: StrictClient, path: str) -> int:
    said: list[Any] = []
    with app.app_context():
        engine = db.engine

    def note(*arguments: Any) -> None:
        said.append(arguments[2])

    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        assert client.get(path).status_code == 200
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)
    return len(said)


def test_the_seal_is_what_reasons_are_made_from(released: Market, client: StrictClient) -> None:
    """Rows that change after the lock change no reason."""
    before = page(client, released, released.students[0])
    with released.committed():
        db.session.execute(sa.text("UPDATE slot SET capacity = 50"))
        db.session.execute(sa.text("DELETE FROM rank_entry WHERE student_id IS NOT NULL"))
        assert db.session.get_one(Seal, released.round_id).problem
    assert page(client, released, released.students[0]) == before
