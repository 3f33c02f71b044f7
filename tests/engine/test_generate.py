"""Random markets: each kind and addition is valid, seeded, and looks as asked for."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from matching import MatchingError, Problem, check, solve
from matching.generate import Market, generate
from matching.objectives import features
from matching.shell import main


@pytest.mark.parametrize("kind", ["uniform", "popular", "tiers", "scores", "practicum"])
def test_each_kind_is_seeded_and_solvable(kind: str) -> None:
    market = Market(students=60, slots=20, kind=kind, facilities=0.3, minimums=0.3, ties=0.2, seed=3)
    problem = generate(market)
    assert generate(market) == problem
    assert generate(Market(students=60, slots=20, kind=kind, seed=4)) != problem
    assert check(problem, solve(problem)).holds
    assert {"facilities", "minimum"} <= set(features(problem))


def test_places_are_spread_evenly_and_lists_are_as_long_as_asked() -> None:
    problem = generate(Market(students=50, slots=7, length=4, places=61))
    assert sum(slot.capacity for slot in problem.slots) == 61
    assert max(s.capacity for s in problem.slots) - min(s.capacity for s in problem.slots) == 1
    assert {len(student.preferences) for student in problem.students} == {4}


def test_popular_slots_are_listed_more() -> None:
    problem = generate(Market(students=400, slots=40, kind="popular", length=5, skew=1.2))
    counts = [sum(map(len, slot.preferences)) for slot in problem.slots]
    assert counts[0] > 5 * counts[-1]


def test_one_score_ranks_a_student_at_every_slot() -> None:
    problem = generate(Market(students=759, slots=53, kind="scores", length=6, places=801, skew=5, tiers=7))
    above = {
        (better, worse)
        for slot in problem.slots
        for tier, below in pairwise(slot.preferences)
        for better in tier
        for worse in below
    }
    assert not any((worse, better) in above for better, worse in above)
    entries = [sum(map(len, slot.preferences)) for slot in problem.slots]
    tied = sum(entries) - sum(len(slot.preferences) for slot in problem.slots)
    assert 0.91 < tied / (sum(entries) - len(entries)) < 0.94
    assert entries[0] > 2 * entries[-1]


def test_ties_fall_on_the_side_named() -> None:
    problem = generate(Market(students=200, slots=20, ties=0.5, tied="students"))
    assert all(len(tier) == 1 for slot in problem.slots for tier in slot.preferences)
    tied = sum(len(tier) > 1 for student in problem.students for tier in student.preferences)
    assert tied > 200


def test_couples_have_no_lists_of_their_own() -> None:
    problem = generate(Market(students=100, slots=30, couples=0.2))
    assert len(problem.couples) == 10
    members = {member for couple in problem.couples for member in couple.members}
    assert all(not student.preferences for student in problem.students if student.id in members)


@pytest.mark.parametrize(
    "market", [Market(0, 1), Market(1, 0), Market(1, 1, kind="x"), Market(1, 1, tied="x")]
)
def test_what_cannot_be_made_is_refused(market: Market) -> None:
    with pytest.raises(MatchingError):
        generate(market)


def test_shell_generates(tmp_path: Path) -> None:
    target = tmp_path / "problem.json"
    arguments = ["generate", "--students", "30", "--slots", "9", "--kind", "practicum", "--seed", "5"]
    assert main([*arguments, "-o", str(target)]) == 0
    assert Problem.from_json(target) == generate(Market(30, 9, kind="practicum", seed=5))
