"""Theorems on medium random problems: what must hold without knowing the answer."""

from __future__ import annotations

import copy
import random
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from brute import Judge
from engine_problems import random_problem
from kernel_forms import as_arrays, judged_in_every_form, solved_in_every_form, spelled_out

from matching import InvalidMatching, Problem, solve, verify

SLICE, FULL, SHARES = 120, 10_000, 20
MISREPORTS = 6


def medium(seed: int, **flags: Any) -> dict[str, Any]:
    rng = random.Random(seed)
    return random_problem(rng, students=24, slots=8, ties=rng.choice((0, 0.3, 0.7)), **flags)


def place(value: dict[str, Any], student: int, slot: str | None) -> int:
    """The student's tier of what they got; unplaced is below all."""
    tiers = value["students"][student]["preferences"]
    return next((number for number, tier in enumerate(tiers) if slot in tier), len(tiers) + 1)


def places(value: dict[str, Any]) -> list[int]:
    """Positions in the strict lists after the lottery."""
    judge = Judge(value, strict=True)
    found = solve(Problem.from_dict(value)).assignment
    order = [sorted(judge.wishes[name], key=judge.wishes[name].__getitem__) for name in judge.students]
    return [
        mine.index(found[name]) if found[name] in mine else len(mine) + 1
        for mine, name in zip(order, judge.students, strict=True)
    ]


def rural_hospitals(seed: int) -> None:
    """Both optima place the same students, and fill every slot equally; one below capacity gets the same
    ones."""
    value = medium(seed, ineligible=seed % 2 == 0, preassigned=seed % 3 == 0)
    problem = Problem.from_dict(value)
    one, other = solve(problem).assignment, solve(problem, "slot-optimal").assignment
    judge = Judge(value, strict=True)
    assert {**spelled_out(problem, solved_in_every_form(as_arrays(problem, judge))), **judge.fixed} == one
    assert {s for s in one if one[s] is None} == {s for s in other if other[s] is None}
    for slot in problem.slots:
        mine = {s for s in one if one[s] == slot.id}
        theirs = {s for s in other if other[s] == slot.id}
        assert len(mine) == len(theirs)
        assert mine == theirs or len(mine) == slot.capacity


def invariance(seed: int) -> None:
    """The order of a file never shows."""
    flags = {name: bool(seed >> bit & 1) for bit, name in enumerate(("quotas", "facilities", "minimum"))}
    value = medium(seed, **flags, ineligible=True)
    before = solve(Problem.from_dict(value)).to_json()
    rng = random.Random(seed)
    for key in ("students", "slots", "facilities", "ineligible"):
        rng.shuffle(value.get(key, []))
    for entry in (*value["students"], *value["slots"], *value.get("facilities", [])):
        for tier in entry["preferences"]:
            rng.shuffle(tier)
    assert solve(Problem.from_dict(value)).to_json() == before


def added_place(seed: int) -> None:
    """One more place hurts no student, where no facility or quota trades it away."""
    value = medium(seed)
    before = places(value)
    random.Random(seed).choice(value["slots"])["capacity"] += 1
    assert all(now <= then for now, then in zip(places(value), before, strict=True))


def misreport(seed: int) -> None:
    """No student gains by another list: judged by their true list, quotas and facilities included."""
    rng = random.Random(seed)
    value = medium(seed, quotas=seed % 2 == 0, facilities=seed % 3 == 0, ineligible=seed % 5 == 0)
    for entry in value["students"]:
        entry["preferences"] = [[slot] for tier in entry["preferences"] for slot in tier]
    before = solve(Problem.from_dict(value)).assignment
    slots = [entry["id"] for entry in value["slots"]]
    for _ in range(MISREPORTS):
        liar = rng.randrange(len(value["students"]))
        lie = copy.deepcopy(value)
        name = lie["students"][liar]["id"]
        lie["students"][liar]["preferences"] = [[s] for s in rng.sample(slots, rng.randint(0, len(slots)))]
        gained = place(value, liar, solve(Problem.from_dict(lie)).assignment[name])
        assert place(value, liar, before[name]) <= gained


def corruption(seed: int) -> None:
    """Move one student of a stable matching: the verifier rejects exactly what enumeration's judge
    rejects."""
    rng = random.Random(seed)
    flags = {name: rng.random() < 0.3 for name in ("quotas", "facilities", "preassigned", "ineligible")}
    value = random_problem(rng, students=9, slots=4, **flags)  # type: ignore[arg-type]
    problem = Problem.from_dict(value)
    judge = Judge(value, strict=False)
    stable = dict(solve(problem).assignment)
    lists = as_arrays(problem, Judge(value, strict=True))
    for name in judge.students:
        for slot in [None, *judge.slots]:
            changed = {**stable, name: slot}
            judged_in_every_form(lists, positions(problem, {**changed, **dict.fromkeys(judge.fixed)}))
            acceptable = changed[name] is None or changed[name] in judge.wishes[name]
            acceptable = judge.fixed.get(name) == slot if name in judge.fixed else acceptable
            pairs = [(n, s) for n, s in changed.items() if s is not None]
            if acceptable and judge.allowed(pairs):
                assert verify(problem, changed) == judge.blocking(changed)
            else:
                with pytest.raises(InvalidMatching):
                    verify(problem, changed)


def positions(problem: Problem, matching: dict[str, str | None]) -> npt.NDArray[np.int32]:
    slots = [slot.id for slot in problem.slots]
    places = (matching[student.id] for student in problem.students)
    return np.array([-1 if slot is None else slots.index(slot) for slot in places], np.int32)


PROPERTIES = [rural_hospitals, invariance, added_place, misreport, corruption]


@pytest.mark.parametrize("holds", PROPERTIES)
def test_a_slice(holds: Any) -> None:
    run(holds, range(SLICE))


@pytest.mark.full
@pytest.mark.parametrize("holds", PROPERTIES)
@pytest.mark.parametrize("share", range(SHARES))
def test_in_full(holds: Any, share: int) -> None:
    size = FULL // SHARES
    run(holds, range(share * size, (share + 1) * size))


def run(holds: Any, seeds: range) -> None:
    for seed in seeds:
        try:
            holds(seed)
        except Exception as error:
            raise AssertionError(f"{holds.__name__}, seed {seed}") from error
