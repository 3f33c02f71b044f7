"""The ranking pages: what is in time, what is disclosed by looking, and what no form would send."""

from __future__ import annotations

import re
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


def test_the_order_of_an_older_window_is_shown_beside_the_newer_and_can_be_used(
    client: StrictClient, market: Market
) -> None:
    student, (first, second) = market.students[0], market.slots[:2]
    sign_in(client, student)
    address = f"/rounds/{market.round_id}/ranking"
    client.post(address, data={"base_version": "0", "order": [first.id, second.id]})
    stale = {"base_version": "0", "order": [first.id, second.id], f"rank-{first.id}": "2"}
    answer = client.post(address, data=stale | {f"rank-{second.id}": "1"})
    assert answer.status_code == 409
    mine = answer.text.partition("The order you had in this window")[2].partition("</section>")[0]
    assert re.findall(r'name="order" value="(\d+)"', mine) == [str(second.id), str(first.id)]
    kept = {"base_version": "1", "order": [second.id, first.id], "save": "draft"}
    assert 'name="base_version" value="1"' in mine
    assert client.post(address, data=kept).status_code == 302
    assert f'action="{address}"' in client.post(f"{address}/certify", data={"base_version": "1"}).text
    owner = Owner(market.round_id, student_id=student.id)
    assert [queries.tiers(each) for each in market.read(lambda: list(reversed(queries.versions(owner))))] == [
        [[first.id], [second.id]],
        [[second.id], [first.id]],
    ]


def test_the_tiers_of_an_older_window_are_shown_beside_the_newer(
    client: StrictClient, market: Market
) -> None:
    slot, (one, two) = market.slots[0], market.students[:2]
    market.tier(slot, [one], certify=False)
    sign_in(client, market.contact)
    address = f"/rounds/{market.round_id}/slots/{slot.id}/applicants"
    stale = {"base_version": "0", f"tier-{two.id}": "1", f"tier-{one.id}": "2", "rest": "nobody"}
    answer = client.post(address, data=stale)
    assert answer.status_code == 409
    mine = answer.text.partition("The tiers you had in this window")[2].partition("</section>")[0]
    assert f'name="tier-{two.id}" value="1"' in mine and f'name="tier-{one.id}" value="2"' in mine
    assert 'name="rest" value="nobody"' in mine and 'name="base_version" value="1"' in mine
    answer = client.post(f"{address}/certify", data={"base_version": "0"})
    assert answer.status_code == 409 and f'action="{address}" class="card"' in answer.text
    assert "The tiers you had" not in answer.text


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
