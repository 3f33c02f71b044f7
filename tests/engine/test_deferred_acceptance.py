"""Student-optimal over every feature it takes: against the naive recomputation, and against the verifier."""

from __future__ import annotations

import itertools
import random
from typing import Any

import pytest
from engine_problems import random_problem

from matching import Problem, solve, verify
from matching.reference import student_optimal

FLAGS = ("quotas", "facilities", "minimum", "preassigned", "ineligible")
COMBINATIONS: list[dict[str, Any]] = [
    dict(zip(FLAGS, bits, strict=True)) for bits in itertools.product((False, True), repeat=5)
]


@pytest.mark.parametrize("mode", ["single", "multiple"])
def test_agrees_with_the_naive_recomputation_and_blocks_nobody(mode: str) -> None:
    for seed in range(1600):
        rng = random.Random(seed)
        flags = COMBINATIONS[seed % len(COMBINATIONS)]
        problem = Problem.from_dict(random_problem(rng, students=6, slots=5, mode=mode, **flags))
        result = solve(problem)
        assignment, closed = student_optimal(problem)
        assert dict(result.assignment) == assignment, f"seed {seed}"
        assert list(result.closed) == closed, f"seed {seed}"
        assert verify(problem, result) == [], f"seed {seed}"
        assert verify(problem, result, refined=True) == [], f"seed {seed}"


def test_order_of_the_file_never_changes_a_result() -> None:
    for seed in range(300):
        rng = random.Random(seed)
        flags = COMBINATIONS[seed % len(COMBINATIONS)]
        value = random_problem(rng, students=6, slots=5, **flags)
        before = solve(Problem.from_dict(value)).to_json()
        for key in ("students", "slots", "facilities", "ineligible"):
            if key in value:
                rng.shuffle(value[key])
        for entry in (*value["students"], *value["slots"], *value.get("facilities", [])):
            for tier in entry["preferences"]:
                rng.shuffle(tier)
        assert solve(Problem.from_dict(value)).to_json() == before, f"seed {seed}"
