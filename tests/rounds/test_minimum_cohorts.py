"""Edge case of the domain: minimum cohort not met. Who hears of it when, and that the run says so."""

from __future__ import annotations

import pytest

from marketplace.coordination import review as reviews
from marketplace.db import db
from marketplace.results import openings
from marketplace.results import queries as results
from marketplace.rounds.models import Round
from marketplace.runs import queries as runs
from marketplace.slots.models import Slot
from tests.factories import Factory, sign_in
from tests.results.reading import words
from tests.rounds.market import Market
from tests.support.client import StrictClient

pytestmark = pytest.mark.both_databases


@pytest.fixture
def market(make: Factory) -> Market:
    """Slot 1 takes two or none and gets only student 1, who then goes to slot 2; student 3 has no place."""
    market = Market(make, slots=2)
    go_live, other = market.slots
    with market.committed():
        row = db.session.get_one(Slot, go_live.id)
        row.capacity, row.minimum = 2, 2
    s1, s2, s3 = market.students
    market.apply(s1)
    market.apply(s2, other)
    market.apply(s3, other)
    market.rank(s1, go_live, other)
    market.rank(s2, other)
    market.rank(s3, other)
    market.tier(other, [s1], [s2], [s3])
    market.nightly(8)
    return market


def test_minimum_cohort_not_met_closes_the_slot_and_the_others_are_matched_again(market: Market) -> None:
    go_live, _other = market.slots
    run = market.read(lambda: runs.official_run(market.round_id))
    assert run is not None
    assert market.read(lambda: runs.closures(run)) == {go_live.id: runs.Closure(2, 1)}
    review = market.read(lambda: reviews.of_round(db.session.get_one(Round, market.round_id)))
    assert review is not None and review.closed == [(f"{market.facility.name}, Slot 1", 1, 2)]
    assert review.unmatched == ["Student 2", "Student 3"]
    market.release()
    assert outcomes(market, 0) == [("Slot 1", "minimum"), ("Slot 2", "placed")]


def outcomes(market: Market, number: int) -> list[tuple[str, str]]:
    found = market.read(lambda: results.of_student(market.round, market.students[number]))
    return [(c.slot.title, c.told.why.value) for c in found.choices if c.slot]


def test_the_facility_hears_of_it_with_the_release_and_the_certificate_counts_it(
    market: Market, client: StrictClient
) -> None:
    """How many were left for it is told where they are five at least: one would be somebody."""
    go_live, other = market.slots
    market.release()
    sign_in(client, market.contact)
    page = words(client.get(f"/rounds/{market.round_id}/slots/{go_live.id}/roster").text)
    assert "at least 2 students or none, and fewer were left for it in the match" in page
    told = [results.Roster([], 0, runs.Closure(9, had)).left for had in (0, 4, 5, 8)]
    assert told == [None, None, 5, 8]
    assert market.read(lambda: results.roster(market.round, go_live)).closure == runs.Closure(2, 1)
    assert market.read(lambda: results.roster(market.round, other)).closure is None
    assert market.read(lambda: openings.certificate(market.round))["counts"]["closed"] == 1
