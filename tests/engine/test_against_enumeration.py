"""Small random problems over every feature against exhaustive enumeration; the default run takes a slice."""

from __future__ import annotations

import itertools
import os
import random
from typing import Any

import pytest
from brute import Assignment, Judge
from engine_problems import random_problem
from kernel_forms import as_arrays, solved_in_every_form, spelled_out

from matching import InvalidMatching, Problem, check, explain, solve, verify

FLAGS = ("quotas", "facilities", "minimum", "preassigned", "ineligible")
COMBINATIONS: list[dict[str, Any]] = [
    dict(zip(FLAGS, bits, strict=True)) for bits in itertools.product((False, True), repeat=5)
]
SLICE, FULL = 1_500, 200_000
SHARES = 50  # the full run in pieces, so that several processes can share it


def problem_of(seed: int) -> dict[str, Any]:
    rng = random.Random(seed)
    flags = COMBINATIONS[seed % len(COMBINATIONS)]
    mode = rng.choice(("single", "multiple"))
    return random_problem(rng, ties=rng.choice((0, 0.3, 0.7)), mode=mode, **flags)


def judge_one(seed: int) -> None:
    value = problem_of(seed)
    problem = Problem.from_dict(value)
    strict, weak = Judge(value, strict=True), Judge(value, strict=False)
    result = solve(problem)
    best, closed = strict.with_minimum()
    assert dict(result.assignment) == best
    assert [tuple(entry) for entry in result.closed] == closed
    gone = frozenset(entry.slot for entry in result.closed)
    assert weak.blocking(best, gone) == []
    assert check(problem, result).failures == ()
    judge_kernel(problem, strict, gone, best)
    judge_slot_side(problem, strict)
    judge_reasons(problem, strict, gone)
    judge_verifier(problem, strict, weak, seed)


def judge_kernel(problem: Problem, strict: Judge, gone: frozenset[str], best: Assignment) -> None:
    """The kernel, plain and compiled, agrees with itself, and with the judge unless facilities or quotas bind
    over several slots."""
    found = solved_in_every_form(as_arrays(problem, strict, gone))
    if not (strict.owner or any(slot.quota for slot in problem.slots)):
        assert {**spelled_out(problem, found), **strict.fixed} == best


def judge_slot_side(problem: Problem, strict: Judge) -> None:
    """Slot-optimal is the stable matching that every student likes least."""
    if any(slot.quota or slot.minimum for slot in problem.slots) or any(f.quota for f in problem.facilities):
        return
    result = solve(problem, "slot-optimal")
    stable = strict.stable()
    found = dict(result.assignment)
    assert found in stable
    assert all(strict.student_best([found, other]) == [other] for other in stable if other != found)
    assert check(problem, result).holds


def judge_verifier(problem: Problem, strict: Judge, weak: Judge, seed: int) -> None:
    """The verifier's blocking pairs on a random feasible matching, and its refusal of a random assignment."""
    rng = random.Random(seed)
    feasible = list(itertools.islice(weak.matchings(), 400))
    for found in rng.sample(feasible, min(3, len(feasible))):
        assert verify(problem, found) == weak.blocking(found)
        assert verify(problem, found, refined=True) == strict.blocking(found)
    wild: Assignment = {name: rng.choice([None, *weak.slots]) for name in weak.students}
    if wild in list(weak.matchings()):
        assert verify(problem, wild) == weak.blocking(wild)
    else:
        with pytest.raises(InvalidMatching):
            verify(problem, wild)


def judge_reasons(problem: Problem, strict: Judge, gone: frozenset[str]) -> None:
    result = solve(problem)
    found = explain(problem, result)
    for entry in strict.problem["students"]:
        reasons = {reason.slot: reason for reason in found[entry["id"]]}
        assert list(reasons) == [slot for tier in entry["preferences"] for slot in tier]
        for slot, reason in reasons.items():
            assert isinstance(slot, str)
            expected = expected_code(strict, dict(result.assignment), gone, entry, slot)
            assert (reason.code, reason.evidence.get("higher"), reason.evidence.get("equal")) == expected


