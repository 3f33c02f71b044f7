"""A coordinator may give a place before the match: for a reason, undone until the lock, binding in it."""

from __future__ import annotations

import json

import pytest
import sqlalchemy as sa

from marketplace.agreements.models import Agreement
from marketplace.applications import closures
from marketplace.applications import services as applications
from marketplace.coordination import preassigning
from marketplace.db import db
from marketplace.errors import DomainError, WrongPhase
from marketplace.results import queries as results
from marketplace.rounds import queries
from marketplace.runs import bundles
from marketplace.runs.models import Assignment, RunKind, Seal
from marketplace.slots.models import Slot
from marketplace.students.models import Student
from matching import bundle as verifier
from tests.factories import Factory, sign_in
from tests.rounds.market import DAY, START, Market
from tests.support.client import StrictClient
from tests.support.clock import Clock

pytestmark = pytest.mark.both_databases


@pytest.fixture
def market(make: Factory) -> Market:
    market = Market(make, students=3, slots=2)
    market.everyone_applies()
    return market


def give(
    market: Market, student: Student, slot: Slot, *, reason: str = "Their project.", day: float = 5
) -> None:
    actor = market.make.actor(market.coordinator)
    with market.committed():
        round_ = queries.coordinated(actor, market.round_id, lock=True)
        preassigning.name(actor, round_, student.id, slot.id, reason=reason, now=START + day * DAY)


def take_back(market: Market, student: Student, *, day: float = 5) -> None:
    actor = market.make.actor(market.coordinator)
    with market.committed():
        round_ = queries.coordinated(actor, market.round_id, lock=True)
        preassigning.undo(actor, round_, student.id, now=START + day * DAY)


def sealed(market: Market) -> dict[str, object]:
    text = market.read(lambda: db.session.get_one(Seal, market.round_id).problem)
    found: dict[str, object] = json.loads(text)
    return found


def test_who_has_a_place_keeps_it_and_needs_no_list(market: Market) -> None:
    first, second, third = market.students
    slot, other = market.slots
    give(market, first, slot)
    for student in (second, third):
        market.rank(student, slot, other)
    market.acts(5)
    (night,) = market.runs(RunKind.REHEARSAL)
    assert str(first.id) not in (night.totals or {})["at_risk"]
    market.acts(8)
    codes = {i: code for code, i in market.codes()[0].items()}
    assert sealed(market)["preassigned"] == [[codes[first.id], f"slot-{slot.id}"]]
    market.release()
    rows = market.read(
        lambda: db.session.execute(
            sa.select(Assignment.student_id, Assignment.slot_id, Assignment.rank)
        ).all()
    )
    placed = {student: (where, rank) for student, where, rank in rows}
    assert placed[first.id] == (slot.id, None)
    assert sorted(str(placed[s.id]) for s in (second, third)) == sorted(
        map(str, [(other.id, 2), (None, None)])
    )
    shown = market.read(lambda: results.of_student(market.round, first))
    assert shown.slot is not None and shown.slot.id == slot.id and shown.rank is None
    with market.committed():
        text = bundles.export(market.round_id, auditor="Ada", purpose="check", now=START + 11 * DAY)
    assert list(verifier.check_leaves(json.loads(text))) == []


def test_a_list_is_left_aside_and_counts_again_when_taken_back(market: Market) -> None:
    first = market.students[0]
    receipt = market.rank(first, *market.slots)
    give(market, first, market.slots[1], day=5.1)
    take_back(market, first, day=5.2)
    give(market, first, market.slots[1], day=5.3)
    assert len(market.mail("preassigned")) == 3
    market.acts(8)
    assert receipt not in market.read(lambda: db.session.get_one(Seal, market.round_id).leaves)


