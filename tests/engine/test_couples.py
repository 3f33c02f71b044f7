"""Couples against exhaustive enumeration: a stable matching wherever there is one, else the fewest blocking
pairs."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import pytest
from brute import Judge
from engine_problems import random_problem

from matching import Problem, check, couples_core, solve, verify
from matching.couples_core import Cores
from matching.couples_exact import Program, fewest
from matching.couples_insertion import Insertion, insertion_orders, start
from matching.couples_market import Market, market
from matching.couples_reduction import Reduction, reduced
from matching.indexed import index

NONE_EXISTS: dict[str, Any] = {
    # One single student and one couple at two slots of one place each: somebody always moves.
    "format": "matching-problem/1",
    "students": [{"id": "s", "preferences": [["a"], ["b"]]}, {"id": "p"}, {"id": "q"}],
    "slots": [
        {"id": "a", "preferences": [["p"], ["s"]]},
        {"id": "b", "preferences": [["s"], ["q"]]},
    ],
    "couples": [{"id": "k", "members": ["p", "q"], "preferences": [["a", "b"]]}],
}


def problem_of(seed: int) -> dict[str, Any]:
    rng = random.Random(seed)
    value = random_problem(
        rng,
        couples=True,
        students=rng.choice((5, 6, 7)),
        slots=rng.choice((3, 4)),
        ties=rng.choice((0, 0.4)),
        preassigned=rng.random() < 0.3,
        ineligible=rng.random() < 0.3,
        mode=rng.choice(("single", "multiple")),
    )
    if seed % 2:  # scarce places and full lists: the problems in which couples go in circles
        for entry in value["slots"]:
            entry["capacity"] = max(1, entry["capacity"] - 1) if value.get("preassigned") else 1
            entry["then_any"] = True
    return value


def judge_one(seed: int) -> int:
    """Returns the fewest blocking pairs."""
    value = problem_of(seed)
    try:
        problem = Problem.from_dict(value)
    except ValueError:  # scarcer places than preassigned students
        return 0
    judge = Judge(value, strict=True)
    least = min(len(judge.blocking(found)) for found in judge.matchings())
    result = solve(problem, "couples")
    blocking = judge.blocking(dict(result.assignment))
    assert len(blocking) == least == result.bound
    assert result.optimal
    assert set(result.blocking_pairs) == set(blocking)
    assert verify(problem, result, refined=True) == blocking
    assert result.statistics["stable"] == ("none exists" if least else "found")
    assert check(problem, result).holds
    judge_program(problem, least)
    return least


def judge_program(problem: Problem, least: int) -> None:
    """The integer program alone, whatever insertion found."""
    given = market(index(problem))
    units = range(len(given.options))
    for allowed in (0, 1, 2):
        answer = fewest(given, allowed, units if allowed else (), None)
        assert answer.proved
        assert (answer.chosen is not None) == (least <= allowed)
        if answer.chosen is not None:
            assert len(given.blocking(answer.chosen)) == least
        else:
            assert answer.bound == allowed + 1
    shares = [fewest(given, 1, units[share::3], None).chosen for share in range(3)]
    assert any(found is not None for found in shares) == (least <= 1)
    judge_cores(given, least)


def judge_cores(given: Market, least: int) -> None:
    """One blocking pair by way of cores, from a matching with a few of them."""
    if not any(given.options):
        return
    run = Insertion(given, start(given), mend=True)
    run.run(insertion_orders(given)[0])
    answer = Cores(given, run.chosen, None).one()
    assert answer.proved
    assert (answer.chosen is not None) == (least <= 1)
    if answer.chosen is not None:
        assert least <= len(given.blocking(answer.chosen)) <= 1
    else:
        assert answer.bound == 2


def judge_some_units(seed: int) -> bool:
    """The program asked about a few units only has an answer iff some matching lets none of them block;
    what the market's reductions cut, which asks everybody, is put back. Returns whether it has one."""
    value = problem_of(seed)
    try:
        problem = Problem.from_dict(value)
    except ValueError:
        return True
    given = market(index(problem))
    units = [unit for unit, options in enumerate(given.options) if options]
    hard = set(random.Random(seed).sample(units, (len(units) + 1) // 2))
    names = {_unit_name(problem, unit) for unit in hard}
    judge = Judge(value, strict=True)
    possible = any(
        not names.intersection(pair[0] for pair in judge.blocking(found)) for found in judge.matchings()
    )
    everything = [
        [n for n, option in enumerate(options) if _fits(given, option)] for options in given.options
    ]
    free = frozenset(range(len(given.options))).difference(hard)
    answer = Program(given, everything, 0, frozenset(), free).solve(None)
    assert answer.proved
    assert (answer.chosen is not None) == possible
    if answer.chosen is not None:
        assert not hard.intersection(unit for unit, _ in given.blocking(answer.chosen))
    return possible


def _unit_name(problem: Problem, unit: int) -> str:
    n = len(problem.students)
    return problem.students[unit].id if unit < n else problem.couples[unit - n].id


def _fits(given: Market, option: tuple[tuple[int, int], ...]) -> bool:
    slots = [slot for _, slot in option]
    return all(given.indexed.capacity[slot] >= slots.count(slot) for slot in slots)


def run(seeds: range) -> list[int]:
    found = []
    for seed in seeds:
        try:
            found.append(judge_one(seed))
        except Exception as error:
            raise AssertionError(f"seed {seed}") from error
    return found


def test_a_slice_against_enumeration() -> None:
    found = run(range(250))
    assert any(found), "some of these problems must have no stable matching"


def test_a_slice_of_programs_about_some_units() -> None:
    for seed in range(120):
        try:
            judge_some_units(seed)
        except Exception as error:
            raise AssertionError(f"seed {seed}") from error


def test_cores_ask_share_by_share(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small problems are one share each unless shares are smaller still."""
    monkeypatch.setattr(couples_core, "_SHARE", 2)
    least = Counter[int]()
    for seed in range(150):
        try:
            problem = Problem.from_dict(problem_of(seed))
        except ValueError:
            continue
        judge = Judge(problem_of(seed), strict=True)
        fewest_here = min(len(judge.blocking(found)) for found in judge.matchings())
        least[fewest_here] += 1
        judge_cores(market(index(problem)), fewest_here)
    assert least[1], "some of these problems must have no stable matching"


def test_what_is_cut_for_many_units_is_cut_for_some_of_them() -> None:
    cut = 0
    for seed in range(150):
        try:
            given = market(index(Problem.from_dict(problem_of(seed))))
        except ValueError:
            continue
        units = range(len(given.options))
        for deletions in (1, 2):
            whole = Reduction(given, deletions, units)
            before = [list(numbers) for numbers in whole.alive]
            for share in range(3):
                alive = whole.narrowed(units[share::3]).alive
                assert alive == reduced(given, deletions, units[share::3]), f"seed {seed}"
                cut += alive != before
            assert whole.alive == before
    assert cut, "fewer soft units must mean fewer options somewhere"


def test_three_markets_in_one_need_three_blocking_pairs() -> None:
    """More than striking out pairs of options can reach."""
    parts: dict[str, list[Any]] = {"students": [], "slots": [], "couples": []}
    for copy in "123":
        for part, entries in parts.items():
            entries.extend(_renamed(NONE_EXISTS[part], copy))
    problem = Problem.from_dict({"format": NONE_EXISTS["format"], **parts})
    result = solve(problem, "couples")
    assert (len(result.blocking_pairs), result.bound, result.optimal) == (3, 3, True)
    assert verify(problem, result) == list(result.blocking_pairs)


def _renamed(value: Any, copy: str) -> Any:
    if isinstance(value, str):
        return value + copy
    if isinstance(value, list):
        return [_renamed(entry, copy) for entry in value]
    return {key: _renamed(entry, copy) for key, entry in value.items()}


@pytest.mark.full
@pytest.mark.parametrize("share", range(10))
def test_against_enumeration(share: int) -> None:
    run(range(share * 1_000, (share + 1) * 1_000))


def test_none_exists_is_proved_and_the_one_blocking_pair_is_named() -> None:
    problem = Problem.from_dict(NONE_EXISTS)
    result = solve(problem, "couples")
    assert result.statistics["stable"] == "none exists"
    assert (len(result.blocking_pairs), result.bound, result.optimal) == (1, 1, True)
    assert result.statistics["orders"] == 64
    assert verify(problem, result) == list(result.blocking_pairs)


def test_the_order_of_the_file_changes_nothing() -> None:
    rng = random.Random(5)
    for seed in range(40):
        value = problem_of(2 * seed)
        first = dict(solve(Problem.from_dict(value), "couples").assignment)
        if Judge(value, strict=True).blocking(first):
            continue  # proved fewest, but which one is the integer program's choice
        for part in ("students", "slots", "couples"):
            rng.shuffle(value[part])
        assert dict(solve(Problem.from_dict(value), "couples").assignment) == first


def test_without_couples_it_is_student_optimal() -> None:
    value = {**NONE_EXISTS, "couples": []}
    problem = Problem.from_dict(value)
    assert dict(solve(problem, "couples").assignment) == dict(solve(problem).assignment)


def test_an_expired_limit_is_honest() -> None:
    problem = Problem.from_dict(NONE_EXISTS)
    result = solve(problem, "couples", time_limit=0.0)
    assert result.bound is not None
    assert result.bound <= len(result.blocking_pairs)
    assert result.optimal == (result.bound == len(result.blocking_pairs))
    assert check(problem, result).holds


def judge_minimums(seed: int) -> int:
    """The closures as told by the judge: emptiest first, each after a matching with the fewest blocking
    pairs among the open slots. Returns how many slots closed."""
    rng = random.Random(seed)
    value = problem_of(2 * seed)
    for entry in value["slots"]:
        entry["minimum"] = rng.randint(0, entry["capacity"])
    problem = Problem.from_dict(value)
    result = solve(problem, "couples")
    assert check(problem, result).holds, check(problem, result).failures
    judge = Judge(value, strict=True)
    closed = frozenset(entry.slot for entry in result.closed)
    possible = [found for found in judge.matchings() if closed.isdisjoint(found.values())]
    least = min(len(judge.blocking(found, closed)) for found in possible)
    blocking = judge.blocking(dict(result.assignment), closed)
    assert len(blocking) == len(result.blocking_pairs) == least
    filled = Counter(result.assignment.values())
    kept = {slot for _, slot in value.get("preassigned", [])}
    for entry in value["slots"]:
        if filled[entry["id"]] < entry["minimum"]:
            assert entry["id"] in closed | kept
    return sum(1 for entry in result.closed if entry.had)


def test_minimums_close_slots_before_couples_are_judged() -> None:
    closures = [judge_minimums(seed) for seed in range(200)]
    assert any(closures)


def test_without_time_there_are_no_integer_programs() -> None:
    result = solve(Problem.from_dict(NONE_EXISTS), "couples", time_limit=0)
    assert (result.statistics["stable"], result.bound, result.optimal) == ("unknown", 0, False)
    assert result == solve(Problem.from_dict(NONE_EXISTS), "couples", time_limit=0)
