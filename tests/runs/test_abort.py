"""A decided round is called off before its release: for a reason, and nobody ever sees its result."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask

from marketplace.db import db
from marketplace.errors import DomainError, WrongPhase
from marketplace.rounds import changes, queries
from marketplace.rounds.phases import Phase
from marketplace.runs import releasing
from marketplace.runs.models import Assignment, RunKind
from tests.factories import Factory, sign_in
from tests.rounds.market import DAY, START, Market
from tests.support.client import StrictClient
from tests.support.clock import Clock


@pytest.fixture
def market(make: Factory, clock: Clock) -> Market:
    market = Market(make)
    market.everyone_applies()
    for student in market.students:
        market.rank(student, *market.slots)
    market.nightly(8)
    clock.set(START + 8.5 * DAY)
    return market


def call_off(market: Market, reason: str) -> None:
    actor = market.make.actor(market.coordinator)
    with market.committed():
        round_ = queries.coordinated(actor, market.round_id, lock=True)
        changes.call_off(actor, round_, reason=reason, now=START + 8.5 * DAY)


def test_it_takes_a_reason_which_is_public(market: Market) -> None:
    with pytest.raises(DomainError) as caught:
        call_off(market, " ")
    assert caught.value.reason == "missing" and market.phase is Phase.COMPUTED
    call_off(market, "A site burnt down.")
    assert market.phase is Phase.CANCELLED
    entry = market.read(lambda: changes.log(queries.announced(market.round_id)))[0]
    assert entry.title == "A site burnt down."
    assert all("A site burnt down." in message.body for message in market.mail("cancelled"))


def test_the_result_is_kept_and_never_released(market: Market) -> None:
    actor = market.make.actor(market.coordinator)
    with market.committed():
        round_ = queries.coordinated(actor, market.round_id, lock=True)
        releasing.plan(actor, round_, START + 9 * DAY, now=START + 8.5 * DAY)
    call_off(market, "A site burnt down.")
    assert market.acts(9) == [], "the plan goes with the round"
    with pytest.raises(WrongPhase):
        market.release()
    assert market.runs(RunKind.OFFICIAL)[0].result
    assert market.read(lambda: db.session.scalars(sa.select(Assignment)).all()) == []


def test_the_page_keeps_asking_until_there_is_one(app: Flask, client: StrictClient, market: Market) -> None:
    sign_in(client, market.coordinator)
    path = f"/rounds/{market.round_id}/cancel"
    answer = client.post(path, data={"reason": ""})
    assert answer.status_code == 422 and "Say why, in words for everyone" in answer.get_data(as_text=True)
    assert client.post(path, data={"reason": "A site burnt down."}).status_code == 302
    assert market.phase is Phase.CANCELLED
    page = client.get(f"/rounds/{market.round_id}/review")
    assert page.status_code == 302, "a cancelled round has no result to look at"
