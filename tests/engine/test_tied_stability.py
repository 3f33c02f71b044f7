"""Strong and super stability against exhaustive enumeration of small problems with ties."""

from __future__ import annotations

import random

import pytest
from brute import Assignment, Judge
from engine_problems import random_problem

from matching import NoneExists, Problem, check, solve


def blocked(judge: Judge, matching: Assignment, strictly: int) -> bool:
    """Whether a pair blocks in which at least so many of the two are strictly better off."""
    for name in judge.students:
        wishes, mine = judge.wishes[name], matching[name]
        for slot, tier in wishes.items():
            present = wishes[mine] if mine is not None else None
            if mine == slot or (present is not None and tier > present):
                continue
            gains = int(present is None or tier < present)
            holders = [n for n, s in matching.items() if s == slot]
            level = judge.priority[slot][name]
            if len(holders) < judge.slots[slot]["capacity"]:
                gains += 1
            elif not holders:
                continue
            else:
                worst = max((-1, 0) if n in judge.fixed else judge.priority[slot][n] for n in holders)
                if level > worst:
                    continue
                gains += level < worst
            if gains >= strictly:
                return True
    return False


def judge_one(seed: int, objective: str, strictly: int) -> bool:
    """Returns whether one exists."""
    rng = random.Random(seed)
    value = random_problem(
        rng, students=5, slots=3, ties=rng.choice((0.2, 0.5, 0.8)), preassigned=True, ineligible=seed % 3 == 0
    )
    problem, judge = Problem.from_dict(value), Judge(value, strict=False)
    stable = [one for one in judge.matchings() if not blocked(judge, one, strictly)]
    if not stable:
        with pytest.raises(NoneExists):
            solve(problem, objective)
        return False
    result = solve(problem, objective)
    found = dict(result.assignment)
    assert found in stable
    assert check(problem, result).holds
    for one in stable:
        assert all(judge.place(name, found) <= judge.place(name, one) for name in judge.students)
    return True


def run(seeds: range, objective: str, strictly: int) -> set[bool]:
    found = set()
    for seed in seeds:
        try:
            found.add(judge_one(seed, objective, strictly))
        except Exception as error:
            raise AssertionError(f"seed {seed}") from error
    return found


@pytest.mark.parametrize(("objective", "strictly"), [("super", 0), ("strong", 1)])
def test_a_slice_against_enumeration(objective: str, strictly: int) -> None:
    assert run(range(500), objective, strictly) == {False, True}


@pytest.mark.full
@pytest.mark.parametrize(("objective", "strictly"), [("super", 0), ("strong", 1)])
def test_against_enumeration(objective: str, strictly: int) -> None:
    run(range(20_000), objective, strictly)
