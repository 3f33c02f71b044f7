"""Solving a problem again for drawn lists is solving the problem that has these lists."""

from __future__ import annotations

import random
from typing import Any

import pytest
from engine_problems import random_problem

from matching import Problem, Redraw, solve
from matching.indexed import index

FEATURES: tuple[dict[str, bool], ...] = (
    {},
    {"quotas": True},
    {"minimum": True},
    {"preassigned": True},
    {"quotas": True, "minimum": True, "preassigned": True, "ineligible": True},
)


def bare(problem: dict[str, Any]) -> Problem:
    """The problem without anyone's list."""
    return Problem.from_dict(
        {
            **{key: value for key, value in problem.items() if key != "ineligible"},
            "students": [{**student, "preferences": []} for student in problem["students"]],
            "slots": [{**slot, "preferences": [], "then_any": False} for slot in problem["slots"]],
        }
    )


@pytest.mark.parametrize("features", FEATURES, ids=lambda f: "+".join(f) or "plain")
def test_a_draw_is_the_problem_with_its_lists(features: dict[str, bool]) -> None:
    rng = random.Random(20261123)
    for _ in range(300):
        data = random_problem(rng, **features)
        drawn = index(Problem.from_dict(data))
        expected = solve(Problem.from_dict(data)).assignment
        slots = [slot["id"] for slot in data["slots"]]
        found = Redraw(bare(data)).solve(drawn.student_slots, drawn.slot_rank)
        names = [None if j < 0 else slots[j] for j in found]
        assert dict(zip((s["id"] for s in data["students"]), names, strict=True)) == dict(expected)


def test_wishes_that_a_slot_does_not_return_are_dropped() -> None:
    problem = {"format": "matching-problem/1", "students": [{"id": "s"}], "slots": [{"id": "a"}]}
    assert Redraw(Problem.from_dict(problem)).solve([[0]], [{}]) == [-1]
