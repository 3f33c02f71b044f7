"""A facility withdraws a slot before the lock: its applicants are told once, with what is left to them."""

from __future__ import annotations

import pytest

from marketplace.applications import closures, queries
from marketplace.rounds import queries as rounds
from marketplace.slots.models import Slot
from tests.factories import Factory, sign_in
from tests.rounds.market import DAY, START, Market, address
from tests.support.client import StrictClient

pytestmark = pytest.mark.both_databases
NOW = START + 3 * DAY


@pytest.fixture
def market(make: Factory) -> Market:
    """Three students applied to three slots; the third student took the last consent back."""
    market = Market(make, students=3, slots=3)
    market.everyone_applies()
    market.withdraw(market.students[2], market.slots[2])
    return market


def close(market: Market, slot: Slot) -> None:
    actor = market.make.actor(market.contact)
    with market.committed():
        closures.close_slot(actor, slot.id, reason="The preceptor is leaving.", now=NOW)


def news(market: Market, slot: Slot) -> dict[str, str]:
    """Recipient to body, of what was said about the slot's end."""
    sent = [m for m in market.mail() if f":slot-gone:{slot.id}:" in m.key]
    assert len({m.recipient for m in sent}) == len(sent)
    return {m.recipient: m.body for m in sent}


def test_facility_withdraws_before_lock(market: Market) -> None:
    """Edge case: the slot is closed with its reason, off the lists, and the lists' owners are told."""
    student, other, without = market.students
    market.acts(4)
    market.rank(student, *market.slots)
    close(market, market.slots[2])
    told = news(market, market.slots[2])
    assert set(told) == {address(student), address(other), address(market.coordinator)}
    for part in ("“Slot 3”", "The preceptor is leaving.", "You can still rank 2 slots."):
        assert part in told[address(student)]
    assert "2 students are left with fewer than 3 slots" in told[address(market.coordinator)]
    assert address(without) not in told
    assert market.read(lambda: queries.count_of_student(market.round_id, student.id)) == 2


def test_closing_twice_tells_nobody_twice(market: Market) -> None:
    close(market, market.slots[0])
    before = news(market, market.slots[0])
    close(market, market.slots[0])
    assert news(market, market.slots[0]) == before != {}


def test_a_slot_taken_out_of_the_round_is_told_of_too(market: Market, client: StrictClient) -> None:
    slot = market.slots[1]
    sign_in(client, market.coordinator)
    page = client.get(f"/rounds/{market.round_id}/slots/{slot.id}/remove").text
    assert "3 students applied to it" in page
    client.submit(f"/rounds/{market.round_id}/slots/{slot.id}/remove", {}, button="Take it out")
    assert {address(s) for s in market.students} <= set(news(market, slot))


def test_the_contact_sees_how_many_are_affected(market: Market, client: StrictClient) -> None:
    slot = market.slots[2]
    sign_in(client, market.contact)
    assert "2 students applied" in client.get(f"/posting/{slot.id}/close").text
    client.submit(f"/posting/{slot.id}/close", {"reason": "Moving house"}, button="Close it")
    assert "Moving house" in news(market, slot)[address(market.students[0])]


def test_after_the_release_nobody_is_told_of_a_round_that_is_over(market: Market) -> None:
    for day in (4, 8):
        market.acts(day)
    market.release()
    close(market, market.slots[0])
    assert news(market, market.slots[0]) == {}
    assert market.read(lambda: rounds.slot_is_in(market.round_id, market.slots[0].id)) is False
