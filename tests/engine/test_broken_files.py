"""A hundred kinds of broken problem file: each one line naming the path, exit 2, nothing written."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from matching import Problem
from matching.shell import main

WHOLE: dict[str, Any] = {
    "format": "matching-problem/1",
    "name": "whole",
    "students": [
        {"id": "s1", "preferences": [["a"], ["b", "c"]], "types": {"school": "U1", "year": "1"}},
        {"id": "s2", "preferences": [["b"], ["a"]], "types": {"school": "U1", "year": "2"}},
        {"id": "s3", "preferences": [["a"]], "types": {"school": "U2"}},
        {"id": "s4", "types": {"school": "U2"}},
        {"id": "s5"},
        {"id": "s9"},
        {"id": "s8", "types": {"school": "U1"}},
    ],
    "slots": [
        {
            "id": "a",
            "capacity": 2,
            "preferences": [["s1", "s2", "s4"], ["s3"]],
            "then_any": False,
            "quotas": {"type": "school", "maximum": {"U1": 1}},
        },
        {"id": "b", "capacity": 2},
        {"id": "c", "capacity": 2, "minimum": 2},
        {"id": "d", "preferences": []},
    ],
    "facilities": [{"id": "F", "slots": ["b", "c"], "capacity": 2, "preferences": [["s1"], ["s2", "s5"]]}],
    "couples": [{"id": "k1", "members": ["s4", "s5"], "preferences": [["a", "b"], ["a", None]]}],
    "preassigned": [["s9", "d"]],
    "ineligible": [["s3", "a", "agreement"]],
    "lottery": {"seed": "0" * 64, "mode": "single"},
}
GONE = object()

# Where, what to put there (GONE takes it away), and the line.
CHANGES: list[tuple[str, Any, str]] = [
    ("format", GONE, 'problem: missing key "format"'),
    ("students", GONE, 'problem: missing key "students"'),
    ("slots", GONE, 'problem: missing key "slots"'),
    ("extra", 1, 'problem: unknown key "extra"'),
    ("format", "matching-problem/2", 'format: expected "matching-problem/1", not "matching-problem/2"'),
    ("format", 1, 'format: expected "matching-problem/1", not an integer'),
    ("name", 3, "name: expected a string, not an integer"),
    ("name", None, "name: expected a string, not null"),
    ("name", "\ud800", 'name: lone surrogate in "\\ud800"'),
    ("students", {}, "students: expected an array, not an object"),
    ("students", None, "students: expected an array, not null"),
    ("slots", "a", 'slots: expected an array, not "a"'),
    ("facilities", True, "facilities: expected an array, not a boolean"),
    ("couples", 2.5, "couples: expected an array, not a float"),
    ("preassigned", {}, "preassigned: expected an array, not an object"),
    ("ineligible", {}, "ineligible: expected an array, not an object"),
    ("lottery", [], "lottery: expected an object, not an array"),
    ("lottery/seed", "00", "lottery.seed: expected 64 hexadecimal digits"),
    ("lottery/seed", "g" * 64, "lottery.seed: expected 64 hexadecimal digits"),
    ("lottery/seed", 0, "lottery.seed: expected a string, not an integer"),
    ("lottery/mode", "double", 'lottery.mode: expected "single" or "multiple", not "double"'),
    ("lottery/mode", None, 'lottery.mode: expected "single" or "multiple", not null'),
    ("lottery/salt", "x", 'lottery: unknown key "salt"'),
    ("students/0", "s1", 'students[0]: expected an object, not "s1"'),
    ("students/0/id", GONE, 'students[0]: missing key "id"'),
    ("students/0/id", 1, "students[0].id: expected a string, not an integer"),
    ("students/0/id", "", "students[0].id: expected 1 to 200 bytes, not 0"),
    ("students/0/id", "é" * 101, "students[0].id: expected 1 to 200 bytes, not 202"),
    ("students/0/id", "a\nb", 'students[0].id: control character in "a\\nb"'),
    ("students/0/id", "a\x7f", 'students[0].id: control character in "a\\u007f"'),
    ("students/0/id", "\udfff", 'students[0].id: lone surrogate in "\\udfff"'),
    ("students/1/id", "s1", 'students[1].id: "s1" is already students[0]'),
    ("students/1/name", "Ann", 'students[1]: unknown key "name"'),
    ("students/1/preferences", {}, "students[1].preferences: expected an array, not an object"),
    ("students/1/preferences", "ab", 'students[1].preferences: expected an array, not "ab"'),
    ("students/1/preferences", None, "students[1].preferences: expected an array, not null"),
    ("students/1/preferences/0", "b", 'students[1].preferences[0]: expected an array, not "b"'),
    ("students/1/preferences/0", [], "students[1].preferences[0]: an empty tier"),
    ("students/1/preferences/0", ["x"], 'students[1].preferences[0]: unknown slot "x"'),
    ("students/1/preferences/0", ["s1"], 'students[1].preferences[0]: unknown slot "s1"'),
    ("students/1/preferences/0", [1], "students[1].preferences[0][0]: expected a string, not an integer"),
    ("students/1/preferences/0", ["b", None], "students[1].preferences[0][1]: expected a string, not null"),
    ("students/1/preferences/0", [["b"]], "students[1].preferences[0][0]: expected a string, not an array"),
    ("students/1/preferences/0", ["b", "b"], 'students[1].preferences[0]: "b" is listed twice'),
    ("students/1/preferences/1", ["b"], 'students[1].preferences[1]: "b" is listed twice'),
    ("students/1/preferences/1", ["\ud83d"], 'students[1].preferences[1][0]: lone surrogate in "\\ud83d"'),
    ("students/1/types", [], "students[1].types: expected an object, not an array"),
    ("students/1/types", None, "students[1].types: expected an object, not null"),
    ("students/1/types/school", 1, "students[1].types.school: expected a string, not an integer"),
    ("students/1/types/school", "", "students[1].types.school: expected 1 to 200 bytes, not 0"),
    ("students/1/types/", "x", "students[1].types: expected 1 to 200 bytes, not 0"),
    ("students/1/types", {}, 'students[1].types: no "school", which the quotas of slots[0] count'),
    ("students/3/types", {}, 'students[3].types: no "school", which the quotas of slots[0] count'),
    ("slots/0", None, "slots[0]: expected an object, not null"),
    ("slots/0/id", GONE, 'slots[0]: missing key "id"'),
    ("slots/0/id", True, "slots[0].id: expected a string, not a boolean"),
    ("slots/1/id", "a", 'slots[1].id: "a" is already slots[0]'),
    ("slots/0/size", 2, 'slots[0]: unknown key "size"'),
    ("slots/0/capacity", -1, "slots[0].capacity: expected at least 0, not -1"),
    ("slots/0/capacity", 2.0, "slots[0].capacity: expected an integer, not a float"),
    ("slots/0/capacity", True, "slots[0].capacity: expected an integer, not a boolean"),
    ("slots/0/capacity", "2", 'slots[0].capacity: expected an integer, not "2"'),
    ("slots/0/capacity", None, "slots[0].capacity: expected an integer, not null"),
    ("slots/0/capacity", 2**53, "slots[0].capacity: an integer must be below 2^53 in absolute value"),
    ("slots/0/capacity", -(2**60), "slots[0].capacity: an integer must be below 2^53 in absolute value"),
    ("slots/2/minimum", -1, "slots[2].minimum: expected at least 0, not -1"),
    ("slots/2/minimum", 3, "slots[2].minimum: 3 is above the capacity of 2"),
    ("slots/2/minimum", False, "slots[2].minimum: expected an integer, not a boolean"),
    ("slots/0/then_any", 1, "slots[0].then_any: expected true or false, not an integer"),
    ("slots/0/then_any", "yes", 'slots[0].then_any: expected true or false, not "yes"'),
    ("slots/0/preferences/0", ["s7"], 'slots[0].preferences[0]: unknown student "s7"'),
    ("slots/0/preferences/1", ["s1"], 'slots[0].preferences[1]: "s1" is listed twice'),
    ("slots/1/preferences", [["s1"]], 'slots[1].preferences: the facility of "b" carries its list'),
    ("slots/1/then_any", True, 'slots[1].then_any: the facility of "b" carries its list'),
    ("slots/0/quotas", None, "slots[0].quotas: expected an object, not null"),
    ("slots/0/quotas", {}, 'slots[0].quotas: missing key "type"'),
    ("slots/0/quotas/type", 4, "slots[0].quotas.type: expected a string, not an integer"),
    ("slots/0/quotas/minimum", {}, 'slots[0].quotas: unknown key "minimum"'),
    ("slots/0/quotas/maximum", [], "slots[0].quotas.maximum: expected an object, not an array"),
    ("slots/0/quotas/maximum/U1", -2, "slots[0].quotas.maximum.U1: expected at least 0, not -2"),
    ("slots/0/quotas/maximum/U1", 1.5, "slots[0].quotas.maximum.U1: expected an integer, not a float"),
    ("slots/0/quotas/type", "year", 'students[2].types: no "year", which the quotas of slots[0] count'),
    ("facilities/0", [], "facilities[0]: expected an object, not an array"),
    ("facilities/0/id", GONE, 'facilities[0]: missing key "id"'),
    ("facilities/0/slots", GONE, 'facilities[0]: missing key "slots"'),
    ("facilities/0/slots", "b", 'facilities[0].slots: expected an array, not "b"'),
    ("facilities/0/slots", ["b", "x"], 'facilities[0].slots[1]: unknown slot "x"'),
    ("facilities/0/slots", ["b", "b"], 'facilities[0].slots[1]: "b" is already in facilities[0]'),
    ("facilities/0/capacity", -1, "facilities[0].capacity: expected at least 0, not -1"),
    ("facilities/0/preferences", [["x"]], 'facilities[0].preferences[0]: unknown student "x"'),
    ("facilities/0/minimum", 1, 'facilities[0]: unknown key "minimum"'),
    (
        "facilities/1",
        {"id": "G", "slots": ["b"]},
        'facilities[1].slots[0]: "b" is already in facilities[0]',
    ),
    ("facilities/1", {"id": "F", "slots": []}, 'facilities[1].id: "F" is already facilities[0]'),
    (
        "facilities/0",
        {"id": "F", "slots": ["b", "c"], "capacity": 3, "quotas": {"type": "school", "maximum": {}}},
        "facilities[0].quotas: slots[1] has capacity 2, below the facility's 3; split it",
    ),
    (
        "facilities/0",
        {"id": "F", "slots": ["b"], "capacity": 2, "quotas": {"type": "school", "maximum": {}}},
        'students[4].types: no "school", which the quotas of facilities[0] count',
    ),
    (
        "facilities/0",
        {"id": "F", "slots": ["d"], "quotas": {"type": "school", "maximum": {"U1": 0}}},
        'students[5].types: no "school", which the quotas of facilities[0] count',
    ),
    (
        "facilities/1",
        {"id": "G", "slots": ["a"], "quotas": {"type": "year", "maximum": {}}},
        'slots[0].preferences: the facility of "a" carries its list',
    ),
    ("couples/0/id", GONE, 'couples[0]: missing key "id"'),
    ("couples/0/members", ["s4"], "couples[0].members: expected 2 entries, not 1"),
    ("couples/0/members", ["s4", "x"], 'couples[0].members[1]: unknown student "x"'),
    ("couples/0/members", ["s4", "s4"], 'couples[0].members[1]: "s4" is already in couples[0]'),
    ("couples/0/members", ["s4", "s1"], 'couples[0].members[1]: "s1" has a list of their own'),
    ("couples/0/preferences/0", ["a"], "couples[0].preferences[0]: expected 2 entries, not 1"),
    ("couples/0/preferences/0", ["a", "x"], 'couples[0].preferences[0]: unknown slot "x"'),
    ("couples/0/preferences/0", [None, None], "couples[0].preferences[0]: a pair places at least one member"),
    (
        "couples/0/preferences/0",
        ["a", None],
        "couples[0].preferences[1]: the same pair as couples[0].preferences[0]",
    ),
    (
        "couples/1",
        {"id": "k1", "members": ["s5", "s8"], "preferences": []},
        'couples[1].id: "k1" is already couples[0]',
    ),
    (
        "couples/1",
        {"id": "k2", "members": ["s8", "s5"], "preferences": []},
        'couples[1].members[1]: "s5" is already in couples[0]',
    ),
    ("preassigned/0", ["s9"], "preassigned[0]: expected 2 entries, not 1"),
    ("preassigned/0", ["x", "d"], 'preassigned[0]: unknown student "x"'),
    ("preassigned/0", ["s9", "x"], 'preassigned[0]: unknown slot "x"'),
    ("preassigned/0", ["s1", "d"], 'preassigned[0]: "s1" is preassigned and has a list'),
    ("preassigned/0", ["s4", "d"], 'preassigned[0]: "s4" is preassigned and in a couple'),
    ("preassigned/1", ["s9", "d"], 'preassigned[1]: "s9" is preassigned twice'),
    ("preassigned/1", ["s8", "d"], 'preassigned[1]: slot "d" has a capacity of 1'),
    ("ineligible/0", ["s3", "a"], "ineligible[0]: expected 3 entries, not 2"),
    ("ineligible/0", ["x", "a", "r"], 'ineligible[0]: unknown student "x"'),
    ("ineligible/0", ["s3", "x", "r"], 'ineligible[0]: unknown slot "x"'),
    ("ineligible/0", ["s3", "a", ""], "ineligible[0][2]: expected 1 to 200 bytes, not 0"),
    ("ineligible/0", ["s9", "d", "r"], 'ineligible[0]: "s9" at "d" is preassigned'),
    ("ineligible/1", ["s3", "a", "again"], 'ineligible[1]: "s3" at "a" is listed twice'),
]
TEXTS: list[tuple[bytes, str]] = [
    (b"", "json: Expecting value at line 1 column 1"),
    (b"{", "json: Expecting property name enclosed in double quotes at line 1 column 2"),
    (b"\xef\xbb\xbf{}", "json: "),
    (b'{"name": "\xff"}', "json: not UTF-8 at byte 10"),
    (b"[]", "problem: expected an object, not an array"),
    (b"null", "problem: expected an object, not null"),
    (b'{"students": NaN}', "json: NaN is not a number of JSON"),
    (b'{"students": -Infinity}', "json: -Infinity is not a number of JSON"),
    (b"[" * 50_000, "json: nested too deeply"),
    (b'{"name": ' + b"9" * 5_000 + b"}", "json: an integer is too long"),
    (b'{"format": "matching-problem/1", "format": "x"}', 'problem: duplicate key "format"'),
    (
        b'{"format": "matching-problem/1", "slots": [], "students": [{"id": "s", "id": "t"}]}',
        'students[0]: duplicate key "id"',
    ),
    (b'{"name": "a\nb"}', "json: Invalid control character at at line 1 column 12"),
]
BROKEN = [entry for entry in CHANGES if entry[2]]


def put(value: Any, where: str, what: Any) -> None:
    *way, last = where.split("/")
    for step in way:
        value = value[int(step)] if isinstance(value, list) else value[step]
    if what is GONE:
        del value[last]
    elif isinstance(value, list) and int(last) == len(value):
        value.append(what)
    else:
        value[int(last) if isinstance(value, list) else last] = what


def test_the_whole_one_is_fine_and_there_are_a_hundred_kinds() -> None:
    assert Problem.from_dict(WHOLE).students
    assert len(BROKEN) + len(TEXTS) >= 100


@pytest.fixture
def refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[[bytes], str]:
    """Run the shell on a file and return its one line of complaint."""

    def run(content: bytes) -> str:
        problem, result = tmp_path / "problem.json", tmp_path / "result.json"
        problem.write_bytes(content)
        assert main(["solve", str(problem), "-o", str(result)]) == 2
        printed = capsys.readouterr()
        assert printed.out == ""
        assert printed.err.count("\n") == 1
        assert [path.name for path in tmp_path.iterdir()] == ["problem.json"]
        return printed.err.strip()

    return run


@pytest.mark.parametrize(("where", "what", "line"), BROKEN, ids=[line for _, _, line in BROKEN])
def test_broken_value(refused: Callable[[bytes], str], where: str, what: Any, line: str) -> None:
    value = copy.deepcopy(WHOLE)
    put(value, where, what)
    assert refused(json.dumps(value).encode()) == line


@pytest.mark.parametrize(("content", "line"), TEXTS, ids=[line for _, line in TEXTS])
def test_broken_text(refused: Callable[[bytes], str], content: bytes, line: str) -> None:
    assert refused(content).startswith(line)


def test_a_missing_file_is_one_line_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["solve", str(tmp_path / "none.json")]) == 2
    assert capsys.readouterr().err == f"{tmp_path / 'none.json'}: No such file or directory\n"
