"""The commands on whole files: what they print, what they write and how they exit."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from matching import Problem, solve
from matching.shell import main

VALUE: dict[str, Any] = {
    "format": "matching-problem/1",
    "students": [
        {"id": "s1", "preferences": [["a"], ["b"]]},
        {"id": "s2", "preferences": [["a"], ["b"]]},
        {"id": "s3", "preferences": [["b"]]},
    ],
    "slots": [{"id": "a", "preferences": [["s1", "s2"]]}, {"id": "b", "preferences": [["s1"], ["s2", "s3"]]}],
}
SEED = "ab" * 32


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    problem = tmp_path / "problem.json"
    problem.write_text(json.dumps(VALUE), encoding="utf-8")
    result = tmp_path / "result.json"
    assert main(["solve", str(problem), "--seed", SEED, "-o", str(result)]) == 0
    return str(problem), str(result)


def test_solve_prints_the_same_bytes_that_it_writes(
    files: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["solve", files[0], "--seed", SEED]) == 0
    printed = capsys.readouterr().out
    assert Path(files[1]).read_text(encoding="utf-8") == printed
    assert printed == solve(Problem.from_dict(VALUE).replace(seed=SEED)).to_json()


def test_verify_takes_the_draw_from_the_result(
    files: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["verify", *files]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "the lottery is the result's, not the problem file's",
        "holds: no blocking pairs",
    ]


CLAIMS: list[tuple[str, Any, str]] = [
    ("problem_sha256", "0" * 64, "problem_sha256 is that of another problem"),
    ("blocking_pairs", [["s1", "a"]], '("s1", "a") is declared and does not block'),
    ("statistics", {"placed": 9, "rank_profile": {}}, "statistics.placed is 2, not 9"),
    ("closed", [{"slot": "z", "minimum": 1, "had": 0}], 'closed names an unknown slot "z"'),
    ("closed", [{"slot": "b", "minimum": 2, "had": 1}], "is at the closed slot"),
    ("bound", 3, "optimal and bound are not those of an exact objective"),
    ("optimal", False, "optimal and bound are not those of an exact objective"),
    ("assignment", {"s1": None, "s2": None, "s3": None}, '("s1", "a") blocks and is not declared'),
    ("assignment", {"s1": "a", "s2": "a", "s3": None}, 'slot "a" holds 2, above 1'),
    ("assignment", {"s1": "a", "s2": None, "s3": "a"}, 'student "s3" and slot "a" are not acceptable'),
    ("assignment", {"s1": "a", "s2": "b"}, 'no entry for student "s3"'),
    ("assignment", {"s1": "a", "s2": "b", "s3": None, "s4": None}, 'unknown student "s4"'),
    ("assignment", {"s1": "a", "s2": "q", "s3": None}, 'unknown slot "q"'),
]


@pytest.mark.parametrize(("key", "claim", "line"), CLAIMS)
def test_verify_names_each_claim_that_does_not_hold(
    files: tuple[str, str], capsys: pytest.CaptureFixture[str], key: str, claim: Any, line: str
) -> None:
    value = json.loads(Path(files[1]).read_text(encoding="utf-8"))
    value[key] = claim
    Path(files[1]).write_text(json.dumps(value), encoding="utf-8")
    assert main(["verify", *files]) == 1
    assert line in capsys.readouterr().out


UNREADABLE: list[tuple[str, Any, str]] = [
    ("format", "x", "format: expected"),
    ("assignment", {"s1": 1}, "assignment.s1: expected a string, not an integer"),
    ("optimal", 1, "optimal: expected true or false, not an integer"),
    ("bound", 1.5, "bound: expected an integer, not a float"),
    ("closed", [{"slot": "a"}], 'closed[0]: missing key "minimum"'),
    ("blocking_pairs", [["a"]], "blocking_pairs[0]: expected [student, slot] or [couple, slot, slot]"),
    ("extra", 1, 'result: unknown key "extra"'),
]


@pytest.mark.parametrize(("key", "claim", "line"), UNREADABLE)
def test_an_unreadable_result_is_one_line(
    files: tuple[str, str], capsys: pytest.CaptureFixture[str], key: str, claim: Any, line: str
) -> None:
    value = json.loads(Path(files[1]).read_text(encoding="utf-8"))
    value[key] = claim
    Path(files[1]).write_text(json.dumps(value), encoding="utf-8")
    assert main(["verify", *files]) == 2
    printed = capsys.readouterr().err
    assert printed.startswith(line)
    assert printed.count("\n") == 1


def test_explain_says_who_stood_ahead(files: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    result = json.loads(Path(files[1]).read_text(encoding="utf-8"))
    loser = "s2" if result["assignment"]["s1"] == "a" else "s1"
    assert main(["explain", *files, "--student", loser]) == 0
    assert "1. a: lottery (bound slot, holder a, maximum 1, higher 0, equal 1" in capsys.readouterr().out
    assert main(["explain", *files, "--student", "nobody"]) == 2
    assert capsys.readouterr().err == 'unknown student "nobody"\n'


def test_describe_counts(files: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["describe", files[0]]) == 0
    printed = capsys.readouterr().out
    assert "students: 3\n" in printed
    assert "slot and facility lists: length 2 to 3, mean 2.5; 80.0 % tied" in printed


@pytest.mark.parametrize(
    "arguments",
    [[], ["fly"], ["solve"], ["solve", "x", "--objective", "best"], ["solve", "x", "--time-limit", "soon"]],
)
def test_a_wrong_command_is_one_line_and_exit_2(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_the_module_runs(files: tuple[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "matching", "verify", *files],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_a_bad_seed_is_refused(files: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["solve", files[0], "--seed", "12"]) == 2
    assert capsys.readouterr().err == "lottery.seed: expected 64 hexadecimal digits\n"