def expected_code(
    judge: Judge, matching: Assignment, gone: frozenset[str], entry: dict[str, Any], slot: str
) -> tuple[str, int | None, int | None]:
    """The reason code, recomputed: who stands ahead, and whether they alone use up a bound."""
    name = entry["id"]
    present = matching[name]
    tiers = entry["preferences"]
    rank = next(number for number, tier in enumerate(tiers) if slot in tier)
    if slot == present:
        return "placed", None, None
    if present is not None and any(present in tier for tier in tiers[: rank + 1]):
        return "not-needed", None, None
    if (name, slot) in judge.barred:
        return "ineligible", None, None
    if slot in gone:
        return "closed", None, None
    if name not in judge.priority[slot]:
        return "not-listed", None, None
    own = judge.priority[slot][name]
    ahead = [(n, s) for n, s in matching.items() if s is not None and n != name and shares(judge, s, slot)]
    ahead = [pair for pair in ahead if judge._level(pair) < own]
    binding = first_binding(judge, name, slot, ahead)
    counted = [judge._level(pair) for pair in ahead if pair in binding]
    higher = sum(level[0] < own[0] for level in counted)
    if all(level == (-1, 0) for level in counted):
        code = "no-places"
    else:
        code = "lottery" if len(counted) > higher and higher < limit(judge, name, slot, ahead) else "priority"
    return code, higher, len(counted) - higher


def shares(judge: Judge, one: str, other: str) -> bool:
    return one == other or (one in judge.owner and judge.owner[one] is judge.owner.get(other))


def bounds(judge: Judge, name: str, slot: str) -> list[tuple[int, Any]]:
    """(maximum, who counts) of the slot, its quota, its facility, the facility's quota."""
    found: list[tuple[int, Any]] = []
    for holder, slots in [(judge.slots[slot], [slot]), (judge.owner.get(slot), None)]:
        if holder is None:
            continue
        mine = holder["slots"] if slots is None else slots
        found.append((holder.get("capacity", 1), lambda pair, mine=mine: pair[1] in mine))
        quota = holder.get("quotas")
        value = judge.types[name]["school"]
        if quota and value in quota["maximum"]:
            counts = lambda pair, mine=mine, value=value: (  # noqa: E731
                pair[1] in mine and judge.types[pair[0]]["school"] == value
            )
            found.append((quota["maximum"][value], counts))
    return found


def first_binding(judge: Judge, name: str, slot: str, ahead: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return next(
        counted
        for maximum, counts in bounds(judge, name, slot)
        for counted in [[pair for pair in ahead if counts(pair)]]
        if len(counted) >= maximum
    )


def limit(judge: Judge, name: str, slot: str, ahead: list[tuple[str, str]]) -> int:
    return next(
        maximum
        for maximum, counts in bounds(judge, name, slot)
        if sum(counts(pair) for pair in ahead) >= maximum
    )


def judge_couples(seed: int) -> None:
    """No solver here: the verifier's blocking couples and pairs on random matchings."""
    rng = random.Random(seed)
    flags = {name: rng.random() < 0.3 for name in ("quotas", "facilities", "preassigned", "ineligible")}
    value = random_problem(rng, couples=True, **flags)  # type: ignore[arg-type]
    problem = Problem.from_dict(value)
    for strict in (False, True):
        judge = Judge(value, strict=strict)
        feasible = list(itertools.islice(judge.matchings(), 600))
        for found in rng.sample(feasible, min(4, len(feasible))):
            assert verify(problem, found, refined=strict) == judge.blocking(found)


def run(seeds: range, judge: Any) -> None:
    for seed in seeds:
        try:
            judge(seed)
        except Exception as error:
            raise AssertionError(f"seed {seed}") from error


def test_a_slice_of_all_features() -> None:
    run(range(SLICE), judge_one)


def test_a_slice_of_couples() -> None:
    run(range(SLICE), judge_couples)


@pytest.mark.full
@pytest.mark.parametrize("share", range(SHARES))
def test_all_features(share: int) -> None:
    size = int(os.environ.get("ENUMERATION", FULL)) // SHARES
    run(range(share * size, (share + 1) * size), judge_one)


@pytest.mark.full
def test_couples() -> None:
    run(range(20_000), judge_couples)
