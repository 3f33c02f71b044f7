"""The extra place of an upheld appeal: added, given once, and nobody else's place moves."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from marketplace.appeals import services as appeals
from marketplace.appeals.models import Ground, Outcome, Remedy
from marketplace.appeals.services import Decision
from marketplace.applications import services as applications
from marketplace.db import db
from marketplace.errors import Conflict, DomainError, NotFound
from marketplace.mail.models import OutboxMessage
from marketplace.placements import extra
from marketplace.runs.models import Placement, PlacementEnd
from marketplace.slots.models import Slot
from tests.factories import Factory, sign_in
from tests.rounds.market import DAY, START, Market
from tests.support.client import StrictClient
from tests.support.clock import Clock

NOW = START + 10 * DAY


@pytest.fixture
def market(make: Factory) -> Market:
    """One place at each slot: student 1 has the first, 2 the second; both wanted the first."""
    market = Market(make, students=2, slots=2)
    first, second = market.students
    market.everyone_applies()
    market.acts(4)
    for student in market.students:
        market.rank(student, *market.slots)
    for slot in market.slots:
        market.tier(slot, [first], [second])
    market.nightly(8)
    market.release()
    return market


def upheld(market: Market, remedy: Remedy = Remedy.EXTRA_PLACE) -> int:
    second = market.make.actor(market.students[1])
    coordinator = market.make.actor(market.coordinator)
    said = {"ground": Ground.DATA_ERROR, "words": "They agreed to two.", "link": "/", "now": NOW}
    slot_id = market.slots[0].id if remedy is Remedy.EXTRA_PLACE else None
    decision = Decision(Outcome.UPHELD, "So they did.", remedy, slot_id, agreed=True)
    with market.committed():
        number = appeals.file(second, market.round_id, **said).id  # type: ignore[arg-type]
    with market.committed():
        appeals.decide(coordinator, market.round_id, number, decision, link="/", now=NOW)
    return number


def give(market: Market, number: int) -> None:
    actor = market.make.actor(market.coordinator)
    with market.committed():
        extra.give(actor, market.round_id, number, now=NOW)


def standing(market: Market) -> dict[int, int]:
    query = sa.select(Placement).where(Placement.ended_at.is_(None))
    return {p.student_id: p.slot_id for p in market.read(lambda: db.session.scalars(query).all())}


def test_the_place_is_added_and_nobody_else_moves(market: Market) -> None:
    first, second = market.students
    a, b = market.slots
    assert standing(market) == {first.id: a.id, second.id: b.id}
    number = upheld(market)
    give(market, number)
    assert standing(market) == {first.id: a.id, second.id: a.id}
    assert market.read(lambda: db.session.get_one(Slot, a.id).capacity) == 2
    query = sa.select(Placement.end_reason).where(Placement.slot_id == b.id)
    assert market.read(lambda: db.session.scalars(query).one()) is PlacementEnd.RELEASED
    with pytest.raises(Conflict):
        give(market, number)
    assert standing(market) == {first.id: a.id, second.id: a.id}


def test_who_gets_it_is_not_told_that_they_asked_to_be_released(market: Market) -> None:
    give(market, upheld(market))
    query = sa.select(OutboxMessage.body).where(OutboxMessage.recipient == market.students[1].user.email)
    bodies = market.read(lambda: db.session.scalars(query).all())
    assert any("your coordinator released you" in body for body in bodies)
    assert not any("as you asked" in body for body in bodies)


def test_only_an_upheld_appeal_with_an_extra_place_gives_one(market: Market) -> None:
    number = upheld(market, Remedy.CLEARING)
    with pytest.raises(NotFound):
        give(market, number)


def test_without_consent_nobody_is_shown_to_a_facility(market: Market) -> None:
    number = upheld(market)
    actor = market.make.actor(market.students[1])
    with market.committed():
        row = market._application(market.students[1], market.slots[0])
        applications.withdraw(actor, row, now=NOW)
    with pytest.raises(DomainError) as caught:
        give(market, number)
    assert caught.value.reason == "no_consent"
    assert standing(market)[market.students[1].id] == market.slots[1].id


def test_from_the_appeal_s_page(market: Market, client: StrictClient, clock: Clock) -> None:
    clock.set(NOW)
    number = upheld(market)
    sign_in(client, market.coordinator)
    page = f"/rounds/{market.round_id}/appeals/{number}"
    assert "Give the extra place" in client.get(page).text
    client.submit(f"{page}/place", button="Give the place")
    assert standing(market)[market.students[1].id] == market.slots[0].id
    assert client.get(f"{page}/place").status_code == 404
    assert "Give the extra place" not in client.get(page).text
