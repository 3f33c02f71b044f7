"""Draws of small rounds whose probabilities can be reckoned by hand."""

from __future__ import annotations

import pytest

from marketplace.forecasts.chances import Chances, Share
from marketplace.forecasts.market import Market, Person, Place
from marketplace.forecasts.simulation import Tally, simulate
from marketplace.runs.matching_adapter import MatchingProblem

DRAWS = 4_000
#: Nothing changes but who certifies: half of those without a list.
HALF = Chances(others=Share(0.5, 1e9), edits=Share(0, 1), answers=Share(0, 1), accepts=Share(1, 1))


def market(people: list[Person], places: list[Place]) -> Market:
    problem = {
        "format": "matching-problem/1",
        "students": [{"id": str(p.id)} for p in people],
        "slots": [{"id": str(p.id), "capacity": p.capacity} for p in places],
    }
    return Market(tuple(people), tuple(places), MatchingProblem.from_dict(problem))


def drawn(found: Market, chances: Chances | None) -> Tally:
    return simulate(found, chances, draws=DRAWS, seed="by hand")


def near(count: int, share: float) -> bool:
    return count / DRAWS == pytest.approx(share, abs=0.03)


def test_a_lottery_for_one_place_is_even() -> None:
    two = [Person(1, 1, (0,), (0,)), Person(2, 1, (0,), (0,))]
    found = drawn(market(two, [Place(7, "clinic", 1, (0, 1), None, True)]), None)
    assert near(found.placed[0], 0.5) and near(found.placed[1], 0.5)
    assert found.full == [DRAWS] and found.taken == [DRAWS]
    assert found.by_programme[0] == {1: 1} and found.by_kind[0] == {"clinic": 1}


def test_a_missing_list_is_drawn_with_its_programmes_share() -> None:
    two = [Person(1, 1, (0,)), Person(2, 2, (0,))]
    chances = Chances(
        submits={2: Share(1, 1)}, others=Share(0.5, 1e9), edits=Share(0, 1), answers=Share(0, 1)
    )
    places = [Place(7, "clinic", 1, (0, 1), ((0,), (1,)))]
    found = drawn(market(two, places), chances)
    assert near(found.placed[0], 0.5), "certifies every other time, and is preferred then"
    assert near(found.placed[1], 0.5), "gets the place whenever the other has no list"
    tonight = drawn(market(two, places), None)
    assert tonight.placed == [0, 0], "tonight's lists alone place nobody"


def test_a_silent_slot_takes_nobody_or_anybody_as_it_was_posted() -> None:
    one = [Person(1, 1, (0,), (0,))]
    nobody, anybody = Place(7, "clinic", 1, (0,)), Place(7, "clinic", 1, (0,), None, True)
    assert drawn(market(one, [nobody]), HALF).placed == [0]
    assert drawn(market(one, [anybody]), HALF).placed == [DRAWS]


def test_a_silent_slot_may_still_answer() -> None:
    one = [Person(1, 1, (0,), (0,))]
    chances = Chances(edits=Share(0, 1), answers=Share(0.5, 1e9), accepts=Share(0.5, 1e9))
    assert near(drawn(market(one, [Place(7, "clinic", 1, (0,))]), chances).placed[0], 0.25)


def test_a_list_that_leaves_someone_out_does_so_in_every_draw() -> None:
    two = [Person(1, 1, (0,), (0,)), Person(2, 1, (0,), (0,))]
    found = drawn(market(two, [Place(7, "clinic", 2, (0, 1), ((1,),))]), HALF)
    assert found.placed == [0, DRAWS] and found.full == [0] and found.taken == [DRAWS]


def test_further_applications_join_a_list() -> None:
    one = [Person(1, 1, (0,), (0,), reach=(1,))]
    places = [Place(7, "clinic", 1, (0,), ()), Place(8, "clinic", 1, (), None, True)]
    chances = Chances(edits=Share(0, 1), answers=Share(0, 1), further=((0, 1),) * 3)
    assert near(drawn(market(one, places), chances).placed[0], 0.5)


def test_a_change_keeps_a_list_within_the_applications() -> None:
    one = [Person(1, 1, (0, 1), (0, 1))]
    places = [Place(7 + j, "clinic", 1, (0,), None, True) for j in range(2)]
    chances = Chances(edits=Share(1, 1), answers=Share(0, 1))
    found = drawn(market(one, places), chances)
    assert found.placed == [DRAWS], "whatever the change, one of two open places is left"
    assert 0 < found.taken[1] < DRAWS


def test_the_same_seed_gives_the_same_counts() -> None:
    two = [Person(1, 1, (0, 1)), Person(2, 1, (0, 1), (1, 0))]
    places = [Place(7 + j, "clinic", 1, (0, 1), None, j == 0) for j in range(2)]
    once, again = (simulate(market(two, places), Chances(), draws=50, seed="s") for _ in range(2))
    assert once == again
    assert once != simulate(market(two, places), Chances(), draws=50, seed="t")


def test_an_empty_round_draws_nothing() -> None:
    assert simulate(market([], []), Chances(), draws=3, seed="s").placed == []
