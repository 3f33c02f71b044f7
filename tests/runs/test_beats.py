"""A nightly job that does not run is seen by operators and coordinators; one that runs says so."""

from __future__ import annotations

import pytest
from flask import Flask

from marketplace import chores
from marketplace.runs import beats
from tests.factories import Factory, sign_in
from tests.rounds.market import DAY, START, Market
from tests.support.client import StrictClient
from tests.support.clock import Clock

pytestmark = pytest.mark.both_databases


def late(market: Market, day: float) -> bool:
    return market.read(lambda: beats.late(START + DAY * day))


def test_it_is_late_a_day_and_two_hours_after_it_last_ended(make: Factory) -> None:
    market = Market(make)
    market.nightly(1)
    assert not late(market, 1 + 26 / 24) and late(market, 1 + 27 / 24)
    market.nightly(2 + 3 / 24)
    assert not late(market, 3)


def test_where_it_is_called_every_minute_a_quarter_of_an_hour_is_late(app: Flask, make: Factory) -> None:
    market = Market(make)
    market.nightly(1)
    app.extensions["scheduler"] = object()
    assert not late(market, 1 + 15 / 1440) and late(market, 1 + 16 / 1440)


def test_one_that_never_ran_is_late_once_a_round_needs_it(make: Factory) -> None:
    draft = Market(make, announce=False)
    assert not late(draft, 30), "a draft needs nothing"
    market = Market(make, name="Announced")
    assert not late(market, 1) and late(market, 2)


def test_what_failed_in_it_is_counted(make: Factory) -> None:
    def broken(now: object) -> int:
        raise RuntimeError

    market = Market(make)
    chores.register(make.app, broken)
    market.nightly(1)
    found = market.read(beats.last)
    assert found is not None and found.failures == 1
    assert START + DAY <= found.ended_at < START + 2 * DAY, "when it ended, by how long it really took"


def test_operators_and_coordinators_see_it(client: StrictClient, make: Factory, clock: Clock) -> None:
    market = Market(make)
    market.everyone_applies()
    market.nightly(2)
    clock.set(START + 5 * DAY)
    sign_in(client, make.operator())
    assert "The nightly job does not run" in client.get("/").get_data(as_text=True)
    overview = client.get("/operator").get_data(as_text=True)
    assert "The nightly job does not run" in overview and "last ended" in overview
    other = make.app.test_client()
    sign_in(other, market.coordinator)
    page = other.get(f"/rounds/{market.round_id}").get_data(as_text=True)
    assert "The nightly job is late" in page
    market.nightly(5)
    assert "does not run" not in client.get("/operator").get_data(as_text=True)
    assert "The nightly job is late" not in other.get(f"/rounds/{market.round_id}").get_data(as_text=True)
