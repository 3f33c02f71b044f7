"""The ranking pages: what is in time, what is disclosed by looking, and what no form would send."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from flask import Flask

from marketplace.applications import queries as applications
from marketplace.rankings import queries
from marketplace.rankings.queries import Owner
from tests.factories import Factory, sign_in
from tests.rounds.market import DAY, START, Market
from tests.support.client import StrictClient
from tests.support.clock import Clock


@pytest.fixture
def market(make: Factory, clock: Clock) -> Market:
    """Everyone has applied everywhere, and ranking is open."""
    market = Market(make)
    market.everyone_applies()
    clock.set(START + 5 * DAY)
    return market


def test_a_list_that_arrived_in_time_is_in_time_however_long_it_waited(
    app: Flask, client: StrictClient, clock: Clock, market: Market
) -> None:
    student, deadline = market.students[0], market.round.ranking_closes_at
    sign_in(client, student)
    token = client.csrf_token()

    def each_look_takes_a_second() -> datetime:
        clock.advance(seconds=1)
        return clock()

    app.config["CLOCK"] = each_look_takes_a_second
    clock.set(deadline - timedelta(seconds=2))
    address, data = f"/rounds/{market.round_id}/ranking", {"base_version": "0", "order": market.slots[0].id}
    headers = {"X-CSRFToken": token}
    assert client.post(address, data=data, headers=headers, csrf=False).status_code == 302
    clock.set(deadline)
    data["base_version"] = "1"
    data["order"] = market.slots[1].id
    assert client.post(address, data=data, headers=headers, csrf=False).status_code == 422
    owner = Owner(market.round_id, student_id=student.id)
    (saved,) = market.read(lambda: queries.versions(owner))
    assert saved.saved_at == deadline - timedelta(seconds=1)


def test_the_page_to_certify_on_discloses_the_applicants_too(
    client: StrictClient, make: Factory, market: Market
) -> None:
    slot = market.slots[0]
    market.tier(slot, market.students[:2], certify=False)
    sign_in(client, market.contact)
    for _ in range(2):
        client.get(f"/rounds/{market.round_id}/slots/{slot.id}/applicants/certify")
    for student in market.students:
        seen = market.read(lambda student=student: applications.disclosures(make.actor(student)))  # type: ignore[misc]
        assert [each.slot for each in seen] == [slot.title]


@pytest.mark.parametrize("odd", ["²", "٣", "9" * 30, "-1", ""])
def test_odd_digits_are_no_error_of_the_server(client: StrictClient, market: Market, odd: str) -> None:
    student, slot = market.students[0], market.slots[0]
    sign_in(client, market.contact)
    data = {"base_version": "0", f"tier-{student.id}": odd, "rest": "any"}
    address = f"/rounds/{market.round_id}/slots/{slot.id}/applicants"
    assert client.post(address, data=data).status_code == 302


def test_odd_digits_name_no_slot(client: StrictClient, market: Market) -> None:
    sign_in(client, market.coordinator)
    answer = client.post(f"/rounds/{market.round_id}/slots", data={"slot": "²"})
    assert answer.status_code == 302
