"""The auditors' bundle that the site writes is one that the engine's independent program accepts."""

from __future__ import annotations

import json

import pytest

from marketplace.slots.models import Slot
from matching.bundle import verify
from tests.factories import Factory, sign_in
from tests.rounds.market import Market, address
from tests.support.client import StrictClient

pytestmark = pytest.mark.both_databases


@pytest.fixture
def market(make: Factory) -> Market:
    """Lists with what drops out of them: a consent taken back, drafts, a silent and a certified facility."""
    market = Market(make, students=6, slots=4)
    market.everyone_applies()
    market.acts(4)
    for number, student in enumerate(market.students[:4]):
        market.rank(student, *_turned(market.slots, number))
    market.rank(market.students[4], market.slots[2], market.slots[0], certify=False)
    market.tier(market.slots[0], market.students[2:4], market.students[:1], then_any=False)
    market.tier(market.slots[1], market.students[:2], then_any=True)
    market.withdraw(market.students[0], market.slots[1])
    market.nightly(8)
    return market


def _turned(slots: list[Slot], by: int) -> list[Slot]:
    return slots[by:] + slots[:by]


def hand_out(market: Market, client: StrictClient) -> str:
    sign_in(client, market.coordinator)
    page = f"/rounds/{market.round_id}/auditors"
    filled = {"auditor": "A. Auditor, State Board", "purpose": "Yearly review"}
    answer = client.submit(page, filled, button="Download the bundle")
    assert answer.status_code == 200
    return answer.text


def test_the_independent_program_accepts_it(market: Market, client: StrictClient) -> None:
    market.release()
    round_ = market.round
    bundle = json.loads(hand_out(market, client))
    published = {"commitment": round_.lottery_commitment, "root": bundle["root"]}
    assert verify(bundle, published) == []
    assert any(opening["left_out"] for opening in bundle["openings"])
    assert len(bundle["openings"]) == 7
    bundle["result"]["assignment"] = dict.fromkeys(bundle["result"]["assignment"])
    assert verify(bundle, published)


def test_it_holds_no_name_and_not_the_secret(market: Market, client: StrictClient) -> None:
    market.release()
    text = hand_out(market, client)
    hidden = [s.user.name for s in market.students] + [address(s) for s in market.students]
    hidden += [market.round.lottery_secret, market.facility.name, *(s.title for s in market.slots)]
    assert not [word for word in hidden if word in text]


def test_each_time_is_written_down(market: Market, client: StrictClient) -> None:
    market.release()
    hand_out(market, client)
    page = client.get(f"/rounds/{market.round_id}/auditors").text
    assert "A. Auditor, State Board" in page and "Yearly review" in page


def test_without_a_name_nothing_is_handed_out(market: Market, client: StrictClient) -> None:
    market.release()
    sign_in(client, market.coordinator)
    page = f"/rounds/{market.round_id}/auditors"
    answer = client.submit(page, {"auditor": "", "purpose": "Review"}, button="Download the bundle")
    assert answer.status_code == 422 and "Name the person" in answer.text
    assert "To nobody." in client.get(page).text


def test_there_is_none_before_the_release(market: Market, client: StrictClient) -> None:
    sign_in(client, market.coordinator)
    assert client.get(f"/rounds/{market.round_id}/auditors").status_code == 404
