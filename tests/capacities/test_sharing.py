"""Capacity is split by quota among schools, not first-come: two rounds or schools, one slot."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from marketplace.capacities import sharing
from marketplace.db import db
from marketplace.eligibility.facts import StudentFacts
from marketplace.errors import DomainError, NotFound
from marketplace.rounds import queries as rounds
from marketplace.rounds.models import RoundSlot
from marketplace.runs import bundles, quotas
from marketplace.runs.models import Seal
from matching import bundle as verifier
from tests.factories import Factory, sign_in
from tests.rounds.market import DAY, START, Market
from tests.support.client import StrictClient

pytestmark = pytest.mark.both_databases


def share(market: Market, *places: int, day: float = 0.5) -> None:
    actor = market.make.actor(market.contact)
    slot = market.slots[0]
    with market.committed():
        found = sharing.schools(slot.id)
        sharing.share(
            actor,
            slot.id,
            {school.id: most for school, most in zip(found, places, strict=False)},
            now=START + day * DAY,
        )


@pytest.fixture
def market(make: Factory) -> Market:
    """One slot with three places, wanted by four."""
    market = Market(make, students=4, slots=1)
    with market.committed():
        db.session.get_one(type(market.slots[0]), market.slots[0].id).capacity = 3
    return market


def test_two_rounds_or_schools_capacity_is_split_by_quota(market: Market, client: StrictClient) -> None:
    share(market, 2)
    page = client.get(f"/rounds/{market.round_id}/rules").text
    assert f"at most 2 students of {market.school.name}" in page
    market.everyone_applies()
    for student in market.students:
        market.rank(student, *market.slots)
    market.acts(5)
    market.acts(8)
    sealed = json.loads(market.read(lambda: db.session.get_one(Seal, market.round_id).problem))
    value = f"u{market.school.id}"
    assert sealed["slots"][0]["quotas"] == {"type": "school", "maximum": {value: 2}}
    market.release()
    with market.committed():
        text = bundles.export(market.round_id, auditor="Ada", purpose="check", now=START + 11 * DAY)
    bundle = json.loads(text)
    assert Counter(bundle["result"]["assignment"].values()) == {"slot-1": 2, None: 2}
    assert list(verifier.check_leaves(bundle)) == []


def test_no_more_is_shared_out_than_there_is_and_only_before_a_round_counts_on_it(market: Market) -> None:
    with pytest.raises(DomainError, match="too_many"):
        share(market, 4)
    with pytest.raises(DomainError, match="unknown_school"), market.committed():
        sharing.share(market.make.actor(market.contact), market.slots[0].id, {99: 1}, now=START)
    with pytest.raises(NotFound), market.committed():
        stranger = market.make.contact(market.make.facility("Elsewhere"))
        sharing.share(market.make.actor(stranger), market.slots[0].id, {}, now=START)
    market.acts(1)
    with pytest.raises(DomainError, match="slot_in_round"):
        share(market, 1, day=2)


def test_where_both_limits_apply_neither_is_exceeded() -> None:
    people = [StudentFacts(id=i, programme_id=1 + i % 2, school_id=7) for i in range(6)]
    quota = {"quotas": {"type": "programme", "maximum": {"p1": 1}}}
    both = quotas._both(quota, {7: 4}, people)
    assert both == {"quotas": {"type": "programme", "maximum": {"p1": 1, "p2": 2}}}


def test_a_school_whose_round_is_a_draft_is_not_named_to_the_facility(
    market: Market, client: StrictClient
) -> None:
    draft = Market(market.make, students=1, slots=1, announce=False)
    with market.committed():
        db.session.add(RoundSlot(round_id=draft.round_id, slot_id=market.slots[0].id, code="slot-9"))
    sign_in(client, market.contact)
    page = client.get(f"/posting/{market.slots[0].id}/schools").text
    assert market.school.name in page and draft.school.name not in page


def test_the_page_shares_and_keeps_what_was_typed(market: Market, client: StrictClient) -> None:
    sign_in(client, market.contact)
    page = f"/posting/{market.slots[0].id}/schools"
    field = f"school-{market.school.id}"
    answer = client.submit(page, {field: "9"}, button="Save")
    assert answer.status_code == 422 and "More places are shared out" in answer.text
    assert 'value="9"' in answer.text
    client.submit(page, {field: "1"}, button="Save")
    assert market.read(lambda: sharing.shares([market.slots[0].id])) == {
        market.slots[0].id: {market.school.id: 1}
    }
    client.submit(page, {field: ""}, button="Save")
    assert market.read(lambda: sharing.shares([market.slots[0].id])) == {}
    assert market.read(lambda: rounds.round_slots(market.round_id))
