"""All stable matchings, and the best among them, against exhaustive enumeration."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
from brute import Assignment, Judge
from engine_problems import random_problem

from matching import Problem, UnsupportedCombination, check, solve
from matching.lattice import all_stable, stable_partners
from matching.shell import main


def problem_of(seed: int) -> dict[str, Any]:
    """Full lists and full slots: that is where there is more than one stable matching."""
    rng = random.Random(seed)
    if seed % 4 == 0:
        return random_problem(rng, students=5, slots=3, ties=0.3, preassigned=True, ineligible=True)
    count = rng.choice((4, 4, 4, 5))
    posts = [f"h{j}" for j in range(rng.choice((4, 4, 3)))]
    names = [f"s{i}" for i in range(count)]
    return {
        "format": "matching-problem/1",
        "students": [{"id": n, "preferences": [[p] for p in rng.sample(posts, len(posts))]} for n in names],
        "slots": [
            {
                "id": p,
                "capacity": rng.choice((1, 1, 2)),
                "preferences": [[n] for n in rng.sample(names, len(names))],
            }
            for p in posts
        ],
    }


def ranks(judge: Judge, matching: Assignment) -> list[tuple[int, int]]:
    """The two ranks of every placement, among mutually acceptable partners."""
    found = []
    for name, slot in matching.items():
        if slot is not None and slot in judge.wishes[name]:
            wishes, priority = judge.wishes[name], judge.priority[slot]
            here = sum(level <= wishes[slot] for level in wishes.values())
            there = sum(level <= priority[name] for level in priority.values())
            found.append((here, there))
    return found


def judge_one(seed: int) -> int:
    """Returns how many stable matchings there are."""
    value = problem_of(seed)
    problem, judge = Problem.from_dict(value), Judge(value, strict=True)
    stable = judge.stable()
    found = list(all_stable(problem))
    assert len(found) == len(stable)
    assert all(one in stable for one in found)
    assert all(found.count(one) == 1 for one in found)
    assert found[0] == dict(solve(problem).assignment)
    for name in judge.students:
        partners = {one[name] for one in stable}
        mine = stable_partners(problem, name)
        assert len(mine) == len(partners)
        assert set(mine) == partners
        assert mine == sorted(mine, key=lambda slot, n=name: judge.place(n, {n: slot}))  # type: ignore[misc]
    judge_best(problem, judge, stable)
    return len(stable)


def judge_best(problem: Problem, judge: Judge, stable: list[Assignment]) -> None:
    values: dict[str, Any] = {
        "egalitarian": lambda one: sum(map(sum, ranks(judge, one))),
        "minimum-regret": lambda one: max(map(max, ranks(judge, one)), default=0),
    }
    for objective, value in values.items():
        result = solve(problem, objective)
        found = dict(result.assignment)
        least = min(value(one) for one in stable)
        assert result.bound == least == value(found)
        assert check(problem, result).holds
        best = [one for one in stable if value(one) == least]
        assert judge.student_best(best) == [found]


def run(seeds: range) -> list[int]:
    counts = []
    for seed in seeds:
        try:
            counts.append(judge_one(seed))
        except Exception as error:
            raise AssertionError(f"seed {seed}") from error
    return counts


def test_a_slice_against_enumeration() -> None:
    counts = run(range(48))
    assert max(counts) >= 3, "several stable matchings somewhere, or this proves little"


@pytest.mark.full
@pytest.mark.parametrize("share", range(10))
def test_against_enumeration(share: int) -> None:
    run(range(share * 200, (share + 1) * 200))


def latin(size: int) -> dict[str, Any]:
    """Cyclic lists, the slots' against the students': as many matchings as there are students, in a chain."""
    return {
        "format": "matching-problem/1",
        "students": [
            {"id": f"s{i}", "preferences": [[f"h{(i + k) % size}"] for k in range(size)]} for i in range(size)
        ],
        "slots": [
            {"id": f"h{j}", "preferences": [[f"s{(j + 1 + k) % size}"] for k in range(size)]}
            for j in range(size)
        ],
    }


def test_a_chain() -> None:
    problem = Problem.from_dict(latin(7))
    assert len(list(all_stable(problem))) == 7
    assert stable_partners(problem, "s2") == ["h2", "h3", "h4", "h5", "h6", "h0", "h1"]
    assert solve(problem, "minimum-regret").bound == 4


def test_lazily_where_there_are_2_to_the_power_of_50() -> None:
    value = latin(2)
    for k in range(49):
        for part in ("students", "slots"):
            for entry in latin(2)[part]:
                tiers = [[f"{name}-{k}"] for (name,) in entry["preferences"]]
                value[part].append({"id": f"{entry['id']}-{k}", "preferences": tiers})
    found = all_stable(Problem.from_dict(value))
    first = [next(found) for _ in range(1_000)]
    assert len({json.dumps(one) for one in first}) == 1_000


def test_the_shell_lists_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "problem.json"
    path.write_text(json.dumps(latin(3)), encoding="utf-8")
    assert main(["all", str(path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [json.loads(line) for line in lines] == list(all_stable(Problem.from_dict(latin(3))))


def test_quotas_are_refused() -> None:
    value = latin(2)
    value["slots"][0]["minimum"] = 1
    with pytest.raises(UnsupportedCombination, match="all does not take minimum"):
        all_stable(Problem.from_dict(value))
