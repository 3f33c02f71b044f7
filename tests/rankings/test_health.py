"""How a list stands, in bands that hold only because of numbers of five and more."""

from __future__ import annotations

import random
from fractions import Fraction
from typing import Any

import pytest

from marketplace.agreements.models import Agreement, Stage
from marketplace.db import db
from marketplace.rankings.health import crowded
from tests.factories import Factory, sign_in
from tests.rounds.market import DAY, START, Market
from tests.support.client import StrictClient
from tests.support.clock import Clock

CROWDED, SHORT = "wanted by many", "Your list is short"


def page(client: StrictClient, market: Market) -> str:
    return client.get(f"/rounds/{market.round_id}/ranking").get_data(as_text=True)


def test_bands_agree_with_their_definition() -> None:
    seed = random.randrange(2**32)
    print("seed", seed)
    draw = random.Random(seed)
    for _ in range(3_000):
        ids = range(draw.randrange(1, 7))
        counts = {i: draw.randrange(0, 13) for i in ids if draw.random() < 0.9}
        places = {i: draw.randrange(1, 5) for i in ids}
        # Stated anew: of the slots, the share with five or more and two a place is above a half.
        full = sum(1 for i in ids if counts.get(i, 0) > 4 and Fraction(counts[i], places[i]) >= 2)
        assert crowded(counts, places) == (Fraction(full, len(ids)) > Fraction(1, 2))


def test_counts_below_five_are_never_used() -> None:
    for below in range(5):
        assert not crowded({1: below}, {1: 1})
    assert crowded({1: 5}, {1: 1})


@pytest.mark.parametrize("others", [3, 4])
def test_the_page_speaks_of_many_from_five_applications_on(
    client: StrictClient, make: Factory, clock: Clock, others: int
) -> None:
    market = Market(make, students=others + 1, slots=1)
    market.everyone_applies()
    market.rank(market.students[0], market.slots[0])
    clock.set(START + 5 * DAY)
    sign_in(client, market.students[0])
    assert (CROWDED in page(client, market)) == (others == 4)


def test_other_people_s_lists_change_nothing(client: StrictClient, make: Factory, clock: Clock) -> None:
    market = Market(make, students=8, slots=4)
    market.everyone_applies()
    market.rank(market.students[0], *market.slots)
    clock.set(START + 6 * DAY)
    sign_in(client, market.students[0])
    client.checks_html = False

    def words() -> list[bool]:
        return [text in page(client, market) for text in (CROWDED, SHORT, "Not eligible")]

    before = words()
    for student in market.students[1:]:
        market.rank(student, *reversed(market.slots))
    for slot in market.slots:
        market.tier(slot, market.students[1:])
    assert words() == before == [True, False, False]


def test_a_short_list_and_one_without_hope_are_said_before_certifying(
    client: StrictClient, make: Factory, clock: Clock
) -> None:
    market = Market(make, students=1, slots=2)
    market.apply(market.students[0])
    market.rank(market.students[0], *market.slots, certify=False)
    clock.set(START + 5 * DAY)
    sign_in(client, market.students[0])
    certify = f"/rounds/{market.round_id}/ranking/certify"
    assert SHORT in client.get(certify).get_data(as_text=True)
    agreement(market, ends_on=START.date())
    text = client.get(certify).get_data(as_text=True)
    assert "No place on your list is open to you" in text and SHORT not in text
    assert page(client, market).count("Your school has no agreement with this site yet") == 2
    agreement(market, stage=Stage.IN_REVIEW)
    assert page(client, market).count("Agreement pending") == 2


def agreement(market: Market, **changes: Any) -> None:
    """Change the agreement with the market's facility."""
    with market.committed():
        row = db.session.get_one(Agreement, market.agreement.id)
        for name, value in changes.items():
            setattr(row, name, value)
