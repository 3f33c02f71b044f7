"""Signatures are kept as signed and only ever end; leaving a round and coming back."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask

from marketplace.applications import queries, services
from marketplace.applications.models import Consent, ConsentEnd, SignedIsFinal
from marketplace.db import db, transaction
from marketplace.errors import WrongPhase
from marketplace.rounds import queries as rounds
from marketplace.rounds.models import Round
from marketplace.rounds.phases import Phase
from marketplace.runs import closing, matching_adapter
from marketplace.runs.models import Seal
from marketplace.slots.models import Slot
from tests.factories import Factory, sign_in
from tests.rounds.market import DAY, START, Market
from tests.support.client import StrictClient
from tests.support.clock import Clock

pytestmark = pytest.mark.both_databases


@pytest.fixture
def market(make: Factory) -> Market:
    return Market(make, slots=3)


def signed(market: Market) -> list[tuple[ConsentEnd | None, float]]:
    """Every signature there is: why it ended, and the day it was given."""
    query = sa.select(Consent).order_by(Consent.id)
    rows = market.read(lambda: db.session.scalars(query).all())
    return [(row.end_reason, (row.signed_at - START) / DAY) for row in rows]


def sealed(market: Market) -> dict[int, list[int]]:
    """Student id to the slot ids on the list that the official run read."""
    students, slots = market.codes()
    problem = market.read(lambda: db.session.get_one(Seal, market.round_id).problem)
    return {
        students[each.id]: [slots[code] for tier in each.preferences for code in tier]
        for each in matching_adapter.read_problem(problem).students
    }


def test_each_signature_is_a_row_of_its_own(market: Market) -> None:
    student, slot = market.students[0], market.slots[0]
    market.apply(student, slot, day=2)
    market.withdraw(student, slot, day=3)
    with market.committed():
        db.session.get_one(Slot, slot.id).title = "Another title"
    market.apply(student, slot, day=4)
    assert signed(market) == [(ConsentEnd.REVOKED, 2), (None, 4)]
    newest, oldest = market.read(lambda: queries.signatures(market.make.actor(student), 1))
    assert "Slot 1" in oldest.text and "Another title" in newest.text


def test_what_was_signed_never_changes(market: Market) -> None:
    market.apply(market.students[0], market.slots[0])
    for change in ({"text": "x"}, {"signature": "x"}, {"ends_at": START}, {"records": []}):
        with pytest.raises(SignedIsFinal), market.committed():
            for name, value in change.items():
                setattr(db.session.scalars(sa.select(Consent)).one(), name, value)
    with pytest.raises(SignedIsFinal), market.committed():
        db.session.delete(db.session.scalars(sa.select(Consent)).one())
    market.withdraw(market.students[0], market.slots[0])
    with pytest.raises(SignedIsFinal), market.committed():
        row = db.session.scalars(sa.select(Consent)).one()
        row.ended_at, row.end_reason = None, None


def test_the_database_holds_one_standing_consent_an_application(market: Market) -> None:
    market.apply(market.students[0], market.slots[0])
    with pytest.raises(sa.exc.IntegrityError, match="consent"), market.committed():
        names = [c.name for c in Consent.__table__.columns if c.name != "id"]
        columns = ", ".join(names)
        db.session.execute(sa.text(f"INSERT INTO consent ({columns}) SELECT {columns} FROM consent"))


def test_consent_revoked_after_ranking(market: Market, client: StrictClient, clock: Clock) -> None:
    """Edge case: the facility loses the view now; dropped at lock; the student is warned first."""
    student = market.students[0]
    market.everyone_applies()
    market.rank(student, *market.slots)
    market.tier(market.slots[1], market.students)
    clock.set(START + 7 * DAY)  # applications are closed, lists are open
    sign_in(client, student)
    mine = market.read(lambda: queries.of_actor(market.make.actor(student)))
    application = next(a for a, _round in mine if a.slot_id == market.slots[1].id)
    page = client.get(f"/applications/{application.id}/withdraw").get_data(as_text=True)
    assert "loses the view of your profile at once" in page
    assert "It is number 2 on your list" in page and "2 other places of your list still count" in page
    assert "you can't apply again" in page
    client.submit(f"/applications/{application.id}/withdraw", button="Withdraw")
    seen = market.read(lambda: queries.applicants(market.round_id, market.slots[1].id))
    assert student.id not in {a.student_id for a in seen} and len(seen) == 2
    market.nightly(8)
    assert sealed(market)[student.id] == [market.slots[0].id, market.slots[2].id]


def test_student_withdraws_before_lock(market: Market, client: StrictClient, clock: Clock) -> None:
    """Edge case: list ignored; facility lists keep the name inactive (reinstatable)."""
    student = market.students[0]
    market.everyone_applies()
    for each in market.students:
        market.rank(each, *market.slots)
    market.tier(market.slots[0], [student], then_any=True)
    clock.set(START + 7 * DAY)
    sign_in(client, student)
    path = f"/rounds/{market.round_id}"
    client.submit(f"{path}/leave", button="Leave the round")
    assert market.read(lambda: queries.applicants(market.round_id, market.slots[0].id))[0].student_id != (
        student.id
    )
    assert f"{path}/return" in client.get("/applications").get_data(as_text=True)
    client.submit(f"{path}/return", button="Take part again")
    names = market.read(lambda: queries.applicants(market.round_id, market.slots[0].id))
    assert student.id in {a.student_id for a in names}
    client.submit(f"{path}/leave", button="Leave the round")
    market.nightly(8)
    assert student.id not in sealed(market) and len(sealed(market)) == 2
    for way in ("leave", "return"):  # from the deadline on nothing moves
        clock.set(START + 8 * DAY)
        assert client.post(f"{path}/{way}").status_code == 302
    assert "Lists of this round are closed" in client.get("/applications").get_data(as_text=True)


def test_no_one_leaves_at_the_deadline_though_the_night_is_late(market: Market) -> None:
    student = market.students[0]
    market.apply(student)
    actor = market.make.actor(student)
    assert market.phase is Phase.RECRUITING, "no night has run"
    for work in (services.withdraw_from_round, services.return_to_round):
        with pytest.raises(WrongPhase), market.committed():
            taking_part = rounds.as_student(actor, market.round_id, lock=True)
            work(actor, *taking_part, now=START + 8 * DAY)


def test_closing_ends_the_consents_of_those_not_placed(app: Flask, market: Market) -> None:
    placed, other = market.students[:2]
    for student in (placed, other):
        market.apply(student, market.slots[0])
        market.rank(student, market.slots[0])
    market.tier(market.slots[0], [placed], then_any=True)
    market.nightly(8)
    market.release()
    assert signed(market) == [(None, 2), (None, 2)]
    assert "closed" not in market.acts(9 + 89)
    assert market.acts(9 + 90) == ["closed"]
    assert sorted(map(str, (reason for reason, _ in signed(market)))) == ["None", "round-over"]
    with app.app_context(), transaction():
        assert closing.end_consents(now=START + 159 * DAY) == 0
        assert closing.end_consents(now=START + 200 * DAY) == 1
    assert {reason for reason, _ in signed(market)} == {ConsentEnd.EXPIRED, ConsentEnd.ROUND_OVER}
    assert market.acts(10 + 455) == ["archived"]


def test_a_coordinator_closes_a_released_round(market: Market, client: StrictClient, clock: Clock) -> None:
    market.everyone_applies()
    sign_in(client, market.coordinator)
    clock.set(START + 9 * DAY)
    path = f"/rounds/{market.round_id}/close"
    assert client.post(path).status_code == 302 and market.phase is Phase.RECRUITING
    market.nightly(8)
    market.release()
    client.submit(path, button="Close the round")
    assert market.phase is Phase.CLOSED
    assert {reason for reason, _ in signed(market)} == {ConsentEnd.ROUND_OVER}
    with market.committed():
        assert db.session.get_one(Round, market.round_id).phase is Phase.CLOSED


def test_the_student_reads_what_was_signed(market: Market, client: StrictClient) -> None:
    market.apply(market.students[0], market.slots[0])
    sign_in(client, market.students[0])
    page = client.get("/applications/1").get_data(as_text=True)
    assert "Stands" in page and "credentials, skills, availability" in page
    client.submit("/applications/1/withdraw", button="Withdraw")
    assert "Taken back" in client.get("/applications/1").get_data(as_text=True)
