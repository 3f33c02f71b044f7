"""The auditors' bundle of a round that really ran: it holds, it is logged, there is none before release."""

from __future__ import annotations

import json
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import Result
from flask import Flask

from marketplace.audit.models import AuditEvent
from marketplace.db import db
from marketplace.runs.models import Seal
from matching import bundle
from tests.factories import Factory
from tests.rounds.market import Market, address


@pytest.fixture
def market(make: Factory) -> Market:
    """Decided; slot 2 keeps silent and student 4 has no list."""
    market = Market(make, students=4)
    s1, s2, s3, _s4 = market.students
    a, b = market.slots
    for student in (s1, s2, s3):
        market.apply(student)
    market.rank(s1, a, b)
    market.rank(s2, a)
    market.rank(s3, a, b)
    market.tier(a, [s2], [s3, s1])
    market.nightly(8)
    return market


def bundled(app: Flask, market: Market) -> Result:
    return app.test_cli_runner().invoke(
        args=["round", "bundle", str(market.round_id), "--auditor", "Ann Audit"]
    )


def published(market: Market) -> dict[str, str]:
    seal = market.read(lambda: db.session.get_one(Seal, market.round_id))
    return {
        "commitment": market.round.lottery_commitment,
        "root": seal.root,
        "problem_sha256": seal.problem_sha256,
        "contribution": "",
        "decided_sha256": seal.problem_sha256,
    }


def test_the_bundle_of_a_released_round_holds(app: Flask, market: Market) -> None:
    market.release()
    result = bundled(app, market)
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    assert bundle.verify(found, published(market)) == []
    assert len(found["openings"]) == 4
    assert market.round.lottery_secret not in result.stdout
    for person in (*market.students, market.contact, market.coordinator):
        assert address(person) not in result.stdout
    events = market.read(
        lambda: db.session.scalars(sa.select(AuditEvent).where(AuditEvent.action == "bundle exported")).all()
    )
    assert [event.change["auditor"] for event in events] == ["Ann Audit"]


def test_a_changed_list_does_not_hold(app: Flask, market: Market) -> None:
    market.release()
    found = json.loads(bundled(app, market).stdout)
    found["openings"][0]["tiers"].reverse()
    assert {"leaves"} <= {check for check, _ in bundle.verify(found, published(market))}


def test_there_is_no_bundle_before_the_release(app: Flask, market: Market) -> None:
    result = bundled(app, market)
    assert result.exit_code == 1
    assert "there is a bundle from its release on" in result.stderr
