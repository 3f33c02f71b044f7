"""Other people's formats: what they say arrives, and what breaks them is one line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from matching import Problem, ProblemError, solve, verify
from matching.convert import from_glasgow, from_pairs, from_preflib
from matching.entities import Couple
from matching.shell import main

GLASGOW = """0
3
2
1   1 2
2   (1 2)
3   2

1   1    (1 2)
2   2    3 (1 2)
"""
PREFLIB = """# FILE NAME: 00000-00000001.toi
# NUMBER ALTERNATIVES: 3
# ALTERNATIVE NAME 1: Coding
# ALTERNATIVE NAME 2: Registry
# ALTERNATIVE NAME 3: Registry
2: 1,{2,3}
1: 3, 1
"""
PAIRS = "student,slot,student_rank,slot_rank\nAna,lab,1,2\nAna,desk,1,\nBen,lab,7,2\nBen,desk,,1\n"


def test_glasgow() -> None:
    problem = from_glasgow(GLASGOW)
    assert [s.preferences for s in problem.students] == [(("1",), ("2",)), (("1", "2"),), (("2",),)]
    assert [(s.capacity, s.preferences) for s in problem.slots] == [
        (1, (("1", "2"),)),
        (2, (("3",), ("1", "2"))),
    ]


COUPLES = """1
1
2
1: 2 1
2 4: 1 1 1 2
1: 2: (2 4) 1
2: 1: 1 4
"""


def test_glasgow_with_couples() -> None:
    problem = from_glasgow(COUPLES)
    assert from_glasgow(COUPLES.replace(":", "")) == problem
    assert [(s.id, s.preferences) for s in problem.students] == [
        ("1", (("2",), ("1",))),
        ("2", ()),
        ("4", ()),
    ]
    assert problem.couples == (Couple("2+4", ("2", "4"), (("1", "1"), ("1", "2"))),)
    assert [slot.preferences for slot in problem.slots] == [(("2", "4"), ("1",)), (("1",), ("4",))]
    assert dict(solve(problem, "couples").assignment) == {"1": "2", "2": "1", "4": "1"}


def test_preflib() -> None:
    problem = from_preflib(PREFLIB, "slot,capacity\nCoding,2\n")
    assert [(s.id, s.preferences) for s in problem.students] == [
        ("v1", (("Coding",), ("2", "3"))),
        ("v2", (("Coding",), ("2", "3"))),
        ("v3", (("3",), ("Coding",))),
    ]
    assert [(s.id, s.capacity, s.then_any) for s in problem.slots] == [
        ("Coding", 2, True),
        ("2", 1, True),
        ("3", 1, True),
    ]


def test_pairs() -> None:
    problem = from_pairs(PAIRS, "slot,capacity\nlab,3\nspare,1\n")
    assert [(s.id, s.preferences) for s in problem.students] == [
        ("Ana", (("lab", "desk"),)),
        ("Ben", (("lab",),)),
    ]
    assert [(s.id, s.capacity, s.preferences) for s in problem.slots] == [
        ("lab", 3, (("Ana", "Ben"),)),
        ("desk", 1, (("Ben",),)),
        ("spare", 1, ()),
    ]


BROKEN: list[tuple[Callable[..., Problem], Any, str]] = [
    (from_glasgow, ("",), "line 1: expected the numbers of residents, couples and hospitals"),
    (from_glasgow, ("0\nx\n1\n",), 'line 2: expected a whole number, not "x"'),
    (from_glasgow, ("1\n1\n1\n1 1\n1 1 1\n",), "line 5: expected 1 + 1 + 1 lists, not 2"),
    (
        from_glasgow,
        ("1\n1\n1\n1 1\n2 3 1\n1 1 1\n",),
        "line 5: expected two numbers and pairs of hospitals",
    ),
    (from_glasgow, ("1\n1\n1\n1 1\n2 3 (1 1)\n1 1 1\n",), 'line 5: expected a whole number, not "("'),
    (
        from_glasgow,
        ("1\n1\n1\n1 1\n2 3 1 9\n1 1 1\n",),
        'couples[0].preferences[0]: unknown slot "9"',
    ),
    (from_glasgow, ("0\n1\n1\n1 1\n",), "line 4: expected 1 + 1 lists, not 1"),
    (from_glasgow, ("0\n1\n1\n:\n1 1\n",), "students[0].id: expected 1 to 200 bytes, not 0"),
    (from_glasgow, ("0\n1\n1\n1 (1\n1 1 1\n",), "line 4: a parenthesis is not closed"),
    (from_glasgow, ("0\n1\n1\n1 1)\n1 1 1\n",), 'line 4: unexpected ")"'),
    (from_glasgow, ("0\n1\n1\n1 1\n1\n",), "line 5: expected a number, a capacity and a list"),
    (from_glasgow, ("0\n1\n1\n1 4\n1 1 1\n",), 'students[0].preferences[0]: unknown slot "4"'),
    (from_preflib, ("1,2\n",), "line 1: expected how often, a colon and an order"),
    (from_preflib, ("x: 1,2\n",), 'line 1: expected a whole number, not "x"'),
    (from_preflib, ("1: 1,1\n",), 'students[0].preferences[1]: "1" is listed twice'),
    (from_preflib, ("1: 1\n", "slot,capacity\n9,1\n"), 'capacities: unknown slot "9"'),
    (from_pairs, ("student,slot\n",), 'pairs: no column "student_rank"'),
    (from_pairs, ("student,slot,student_rank\na,b,first\n",), 'line 2: expected a whole number, not "first"'),
    (from_pairs, ("student,slot,student_rank\na,b\n",), "pairs, line 2: as many cells as columns expected"),
    (
        from_pairs,
        ("student,slot,student_rank\na,b,1\na,b,2\n",),
        'students[0].preferences[1]: "b" is listed twice',
    ),
    (from_pairs, (PAIRS, "slot,places\n"), 'capacities: no column "capacity"'),
]


@pytest.mark.parametrize(("read", "arguments", "line"), BROKEN, ids=[line for _, _, line in BROKEN])
def test_broken_input(read: Callable[..., Problem], arguments: Any, line: str) -> None:
    with pytest.raises(ProblemError) as caught:
        read(*arguments)
    assert str(caught.value) == line


def test_shell_converts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, places = tmp_path / "pairs.csv", tmp_path / "places.csv"
    source.write_text(PAIRS, encoding="utf-8")
    places.write_text("slot,capacity\nlab,3\n", encoding="utf-8")
    target = tmp_path / "problem.json"
    assert main(["convert", "pairs", str(source), "--capacities", str(places), "-o", str(target)]) == 0
    assert Problem.from_json(target) == from_pairs(PAIRS, places.read_text(encoding="utf-8"))
    assert main(["convert", "preflib", str(source)]) == 2
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize("name", ["agh_courses_2004", "ariel_course_allocation_5783"])
def test_real_instances(name: str, real_data: Path) -> None:
    problem = Problem.from_json(real_data / "instances" / f"{name}.problem.json")
    assert verify(problem, solve(problem)) == []
