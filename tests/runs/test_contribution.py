"""With a public contribution the seed is fixed only after the lock, once, and everyone can check it."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from marketplace.db import db
from marketplace.errors import Conflict, DomainError, WrongPhase
from marketplace.filters import instant
from marketplace.results import openings
from marketplace.rounds import changes, queries
from marketplace.rounds.phases import Phase
from marketplace.rounds.terms import CONTRIBUTION_AFTER
from marketplace.runs import bundles, drawing
from marketplace.runs.models import RunKind, Seal
from matching import bundle as verifier
from tests.factories import Factory, sign_in
from tests.rounds.market import DAY, START, Market
from tests.rounds.test_lottery import sha
from tests.support.client import StrictClient
from tests.support.clock import Clock

SOURCE = "The evening draw of an invented lottery"
AT = START + 8.5 * DAY

pytestmark = pytest.mark.both_databases


@pytest.fixture
def market(make: Factory) -> Market:
    """A locked round that waits for its source."""
    market = Market(make, contribution_source=SOURCE, contribution_at=AT)
    market.everyone_applies()
    for student in market.students:
        market.rank(student, *market.slots)
    assert market.acts(8)[-1] == "locked"
    return market


def contribute(market: Market, said: str = "4 0 7 1", again: str | None = None, day: float = 9) -> None:
    actor = market.make.actor(market.coordinator)
    with market.committed():
        round_ = queries.coordinated(actor, market.round_id, lock=True)
        drawing.contribute(actor, round_, said, again=said if again is None else again, now=START + day * DAY)


def seed_of(market: Market) -> str:
    sealed = market.read(lambda: db.session.get_one(Seal, market.round_id).problem)
    return str(json.loads(sealed)["lottery"]["seed"])


def test_the_match_waits_and_then_draws_by_it(market: Market) -> None:
    assert market.acts(8.4) == [] and market.acts(9) == [] and market.phase is Phase.LOCKED
    assert seed_of(market) == "0" * 64 and not market.runs(RunKind.OFFICIAL)
    before = market.read(lambda: db.session.get_one(Seal, market.round_id))
    contribute(market, " 4 0  7 1 ")
    seal, round_ = market.read(lambda: db.session.get_one(Seal, market.round_id)), market.round
    assert round_.contribution == "4 0 7 1" and round_.draw_key
    assert seed_of(market) == sha(0x20, seal.root, round_.draw_key, "4 0 7 1").hex()
    assert (seal.root, seal.problem_sha256, seal.leaves) == (
        before.root,
        before.problem_sha256,
        before.leaves,
    )
    assert market.acts(9) == ["decided"]
    (run,) = market.runs(RunKind.OFFICIAL)
    assert json.loads(run.result or "")["lottery"]["seed"] == seed_of(market)


def test_what_is_published_agrees(market: Market, client: StrictClient) -> None:
    contribute(market)
    market.acts(9)
    market.release(day=10)
    certificate = market.read(lambda: openings.certificate(market.round))["lottery"]
    assert (certificate["contribution"], certificate["contribution_source"]) == ("4 0 7 1", SOURCE)
    assert certificate["seed"] == seed_of(market)
    with market.committed():
        text = bundles.export(market.round_id, auditor="Ada", purpose="check", now=START + 11 * DAY)
    found = json.loads(text)
    assert list(verifier.check_lottery(found)) == []
    assert list(verifier.check_lottery({**found, "contribution": "4 0 7 2"})) != []
    page = client.get(f"/rounds/{market.round_id}/rules").text
    assert SOURCE in page and "4 0 7 1" in page and "operator-trusted" not in page


def test_it_is_entered_once_twice_the_same_and_in_time(market: Market) -> None:
    with pytest.raises(DomainError, match="early"):
        contribute(market, day=8.4)
    with pytest.raises(DomainError, match="differs"):
        contribute(market, "4 0 7 1", "4 0 7 2")
    with pytest.raises(DomainError, match="missing"):
        contribute(market, "  ")
    assert market.round.contribution == ""
    contribute(market)
    with pytest.raises(Conflict):
        contribute(market, "9 9 9 9")
    assert market.round.contribution == "4 0 7 1"
    assert len(market.mail("contribution")) == 5 and all(
        "4 0 7 1" in m.body for m in market.mail("contribution")
    )


def test_sealed_late_it_waits_for_what_is_published_after_the_seal(
    make: Factory, client: StrictClient
) -> None:
    planned, sealed = START + 8 * DAY + CONTRIBUTION_AFTER, START + 8.4 * DAY
    market = Market(make, contribution_source=SOURCE, contribution_at=planned)
    assert market.acts(8.4)[-1] == "locked"
    earliest = sealed + CONTRIBUTION_AFTER
    with pytest.raises(DomainError, match="early"):
        contribute(market, day=8.402)
    said = instant(earliest, market.round.zone)
    assert all(said in m.body for m in market.mail("locked"))
    assert said in client.get(f"/rounds/{market.round_id}/rules").text
    (entry,) = market.read(lambda: changes.log(market.round))
    assert "after the lists were sealed" in entry.title and said in entry.text
    contribute(market, day=8.41)


def test_only_while_locked_and_only_with_a_source(make: Factory) -> None:
    plain = Market(make)
    plain.acts(8)
    with pytest.raises(WrongPhase):
        contribute(plain)
    early = Market(make, name="Open", contribution_source=SOURCE, contribution_at=AT)
    with pytest.raises(WrongPhase):
        contribute(early)


def test_the_coordinator_is_asked_and_types_it_twice(
    market: Market, client: StrictClient, clock: Clock
) -> None:
    clock.set(AT + timedelta(hours=1))
    sign_in(client, market.coordinator)
    assert "Enter what the public source said" in client.get(f"/rounds/{market.round_id}").text
    page = f"/rounds/{market.round_id}/contribution"
    answer = client.submit(page, {"said": "4071", "again": "4017"}, button="Enter it for good")
    assert answer.status_code == 422 and "The two differ" in answer.text and 'value="4071"' in answer.text
    client.submit(page, {"said": "4071", "again": "4071"}, button="Enter it for good")
    assert market.round.contribution == "4071"
    assert "4071" in client.get(f"/rounds/{market.round_id}/rules").text
    assert "Enter what" not in client.get(f"/rounds/{market.round_id}").text
