"""Rank-maximal and minimum-cost against exhaustive enumeration; their blocking pairs are all declared."""

from __future__ import annotations

import random

import pytest
from brute import Assignment, Judge
from engine_problems import random_problem

from matching import Problem, check, solve


def profile(judge: Judge, matching: Assignment, ranks: int) -> list[int]:
    counts = [0] * ranks
    for name, slot in matching.items():
        if slot is not None and slot in judge.wishes[name]:
            counts[judge.wishes[name][slot][0]] += 1
    return counts


def judge_one(seed: int) -> None:
    rng = random.Random(seed)
    value = random_problem(rng, students=5, slots=4, ties=0.4, preassigned=True, ineligible=seed % 3 == 0)
    problem, judge = Problem.from_dict(value), Judge(value, strict=False)
    profiles = [profile(judge, one, 4) for one in judge.matchings()]
    maximal, cheapest = solve(problem, "rank-maximal"), solve(problem, "minimum-cost")
    assert profile(judge, dict(maximal.assignment), 4) == max(profiles)
    size = max(map(sum, profiles))
    costs = [sum(n * rank for rank, n in enumerate(one, 1)) for one in profiles if sum(one) == size]
    found = profile(judge, dict(cheapest.assignment), 4)
    assert sum(found) == size
    assert sum(n * rank for rank, n in enumerate(found, 1)) == min(costs) == cheapest.bound
    for result in (maximal, cheapest):
        assert check(problem, result).holds
        assert list(result.blocking_pairs) == sorted(judge.blocking(dict(result.assignment)))


def run(seeds: range) -> None:
    for seed in seeds:
        try:
            judge_one(seed)
        except Exception as error:
            raise AssertionError(f"seed {seed}") from error


def test_a_slice_against_enumeration() -> None:
    run(range(150))


@pytest.mark.full
def test_against_enumeration() -> None:
    run(range(5_000))


def test_they_are_not_stable_and_say_so() -> None:
    problem = Problem.from_dict(
        {
            "format": "matching-problem/1",
            "students": [
                {"id": "s1", "preferences": [["a"], ["b"]]},
                {"id": "s2", "preferences": [["a"]]},
            ],
            "slots": [{"id": "a", "preferences": [["s1"], ["s2"]]}, {"id": "b", "then_any": True}],
        }
    )
    result = solve(problem, "minimum-cost")
    assert dict(result.assignment) == {"s1": "b", "s2": "a"}
    assert result.blocking_pairs == (("s1", "a"),)


def test_the_order_of_the_file_does_not_change_a_rank_maximal_matching() -> None:
    rng = random.Random(3)
    for seed in range(60):
        value = random_problem(random.Random(seed), students=6, slots=4, ties=0.6)
        first = dict(solve(Problem.from_dict(value), "rank-maximal").assignment)
        for part in ("students", "slots"):
            rng.shuffle(value[part])
        assert dict(solve(Problem.from_dict(value), "rank-maximal").assignment) == first, f"seed {seed}"
