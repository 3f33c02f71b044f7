"""Largest weakly stable matchings against exhaustive enumeration; the default run takes a slice."""

from __future__ import annotations

import itertools
import random
import time
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from brute import Judge
from engine_problems import random_problem
from tied_markets import size, stable_matchings, tied_market

from matching import Problem, Result, UnsupportedCombination, solve, verify
from matching.augmenting import augment
from matching.bipartite import components, largest
from matching.generate import Market as Shape
from matching.generate import generate
from matching.indexed import UNPLACED, index
from matching.kiraly import promote
from matching.market import Market
from matching.reductions import reduce
from matching.stable_program import Region

SLICE, FULL = 150, 6_000


def run(seeds: Iterable[int], judge: Callable[[int], object]) -> list[Any]:
    found = []
    for seed in seeds:
        try:
            found.append(judge(seed))
        except Exception as error:
            raise AssertionError(f"seed {seed}") from error
    return found


def small(seed: int) -> dict[str, Any]:
    """Ties on the slots' side, on the students', on both; one place each and several."""
    rng = random.Random(seed)
    if seed % 3:
        return tied_market(
            rng,
            length=rng.choice((2, 3)),
            student_ties=rng.choice((0, 0.5, 0.85)),
            slot_ties=rng.choice((0.5, 0.85)),
        )
    return tied_market(
        rng,
        slots=3,
        length=rng.choice((2, 3)),
        places=(0, 1, 2, 3),
        student_ties=rng.choice((0, 0.5)),
        slot_ties=rng.choice((0.4, 0.8)),
    )


def market_of(value: dict[str, Any]) -> Market:
    return Market(index(Problem.from_dict(value)))


def placed(result: Result) -> int:
    return int(result.statistics["placed"])


def judge_small(seed: int) -> tuple[int, int]:
    """Size and proof of max-size, and the 3/2 of max-size-fast; returns what both placed."""
    value = small(seed)
    best = max(size(found) for found in stable_matchings(value))
    problem = Problem.from_dict(value)
    exact, fast = solve(problem, "max-size"), solve(problem, "max-size-fast")
    assert verify(problem, exact) == [] == verify(problem, fast)
    assert (placed(exact), exact.bound, exact.optimal) == (best, best, True)
    assert placed(fast) <= best <= min(1.5 * placed(fast), fast.bound or 0)
    assert fast.optimal == (placed(fast) == fast.bound)
    return best, placed(fast)


def judge_reductions(seed: int) -> int:
    """The reduced lists have exactly the stable matchings of the original ones; returns how many pairs
    went."""
    value = small(seed)
    market = market_of(value)
    dropped = reduce(market)
    kept = _restricted(value, market)
    assert stable_matchings(kept) == stable_matchings(value)
    assert largest(market, range(len(market.rank))) >= max(map(size, stable_matchings(value)))
    return dropped


def _restricted(value: dict[str, Any], market: Market) -> dict[str, Any]:
    left = {
        (value["students"][market.students[i]]["id"], value["slots"][market.slots[j]]["id"])
        for i, wish in enumerate(market.wish)
        for j in wish
    }
    return {
        "students": [
            {**entry, "preferences": [[h for h in tier if (entry["id"], h) in left] for tier in tiers]}
            for entry in value["students"]
            for tiers in [entry["preferences"]]
        ],
        "slots": [
            {**entry, "preferences": [[s for s in tier if (s, entry["id"]) in left] for tier in tiers]}
            for entry in value["slots"]
            for tiers in [entry["preferences"]]
        ],
    }


def judge_program(seed: int) -> int:
    """The program alone, on the original lists, from the fast matching; and a region of it, everybody else
    staying. Returns by how much the region fell short of the whole."""
    value = small(seed)
    rng = random.Random(seed)
    market = market_of(value)
    start = promote(market)
    stable = [_numbers(market, value, found) for found in stable_matchings(value)]
    whole = Region(market, start, range(len(market.rank))).solve()
    best = max(sum(j != UNPLACED for j in found) for found in stable)
    assert whole.bound == best
    assert whole.matching in stable or not any(market.wish)
    slots = rng.sample(range(len(market.rank)), 2)
    region = Region(market, start, slots)
    solved = region.solve()
    free = {i for i, j in enumerate(start) if j == UNPLACED or j in slots}
    same = [f for f in stable if all(i in free or f[i] == start[i] for i in range(len(start)))]
    same = [f for f in same if all(f[i] in (UNPLACED, *slots) for i in free)]
    most = max(sum(f[i] != UNPLACED for i in free) for f in same)
    assert solved.bound == most if solved.matching else most == region.placed
    assert solved.matching is None or solved.matching in same
    assert Region(market, start, slots).solve(at_least=most + 1).matching is None
    return best - (most - region.placed) - sum(j != UNPLACED for j in start)


def _numbers(market: Market, value: dict[str, Any], found: dict[str, str | None]) -> list[int]:
    slot_of = {value["slots"][j]["id"]: new for new, j in enumerate(market.slots)}
    taken = [found[value["students"][i]["id"]] for i in market.students]
    return [UNPLACED if slot is None else slot_of[slot] for slot in taken]


def judge_promotions(seed: int) -> None:
    value = small(seed)
    market = market_of(value)
    for promotions in (0, 1, 2, 16):
        matching = promote(market, promotions, random.Random(seed) if seed % 2 else None)
        assert market.is_stable(matching)
        more = augment(market, matching)
        assert market.is_stable(more)
        assert sum(j != UNPLACED for j in more) >= sum(j != UNPLACED for j in matching)
        assert augment(market, more) == more
    assert sorted(j for part in components(market) for j in part) == [
        j for j, rank in enumerate(market.rank) if rank
    ]