def test_a_withdrawn_application_lets_it_fall_away(market: Market) -> None:
    first = market.students[0]
    receipt = market.rank(first, market.slots[0])
    give(market, first, market.slots[1])
    market.withdraw(first, market.slots[1], day=5.5)
    assert market.read(lambda: preassigning.impossible(market.round)) == {first.id}
    market.acts(8)
    assert sealed(market)["preassigned"] == []
    assert receipt in market.read(lambda: db.session.get_one(Seal, market.round_id).leaves)


@pytest.mark.parametrize("cause", ["slot", "student", "agreement", "places"])
def test_the_coordinator_is_told_when_a_place_is_not_possible_any_more(
    market: Market, client: StrictClient, clock: Clock, cause: str
) -> None:
    """On the to-do list and on the fix list, each with its link."""
    first, second, _third = market.students
    slot = market.slots[1]
    for student in market.students:
        market.rank(student, market.slots[0])
    if cause == "places":
        with market.committed():
            db.session.get_one(Slot, slot.id).capacity = 2
        give(market, second, slot)
    give(market, first, slot)
    market.acts(5.1)
    clock.set(START + 5.5 * DAY)
    sign_in(client, market.coordinator)
    said = "1 place given before the match is not possible any more"
    assert said not in client.get("/").text
    lose(market, first, slot, cause)
    link = f'href="/rounds/{market.round_id}/preassigned"'
    page = client.get("/").text
    assert said in page and link in page
    forecast = client.get(f"/rounds/{market.round_id}/forecast").text
    assert said in forecast and link in forecast and first.user.name in forecast


def lose(market: Market, student: Student, slot: Slot, cause: str) -> None:
    """What makes a place impossible that was given before."""
    now = START + 5.4 * DAY
    actor = market.make.actor(student if cause == "student" else market.contact)
    with market.committed():
        if cause == "slot":
            closures.close_slot(actor, slot.id, reason="It burnt down.", now=now)
        elif cause == "student":
            held = queries.as_student(actor, market.round_id, lock=True)
            applications.withdraw_from_round(actor, *held, now=now)
        elif cause == "places":
            db.session.get_one(Slot, slot.id).capacity = 1
        else:
            db.session.get_one(Agreement, market.agreement.id).ends_on = now.date()


def test_what_is_refused(market: Market, make: Factory) -> None:
    first, second, _third = market.students
    slot = market.slots[0]
    with pytest.raises(DomainError, match="missing"):
        give(market, first, slot, reason=" ")
    give(market, first, slot)
    with pytest.raises(DomainError, match="named_already"):
        give(market, first, market.slots[1])
    with pytest.raises(DomainError, match="full"):
        give(market, second, slot)
    market.withdraw(second, market.slots[1])
    with pytest.raises(DomainError, match="no_application"):
        give(market, second, market.slots[1])
    with pytest.raises(WrongPhase):
        give(market, second, market.slots[1], day=8)
    with pytest.raises(WrongPhase):
        take_back(market, first, day=8)


def test_the_page_gives_and_takes_back_and_the_rules_say_how_many(
    market: Market, client: StrictClient
) -> None:
    sign_in(client, market.coordinator)
    page = f"/rounds/{market.round_id}/preassigned"
    first, slot = market.students[0], market.slots[0]
    answer = client.submit(page, {"reason": "Nobody chosen"}, button="Give the place")
    assert answer.status_code == 422 and "Choose a student" in answer.text and "Choose a slot" in answer.text
    values = {"student": str(first.id), "slot": str(slot.id), "reason": ""}
    answer = client.submit(page, values, button="Give the place")
    assert answer.status_code == 422 and "Say why" in answer.text
    client.submit(page, {**values, "reason": "A reason nobody else reads"}, button="Give the place")
    assert first.user.name in client.get(page).text
    rules = client.get(f"/rounds/{market.round_id}/rules").text
    assert "gave 1 place before the match" in rules
    assert first.user.name not in rules and "nobody else reads" not in rules
    client.submit(page, action=f"{page}/{first.id}/undo")
    assert "No place is given" in client.get(page).text
