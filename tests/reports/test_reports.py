"""Reports reach who looks at them, and nobody they are about."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask

from marketplace.db import db
from marketplace.mail.models import OutboxMessage
from tests.conftest import new_client
from tests.factories import Factory, sign_in
from tests.rounds.market import Market, address
from tests.support.client import StrictClient


@pytest.fixture
def market(make: Factory) -> Market:
    return Market(make, students=2)


def told(market: Market) -> list[str]:
    query = sa.select(OutboxMessage).where(OutboxMessage.key.startswith("report:"))
    rows = market.read(lambda: db.session.scalars(query.order_by(OutboxMessage.id)).all())
    assert not any("asked me" in row.body for row in rows), "mail says nothing of it"
    return [row.recipient for row in rows]


def test_someone_asked_how_i_rank(app: Flask, client: StrictClient, make: Factory, market: Market) -> None:
    """From the rank page to the coordinator and the operator; the reporter is told at the end."""
    market.apply(market.students[0])
    operator = make.operator()
    sign_in(client, market.students[0])
    page = client.get(f"/rounds/{market.round_id}/ranking").get_data(as_text=True)
    assert 'href="/reports/new?kind=asked-ranking"' in page
    client.submit(
        "/reports/new?kind=asked-ranking", {"body": "On the phone they asked me."}, button="Send report"
    )
    assert sorted(told(market)) == sorted([address(market.coordinator), address(operator)])
    coordinator = sign_in(new_client(app), market.coordinator)
    assert "1 report of a problem" in coordinator.get("/").get_data(as_text=True)
    assert "Someone asked how I rank" in coordinator.get("/reports").get_data(as_text=True)
    coordinator.submit("/reports/1", {"resolution": "Spoke to the facility."}, button="Mark as resolved")
    assert told(market)[-1] == address(market.students[0])
    assert "Spoke to the facility." in coordinator.get("/reports/1").get_data(as_text=True)
    assert "1 report" not in coordinator.get("/").get_data(as_text=True)


def test_a_report_about_a_coordinator_is_the_operators(
    app: Flask, client: StrictClient, make: Factory, market: Market
) -> None:
    operator = make.operator()
    sign_in(client, market.students[0])
    fields = {"kind": "other", "body": "My coordinator asked me.", "about_coordinator": True}
    client.submit("/reports/new", fields, button="Send report")
    assert told(market) == [address(operator)]
    coordinator = sign_in(new_client(app), market.coordinator)
    assert coordinator.get("/reports/1").status_code == 404
    assert "No reports" in coordinator.get("/reports").get_data(as_text=True)
    assert sign_in(new_client(app), operator).get("/reports/1").status_code == 200


def test_only_one_s_own_conversation_can_be_reported(
    client: StrictClient, make: Factory, market: Market
) -> None:
    thread = make.thread(market.students[1], market.slots[0])
    sign_in(client, market.students[0])
    path = f"/reports/new?thread_id={thread.id}"
    assert client.get(path).status_code == 404
    assert client.post(path, data={"kind": "message", "body": "x"}).status_code == 404