def judge_features(seed: int) -> None:
    """With preassigned and ineligible pairs, ``then_any`` and empty slots, against the contract's judge."""
    rng = random.Random(seed)
    value = random_problem(
        rng,
        ties=rng.choice((0.3, 0.6, 0.9)),
        preassigned=rng.random() < 0.5,
        ineligible=rng.random() < 0.5,
        mode=rng.choice(("single", "multiple")),
    )
    best = max(size(found) for found in Judge(value, strict=False).stable())
    problem = Problem.from_dict(value)
    exact, fast = solve(problem, "max-size"), solve(problem, "max-size-fast")
    assert verify(problem, exact) == [] == verify(problem, fast)
    assert (placed(exact), exact.bound, exact.optimal) == (best, best, True)
    fixed = len(value.get("preassigned", ()))
    assert best - fixed <= 1.5 * (placed(fast) - fixed)
    assert best <= (fast.bound or 0)


def test_a_slice_of_small_markets() -> None:
    found = run(range(SLICE), judge_small)
    assert any(fast < best for best, fast in found), "no market here tells the two apart"


def test_a_slice_of_reductions() -> None:
    assert sum(run(range(SLICE), judge_reductions)) > SLICE


def test_a_slice_of_programs() -> None:
    assert any(run(range(SLICE), judge_program)), "every region did as well as the whole"


def test_a_slice_of_promotions() -> None:
    run(range(SLICE), judge_promotions)


def test_a_slice_of_features() -> None:
    run(range(SLICE), judge_features)


@pytest.mark.full
@pytest.mark.parametrize("judge", [judge_small, judge_reductions, judge_program, judge_features])
@pytest.mark.parametrize("share", range(6))
def test_many(judge: Callable[[int], object], share: int) -> None:
    run(range(share * FULL // 6, (share + 1) * FULL // 6), judge)


def medium(seed: int, students: int = 150, **shape: Any) -> dict[str, Any]:
    defaults = {"slots": students, "length": 5, "slot_ties": (0.5, 0.7, 0.9)[seed % 3], "student_ties": 0.0}
    return tied_market(random.Random(seed), students=students, **{**defaults, **shape})


@pytest.mark.parametrize("seed", range(6))
def test_medium_markets_agree_with_the_program_on_the_full_lists(seed: int) -> None:
    value = medium(seed, 80)
    problem = Problem.from_dict(value)
    market = market_of(value)
    whole = Region(market, promote(market), range(len(market.rank))).solve()
    result = solve(problem, "max-size")
    assert verify(problem, result) == []
    assert result.optimal
    assert placed(result) == whole.bound


@pytest.mark.parametrize("seed", range(6))
def test_a_time_limit_leaves_an_honest_gap(seed: int) -> None:
    problem = Problem.from_dict(medium(seed))
    exact = solve(problem, "max-size")
    hurried = solve(problem, "max-size", time_limit=0.0)
    fast = solve(problem, "max-size-fast")
    assert verify(problem, hurried) == []
    assert hurried.options == {"time_limit": 0.0}
    assert placed(fast) <= placed(hurried) <= placed(exact) <= (hurried.bound or 0)
    assert hurried.optimal == (placed(hurried) == hurried.bound)


@pytest.mark.parametrize("objective", ["max-size", "max-size-fast"])
def test_the_order_of_a_file_never_shows(objective: str) -> None:
    for seed in range(10):
        value = medium(seed, 60, slots=20, places=(2, 3, 4), student_ties=0.4)
        first = solve(Problem.from_dict(value), objective)
        rng = random.Random(seed)
        for entry in itertools.chain(value["students"], value["slots"]):
            for tier in entry["preferences"]:
                rng.shuffle(tier)
        rng.shuffle(value["students"])
        rng.shuffle(value["slots"])
        assert solve(Problem.from_dict(value), objective).to_json() == first.to_json(), f"seed {seed}"


def test_strict_lists_leave_nothing_to_choose() -> None:
    """Rural hospitals: without ties every stable matching has the same size."""
    for seed in range(20):
        value = medium(seed, 60, slot_ties=0.0)
        problem = Problem.from_dict(value)
        exact = solve(problem, "max-size")
        assert exact.optimal, f"seed {seed}"
        assert placed(exact) == placed(solve(problem)) == placed(solve(problem, "max-size-fast"))


@pytest.mark.full
@pytest.mark.parametrize("seed", range(5))
def test_the_scottish_shape_is_proved_in_ten_seconds(seed: int) -> None:
    problem = generate(Shape(759, 53, kind="scores", length=6, places=801, skew=5, tiers=7, seed=seed))
    began = time.process_time()
    result = solve(problem, "max-size", time_limit=300)
    assert time.process_time() - began <= 10
    assert result.optimal
    assert verify(problem, result) == []
    assert placed(result) >= placed(solve(problem, "max-size-fast"))


def test_couples_and_quotas_are_refused() -> None:
    value = medium(0, 10)
    value["slots"][0]["quotas"] = {"type": "school", "maximum": {"U1": 1}}
    for entry in value["students"]:
        entry["types"] = {"school": "U1"}
    with pytest.raises(UnsupportedCombination):
        solve(Problem.from_dict(value), "max-size")
