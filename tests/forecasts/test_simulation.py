"""Draws of small rounds whose probabilities can be reckoned by hand."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from marketplace.forecasts.chances import Chances, Share
from marketplace.forecasts.market import Couple, Market, Person, Place
from marketplace.forecasts.simulation import Tally, simulate
from marketplace.runs.matching_adapter import MatchingProblem
from matching import Problem, solve

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


def together(*pairs: tuple[int | None, int | None], apart: bool = False) -> tuple[Couple, ...]:
    """Students 0 and 1 with this list; their own lists name slots 2 and 3."""
    return (Couple((0, 1), pairs, ((2,), (3,)) if apart else None),)


def paired(found: Market, couples: tuple[Couple, ...]) -> Market:
    return Market(found.people, found.places, found.problem, couples)


def test_a_couple_gets_both_places_of_a_pair_or_neither() -> None:
    """Student 2 stands before student 1 at slot 1; alone, student 0 would have slot 0 in every draw."""
    people = [Person(0, 1, (0, 2), (0,)), Person(1, 1, (1, 3), (1,)), Person(2, 1, (1,), (1,))]
    people.append(Person(3, 1, (0,), (0,)))
    tiers = [((0,), (3,)), ((2,), (1,)), ((0,),), ((1,),)]
    applicants = [(0, 3), (1, 2), (0,), (1,)]
    places = [Place(j, "clinic", 1, applicants[j], tiers[j]) for j in range(4)]
    found = market(people, places)
    assert drawn(found, None).placed == [DRAWS, 0, DRAWS, 0], "as singles"
    for couples, placed in (
        (together((0, 1)), [0, 0, 1, 1]),
        (together((0, 1), (0, 3)), [1, 1, 1, 0]),
        (together((0, 1), (0, None)), [1, 0, 1, 0]),
        (together((0, 1), (2, 1), (None, 3)), [0, 1, 1, 1]),
        (together((0, 1), apart=True), [1, 1, 1, 1]),
        (together(), [0, 0, 1, 1]),
    ):
        assert drawn(paired(found, couples), None).placed == [DRAWS * each for each in placed], couples


def test_draws_with_couples_are_near_the_match_s_own_results() -> None:
    """Small rounds with two couples: how many are placed, and who, beside the engine's couples."""
    off, here, there = 0.0, 0, 0
    for seed in range(12):
        found, file = _small(seed)
        said = simulate(found, None, draws=60, seed=f"{seed}")
        came = [0] * len(found.people)
        for draw in range(20):
            result = solve(Problem.from_dict(file).replace(seed=f"{seed * 1_000 + draw + 1:064x}"), "couples")
            for i in range(len(came)):
                came[i] += result.assignment[str(i)] is not None
        off += sum(abs(a / 60 - b / 20) for a, b in zip(said.placed, came, strict=True)) / len(came)
        here, there = here + sum(said.placed), there + 3 * sum(came)
    assert off / 12 < 0.07, off / 12
    assert abs(here - there) < 0.02 * there, (here, there)


def _small(seed: int) -> tuple[Market, dict[str, Any]]:
    """Ten students, two couples among them, and six slots whose tiers are wide."""
    rng = Random(seed)
    lists = [tuple(rng.sample(range(6), 3)) for _ in range(10)]
    couples = [
        Couple((a, a + 1), tuple((rng.choice(lists[a]), rng.choice(lists[a + 1])) for _ in range(5)))
        for a in (0, 2)
    ]
    applicants = [tuple(i for i, mine in enumerate(lists) if j in mine) for j in range(6)]
    tiers = [tuple(filter(None, (here[::2], here[1::2]))) for here in applicants]
    capacity = [rng.choice((1, 1, 2)) for _ in range(6)]
    people = [Person(i, 1, mine, mine) for i, mine in enumerate(lists)]
    places = [Place(j, "clinic", capacity[j], applicants[j], tiers[j]) for j in range(6)]
    couples = [Couple(c.members, tuple(dict.fromkeys(c.pairs))) for c in couples]
    file = {
        "format": "matching-problem/1",
        "students": [
            {"id": str(i), "preferences": [] if i < 4 else [[str(j)] for j in mine]}
            for i, mine in enumerate(lists)
        ],
        "slots": [
            {"id": str(j), "capacity": capacity[j], "preferences": [[str(i) for i in t] for t in tiers[j]]}
            for j in range(6)
        ],
        "couples": [
            {
                "id": f"c{n}",
                "members": [str(i) for i in couple.members],
                "preferences": [[None if j is None else str(j) for j in pair] for pair in couple.pairs],
            }
            for n, couple in enumerate(couples)
        ],
    }
    return paired(market(people, places), tuple(couples)), file
