"""The pages of a decided round: holds, release now or later, and another run, each by those who may."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from marketplace.accounts.models import User
from marketplace.db import db
from marketplace.rounds.phases import Phase
from marketplace.rounds.times import to_local
from marketplace.runs.models import Hold, ReleasePlan, RunKind, RunState
from tests.conftest import new_client
from tests.factories import Factory, sign_in
from tests.rounds.market import DAY, START, Market
from tests.support.client import StrictClient
from tests.support.clock import Clock


@pytest.fixture
def market(make: Factory, clock: Clock) -> Market:
    """Decided, and held: every facility takes nobody."""
    market = Market(make)
    for student in market.students:
        market.apply(student)
        market.rank(student, *market.slots)
    for slot in market.slots:
        market.tier(slot)
    market.nightly(8)
    clock.set(START + 8.5 * DAY)
    return market


def person(app: Flask, who: User) -> StrictClient:
    client = new_client(app)
    sign_in(client, who)
    return client


def address(market: Market, path: str) -> str:
    return f"/rounds/{market.round_id}/{path}"


def hold_id(market: Market) -> int:
    return market.read(lambda: db.session.scalars(sa.select(Hold.id)).one())


def test_a_hold_is_looked_at_cleared_with_words_and_then_the_results_go_out(
    app: Flask, market: Market
) -> None:
    client = person(app, market.coordinator)
    page = client.get(address(market, "review")).get_data(as_text=True)
    assert "1 hold blocks the release" in page and market.programme.name in page
    assert "The release is blocked" in client.get(address(market, "release")).get_data(as_text=True)
    client.post(address(market, "release"))
    assert market.phase is Phase.COMPUTED
    path = address(market, f"holds/{hold_id(market)}")
    answer = client.post(path, data={"reason": ""})
    assert answer.status_code == 422 and "Say in words what you found" in answer.get_data(as_text=True)
    assert client.post(path, data={"reason": "Both sites closed."}).status_code == 302
    page = client.get(address(market, "review")).get_data(as_text=True)
    assert "Both sites closed." in page and "blocks the release" not in page
    client.post(address(market, "release"))
    assert market.phase is Phase.RELEASED


def test_nobody_else_finds_these_pages(app: Flask, make: Factory, market: Market) -> None:
    paths = ["review", "release", f"holds/{hold_id(market)}", "supersede"]
    for who in (market.students[0].user, market.contact, make.coordinator(), make.operator()):
        client = person(app, who)
        assert {client.get(address(market, path)).status_code for path in paths} == {404}
        for path in (*paths[1:], "release/plan", "release/plan/drop", "supersede/confirm"):
            assert client.post(address(market, path)).status_code == 404, path
        operator = f"/operator{address(market, 'supersede')}"
        assert client.get(operator).status_code == client.post(operator).status_code == 404
    assert market.phase is Phase.COMPUTED


def test_a_time_is_set_in_the_round_s_zone_and_taken_back(app: Flask, market: Market, clock: Clock) -> None:
    client = person(app, market.coordinator)
    at = (clock() + timedelta(hours=3)).replace(second=0, microsecond=0)
    typed = to_local(at, market.round.zone).strftime("%Y-%m-%dT%H:%M")
    past = client.post(address(market, "release/plan"), data={"release_at": "2020-01-01T12:00"})
    assert past.status_code == 422 and 'value="2020-01-01T12:00"' in past.get_data(as_text=True)
    assert client.post(address(market, "release/plan"), data={"release_at": typed}).status_code == 302
    assert market.read(lambda: db.session.scalars(sa.select(ReleasePlan.release_at)).one()) == at
    assert "t release by itself" in client.get(address(market, "release")).get_data(as_text=True)
    client.post(address(market, "release/plan/drop"))
    assert market.read(lambda: db.session.scalars(sa.select(ReleasePlan.release_at)).all()) == []


def asked(market: Market, client: StrictClient) -> dict[str, str]:
    """The form filled: the first student of the list withdrew."""
    page = client.get(address(market, "supersede")).get_data(as_text=True)
    code = re.findall(r'<option value="(s[0-9a-f]{12})"', page)[0]
    return {
        "reason": "Somebody left.",
        "corrections-0-kind": "student_gone",
        "corrections-0-student": code,
        "corrections-0-slot": "",
    }


def test_one_asks_another_confirms(app: Flask, make: Factory, market: Market) -> None:
    second = make.coordinator(market.school, "Second coordinator")
    client, other = person(app, market.coordinator), person(app, second)
    form = asked(market, client)
    more = client.post(address(market, "supersede"), data={**form, "more": "1"}).get_data(as_text=True)
    assert "Correction 2" in more and "Somebody left." in more
    missing = {**form, "corrections-0-student": ""}
    assert client.post(address(market, "supersede"), data=missing).status_code == 422
    wrong = {**form, "corrections-0-kind": "eligible", "corrections-0-slot": f"slot-{market.slots[0].id}"}
    answer = client.post(address(market, "supersede"), data=wrong)
    assert answer.status_code == 422 and "This would change nothing" in answer.get_data(as_text=True)
    assert client.post(address(market, "supersede"), data=form).status_code == 302
    page = client.get(address(market, "supersede")).get_data(as_text=True)
    assert "It waits for another person" in page and "Student 1 withdrew" in page
    client.post(address(market, "supersede/confirm"))
    assert market.phase is Phase.COMPUTED
    assert "asks to have the round matched again" in other.get("/").get_data(as_text=True)
    assert "Confirm, match again" in other.get(address(market, "supersede")).get_data(as_text=True)
    other.post(address(market, "supersede/confirm"))
    assert market.phase is Phase.LOCKED
    market.nightly(8.6)
    assert [run.state for run in market.runs(RunKind.OFFICIAL)] == [RunState.SUPERSEDED, RunState.DONE]


def test_an_operator_is_the_second_person_of_a_school_with_one_coordinator(
    app: Flask, make: Factory, market: Market
) -> None:
    client, operator = person(app, market.coordinator), person(app, make.operator())
    client.post(address(market, "supersede"), data=asked(market, client))
    assert "confirm another run" in operator.get("/").get_data(as_text=True)
    path = f"/operator{address(market, 'supersede')}"
    assert "Student 1 withdrew" in operator.get(path).get_data(as_text=True)
    assert operator.post(path).status_code == 302 and market.phase is Phase.LOCKED
    assert operator.get(path).status_code == 404


def test_declining_leaves_the_result(app: Flask, make: Factory, market: Market) -> None:
    second = person(app, make.coordinator(market.school, "Second coordinator"))
    client = person(app, market.coordinator)
    client.post(address(market, "supersede"), data=asked(market, client))
    second.post(address(market, "supersede/withdraw"))
    assert market.phase is Phase.COMPUTED
    assert "Match the round again" in client.get(address(market, "supersede")).get_data(as_text=True)
