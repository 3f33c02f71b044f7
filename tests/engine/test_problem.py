"""The problem file: the contract's example, its digest, immutability, the exact lines of refusal."""

from __future__ import annotations

import copy
import hashlib
import json
import random
from pathlib import Path
from typing import Any

import pytest
from engine_problems import random_problem

from matching import Problem, ProblemError

EXAMPLE: dict[str, Any] = {
    "format": "matching-problem/1",
    "name": "spring",
    "students": [
        {"id": "s1", "preferences": [["a"], ["b", "c"]], "types": {"school": "U1"}},
        {"id": "s2", "preferences": [["b"], ["a"]], "types": {"school": "U1"}},
        {"id": "s3", "preferences": [["a"]], "types": {"school": "U2"}},
        {"id": "s4", "preferences": [], "types": {"school": "U2"}},
        {"id": "s5", "preferences": []},
        {"id": "s9", "preferences": []},
    ],
    "slots": [
        {
            "id": "a",
            "capacity": 2,
            "preferences": [["s1", "s2", "s4"], ["s3"]],
            "then_any": False,
            "quotas": {"type": "school", "maximum": {"U1": 1}},
        },
        {"id": "b", "capacity": 1},
        {"id": "c", "capacity": 2, "minimum": 2},
        {"id": "d", "capacity": 1, "preferences": []},
    ],
    "facilities": [{"id": "F", "slots": ["b", "c"], "capacity": 2, "preferences": [["s1"], ["s2", "s5"]]}],
    "couples": [{"id": "k1", "members": ["s4", "s5"], "preferences": [["a", "b"], ["a", None]]}],
    "preassigned": [["s9", "d"]],
    "ineligible": [["s3", "a", "agreement"]],
    "lottery": {"seed": "0" * 64, "mode": "single"},
}


def test_the_example_survives_a_round_trip(tmp_path: Path) -> None:
    problem = Problem.from_dict(EXAMPLE)
    path = tmp_path / "problem.json"
    path.write_text(problem.to_json(), encoding="utf-8")
    assert Problem.from_json(path) == problem


def test_digest_is_over_one_spelling() -> None:
    value = {
        "format": "matching-problem/1",
        "name": "left out",
        "students": [{"id": "é", "preferences": [["b", "a"]]}, {"id": '"'}],
        "slots": [{"id": "b"}, {"id": "a", "preferences": [["é"]]}],
        "lottery": {"seed": "1" * 64},
    }
    spelled = (
        '{"couples":[],"facilities":[],"format":"matching-problem/1","ineligible":[],"preassigned":[],'
        '"slots":[{"capacity":1,"id":"a","minimum":0,"preferences":[["é"]],"then_any":false},'
        '{"capacity":1,"id":"b","minimum":0,"preferences":[],"then_any":false}],'
        '"students":[{"id":"\\"","preferences":[],"types":{}},{"id":"é","preferences":[["a","b"]],"types":{}}]}'
    )
    problem = Problem.from_dict(value)
    assert problem.normalised().decode() == spelled
    assert problem.digest() == hashlib.sha256(spelled.encode()).hexdigest()
    assert problem.replace(seed="2" * 64, mode="multiple", name="x").digest() == problem.digest()


def test_a_problem_cannot_be_changed() -> None:
    problem = Problem.from_dict(EXAMPLE)
    with pytest.raises(AttributeError, match="immutable"):
        problem.extra = 1
    with pytest.raises(TypeError):
        problem.students[0].types["school"] = "U2"  # type: ignore[index]


def test_the_caller_keeps_their_object() -> None:
    value = copy.deepcopy(EXAMPLE)
    problem = Problem.from_dict(value)
    value["students"][0]["preferences"][0][0] = "b"
    value["slots"][0]["quotas"]["maximum"]["U1"] = 9
    assert problem == Problem.from_dict(EXAMPLE)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('{"format": 1.0}', 'problem: missing key "students"'),
        ('{"a": 1, "a": 2}', 'problem: duplicate key "a"'),
        ("[NaN]", "json: NaN is not a number of JSON"),
        ("[" * 100_000, "json: nested too deeply"),
        ("9" * 5000, "json: an integer is too long"),
        ("", "json: Expecting value at line 1 column 1"),
    ],
)
def test_text_is_refused_in_one_line(text: str, line: str) -> None:
    with pytest.raises(ProblemError) as caught:
        Problem.loads(text)
    assert str(caught.value) == line


def test_the_path_names_the_tier() -> None:
    value = copy.deepcopy(EXAMPLE)
    value["students"][2]["preferences"] = [["x"]]
    with pytest.raises(ProblemError) as caught:
        Problem.loads(json.dumps(value))
    assert str(caught.value) == 'students[2].preferences[0]: unknown slot "x"'
    assert caught.value.path == "students[2].preferences[0]"


def test_the_spelling_is_what_sorting_and_dumping_gives() -> None:
    for seed in range(300):
        rng = random.Random(seed)
        value = random_problem(
            rng, quotas=True, facilities=True, minimum=True, couples=True, preassigned=True, ineligible=True
        )
        value["students"][0]["types"]['q"\\'] = "é\u2028"
        renamed = rng.choice(('h"],["', "h\\", "hé", '"', "h"))
        text = json.dumps(value).replace('"h', json.dumps(renamed)[:-1])
        problem = Problem.loads(text)
        plain = problem.to_dict()
        del plain["name"], plain["lottery"]
        for key in ("students", "slots", "facilities"):
            for entry in plain[key]:
                entry["preferences"] = [sorted(tier) for tier in entry["preferences"]]
                entry.get("slots", []).sort()
        for key in ("students", "slots", "facilities", "couples"):
            plain[key].sort(key=lambda entry: entry["id"])
        plain["preassigned"].sort()
        plain["ineligible"].sort()
        dumped = json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        assert problem.normalised().decode() == dumped, f"seed {seed}"
