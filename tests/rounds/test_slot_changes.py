"""What decides who may come to a slot changes for a public reason once rounds count on it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from marketplace.errors import DomainError
from marketplace.rounds import changes
from marketplace.slots import services as slots
from marketplace.vocabulary import Modality, Silence
from tests.factories import Factory, sign_in
from tests.rounds.market import DAY, START, Market
from tests.support.client import StrictClient
from tests.support.clock import Clock

pytestmark = pytest.mark.both_databases


@pytest.fixture
def market(make: Factory) -> Market:
    return Market(make)


def edit(market: Market, *, reason: str = "", day: float = 2, **fields: Any) -> None:
    actor = market.make.actor(market.contact)
    with market.committed():
        slots.edit(actor, market.slots[0].id, now=START + day * DAY, reason=reason, **fields)


def log(market: Market) -> list[changes.Entry]:
    return market.read(lambda: changes.log(market.round))


def test_a_changed_slot_needs_a_public_reason_once_its_round_rehearses(
    market: Market, client: StrictClient
) -> None:
    slot = market.slots[0]
    terms: list[dict[str, Any]] = [
        {"hours": 90},
        {"modality": Modality.REMOTE},
        {"starts_on": slot.starts_on - timedelta(days=1)},
        {"ends_on": slot.ends_on + timedelta(days=1)},
        {"credentials": ["RHIT"]},
        {"open_to": ["nursing"]},
        {"silence": Silence.NONE if slot.silence is Silence.ANY else Silence.ANY},
    ]
    edit(market, hours=100, day=0.5)
    assert log(market) == [], "nothing rehearses yet"
    assert "rehearsed 2026-11-03" in market.acts(1)
    for fields in terms:
        with pytest.raises(DomainError) as caught:
            edit(market, reason=" ", **fields)
        assert caught.value.details == {"field": "reason"}
    edit(market, weekdays="Mondays", parking="Free", hours=100)
    assert log(market) == [], "it decides nothing"
    edit(market, hours=90, modality=Modality.REMOTE, reason="The unit moved home.")
    (entry,) = log(market)
    assert entry.title == "The unit moved home."
    assert "Slot 1: 90 hours, remote" in entry.text and "100 hours, on site" in entry.text
    assert "The unit moved home." in client.get(f"/rounds/{market.round_id}/rules").text
    told = [mail for mail in market.mail() if ":changed:" in mail.key]
    assert len(told) == 5 and all("The unit moved home." in mail.body for mail in told)


def test_the_page_asks_for_the_reason(market: Market, client: StrictClient, clock: Clock) -> None:
    sign_in(client, market.contact)
    path = f"/posting/{market.slots[0].id}/edit"
    assert "A round counts on this slot" not in client.get(path).text
    market.acts(1)
    clock.set(START + 2 * DAY)
    answer = client.submit(path, {"hours": "90"}, button="Save changes")
    assert answer.status_code == 422 and "Give a reason" in answer.text
    client.submit(path, {"hours": "90", "reason": "Fewer shifts."}, button="Save changes")
    assert [entry.title for entry in log(market)] == ["Fewer shifts."]
