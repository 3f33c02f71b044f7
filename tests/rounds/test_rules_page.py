"""Everyone reads the same rules, and "your true order is the best for you" only while it is true."""

from __future__ import annotations

import sqlalchemy as sa

from marketplace.db import db
from marketplace.rounds import truth
from marketplace.rounds.models import Explanation, Round
from marketplace.rounds.truth import Exemption
from marketplace.slots.models import Slot
from tests.factories import Factory, sign_in
from tests.rounds.market import Market
from tests.support.client import StrictClient

PROMISE = "you cannot gain by any other order"


def pages(market: Market, client: StrictClient) -> list[str]:
    """The rules, and a student's ranking page."""
    sign_in(client, market.students[0])
    return [client.get(f"/rounds/{market.round_id}/{page}").text for page in ("rules", "ranking")]


def test_the_promise_is_made_while_it_is_true(make: Factory, client: StrictClient) -> None:
    market = Market(make)
    market.apply(market.students[0])
    market.acts(4)
    assert all(PROMISE in page for page in pages(market, client))


def test_couples_and_minimum_cohorts_are_named_instead(make: Factory, client: StrictClient) -> None:
    market = Market(make, couples=True)
    market.apply(market.students[0])
    market.acts(4)
    for page in pages(market, client):
        assert PROMISE not in page and "matched as a couple" in page
    with market.committed():
        db.session.execute(sa.update(Round).values(couples=False))
        db.session.execute(sa.update(Slot).where(Slot.id == market.slots[0].id).values(minimum=1))
    for page in pages(market, client):
        assert PROMISE not in page and "minimum number of students" in page
    found = market.read(lambda: truth.of(market.round))
    assert found.exemptions == [Exemption.MINIMUM] and not found.holds


def test_a_slot_that_left_takes_its_exception_along(make: Factory) -> None:
    market = Market(make)
    with market.committed():
        db.session.execute(sa.update(Slot).where(Slot.id == market.slots[0].id).values(minimum=1))
        db.session.execute(sa.text("UPDATE round_slot SET withdrawn_at = '2026-11-03'"))
    assert market.read(lambda: truth.of(market.round)).holds


def test_every_rule_is_stated(make: Factory, client: StrictClient) -> None:
    market = Market(make, explanation=Explanation.DETAILED, confirm_days=11, appeal_days=0)
    page = client.get(f"/rounds/{market.round_id}/rules").text
    for rule in (
        "within 11 days of the release",
        "no appeals",
        "also whether priority or lottery decided",
        "operator-trusted lottery",
        "For facilities no such promise exists",
    ):
        assert rule in page
