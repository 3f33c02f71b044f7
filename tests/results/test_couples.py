"""What a couple, and who competes with one, is told: pairs, never the partner's reasons; unstable is said."""

from __future__ import annotations

import pytest

from marketplace.rounds import queries as rounds
from marketplace.runs import holds
from marketplace.runs import queries as runs
from tests.couples.market import Couples
from tests.factories import Factory
from tests.results.reading import page
from tests.rounds.market import DAY, START
from tests.support.client import StrictClient


@pytest.fixture
def market(make: Factory) -> Couples:
    """Three students who all applied to three slots of one place."""
    market = Couples(make, students=3, slots=3)
    market.everyone_applies()
    return market


def test_reasons_are_told_pair_by_pair_and_only_of_the_own_half(
    market: Couples, client: StrictClient
) -> None:
    """At the first pair only student 1's half fails: the partner reads that it was the other place."""
    one, two, single = market.students
    a, b, c = market.slots
    market.couple(one, two)
    market.rank_pairs(one, two, (a, b), (c, b))
    market.rank(single, a)
    market.tier(a, [single], [one])
    market.tier(b, [two])
    market.tier(c, [one])
    market.nightly(8)
    market.release()
    mine, theirs = page(client, market, one), page(client, market, two)
    assert "Slot 1 · your partner: " in mine and "Slot 2 · your partner: " in theirs
    assert "You were eligible. The places went to students with a higher priority" in mine
    assert "the place for your partner was not open to them" in theirs
    assert "higher priority" not in theirs, "why it was not open is the partner's to know"
    assert mine.count("Placed here") == theirs.count("Placed here") == 1
    for text in (mine, theirs):
        assert "Couples took part in this round" in text and single.user.name not in text


def test_an_unstable_outcome_is_disclosed_to_everybody(market: Couples, client: StrictClient) -> None:
    one, two, single = market.students
    a, b, c = market.slots
    market.couple(one, two)
    market.rank_pairs(one, two, (a, b))
    market.rank(single, a, b)
    market.tier(a, [one], [single])
    market.tier(b, [single], [two])
    market.tier(c)
    market.nightly(8)
    actor = market.make.actor(market.coordinator)
    with market.committed():
        run = runs.official_run(market.round_id)
        assert run is not None
        (hold,) = holds.of_run(run.id)
        round_ = rounds.coordinated(actor, market.round_id, lock=True)
        holds.clear(actor, round_, hold.id, reason="No stable result exists.", now=START + 8.5 * DAY)
    market.release()
    pages = [page(client, market, student) for student in market.students]
    assert all("This one has the fewest such pairs: 1." in text for text in pages)
    certificate = client.get(f"/rounds/{market.round_id}/certificate.json").get_json()
    assert certificate["stability"]["claim"] == "fewest blocking pairs"
    assert certificate["stability"]["blocking_pairs"] == 1
