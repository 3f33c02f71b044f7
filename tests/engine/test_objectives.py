"""The table of objectives and features is enforced, in Python and in the shell."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from matching import MatchingError, NoneExists, Problem, UnsupportedCombination, solve
from matching.objectives import FEATURES, OBJECTIVES
from matching.shell import main

PLAIN: dict[str, Any] = {
    "format": "matching-problem/1",
    "students": [
        {"id": "s1", "preferences": [["a", "b"]], "types": {"school": "U"}},
        {"id": "s2", "preferences": [["a"]], "types": {"school": "U"}},
        {"id": "s3"},
        {"id": "s4"},
    ],
    "slots": [{"id": "a", "then_any": True}, {"id": "b", "then_any": True}, {"id": "c"}],
}
WITH: dict[str, Any] = {
    "quotas": {
        "slots": [
            {"id": "a", "then_any": True, "quotas": {"type": "school", "maximum": {"U": 1}}},
            *PLAIN["slots"][1:],
        ]
    },
    "facilities": {"facilities": [{"id": "F", "slots": ["c"]}]},
    "minimum": {"slots": [{"id": "a", "then_any": True, "minimum": 1}, *PLAIN["slots"][1:]]},
    "couples": {"couples": [{"id": "k", "members": ["s3", "s4"], "preferences": [["a", "b"]]}]},
    "preassigned": {"preassigned": [["s3", "c"]]},
    "ineligible": {"ineligible": [["s1", "a", "agreement"]]},
}


def test_every_feature_is_in_the_table() -> None:
    assert set(WITH) == set(FEATURES)
    assert all(entry.takes <= set(FEATURES) for entry in OBJECTIVES.values())


@pytest.mark.parametrize("feature", FEATURES)
@pytest.mark.parametrize("objective", OBJECTIVES)
def test_table(objective: str, feature: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    value = {**PLAIN, **WITH[feature]}
    problem = Problem.from_dict(value)
    path = tmp_path / "problem.json"
    path.write_text(json.dumps(value), encoding="utf-8")
    if feature in OBJECTIVES[objective].takes:
        try:
            assert solve(problem, objective).objective == objective
        except NoneExists:
            assert objective == "super"  # of these ties it is true
        return
    with pytest.raises(UnsupportedCombination) as caught:
        solve(problem, objective)
    assert caught.value.features == (feature,)
    assert main(["solve", str(path), "--objective", objective, "-o", str(tmp_path / "out")]) == 2
    expected = f"unsupported combination: {objective} does not take {feature}\n"
    assert capsys.readouterr().err == expected
    assert not (tmp_path / "out").exists()


def test_an_unknown_objective_is_refused() -> None:
    with pytest.raises(MatchingError, match="unknown objective 'best'"):
        solve(Problem.from_dict(PLAIN), "best")


@pytest.mark.parametrize(
    ("objective", "takes"),
    [
        ("student-optimal", {"quotas", "facilities", "minimum", "preassigned", "ineligible"}),
        ("slot-optimal", {"preassigned", "ineligible", "facilities"}),
        ("couples", {"couples", "minimum", "preassigned", "ineligible"}),
        ("egalitarian", {"preassigned", "ineligible"}),
        ("minimum-regret", {"preassigned", "ineligible"}),
    ],
)
def test_the_contract_of_this_objective(objective: str, takes: set[str]) -> None:
    assert OBJECTIVES[objective].takes == takes
