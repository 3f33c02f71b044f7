"""Every reason that is told agrees with an independent recomputation, at both levels, and tells no more."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterable

import pytest

from marketplace.results.reasons import Level, Told, Why, tell
from matching import Problem, solve
from tests.results.generated import round_file
from tests.results.plain_reasons import Line, Plain


def line(told: Told) -> Line:
    assert told.slot is not None and told.partners is None
    return told.slot, told.why.value, told.cause, told.higher, told.equal


def compare(seeds: Iterable[int]) -> Counter[str]:
    """Every student of these rounds at both levels; how often each reason was told."""
    seen: Counter[str] = Counter()
    for seed in seeds:
        problem = Problem.from_dict(round_file(seed))
        result = solve(problem)
        plain = Plain(problem.to_dict(), dict(result.assignment), {closure.slot for closure in result.closed})
        for student in problem.students:
            for detailed in (False, True):
                found = [
                    line(told) for told in tell(problem, result, student.id, level=Level(detailed=detailed))
                ]
                assert found == plain.told(student.id, detailed=detailed), (seed, student.id, detailed)
                seen.update(why if detailed else f"coarse {why}" for _s, why, *_rest in found)
                seen["counted"] += sum(1 for told in found if told[3] is not None)
    return seen


TOLD_OF_SINGLES = frozenset(Why) - {Why.PARTNER, Why.UNSTABLE, Why.SLOT_GONE, Why.NOT_APPLIED}


def test_reasons_agree_with_the_definitions() -> None:
    """A slice of the thousand rounds below; together they tell every reason there is."""
    seen = compare(range(60))
    assert {why for why in TOLD_OF_SINGLES if not seen[why.value]} == set()


@pytest.mark.full
def test_reasons_of_1000_rounds_agree_with_the_definitions() -> None:
    seen = compare(range(1000))
    print(f"reasons compared: {sum(seen.values())}, {dict(seen)}")
    assert seen["counted"] > 10


def test_the_coarse_level_never_tells_tier_from_lottery() -> None:
    seen = compare(range(20))
    assert seen["coarse outranked"] and not seen["coarse higher"] and not seen["coarse drawn"]


@pytest.mark.parametrize("capacity", [1, 4, 5])
def test_finer_reasons_need_five_places(capacity: int) -> None:
    """Seven of one tier want the places: a lottery; told as such from five places on."""
    names = [f"s{i}" for i in range(7)]
    students = [{"id": name, "preferences": [["h"]]} for name in names]
    slots = [{"id": "h", "capacity": capacity, "preferences": [names]}]
    problem = Problem.from_dict({"format": "matching-problem/1", "students": students, "slots": slots})
    result = solve(problem)
    left = [name for name in names if result.assignment[name] is None]
    told = {t for name in left for t in tell(problem, result, name, level=Level(detailed=True))}
    expected = Why.DRAWN if capacity >= 5 else Why.OUTRANKED
    assert told == {Told("h", 1, expected)}, "and no count, for none stands higher"


def test_counts_are_told_only_where_both_are_five_or_more() -> None:
    for higher, shown in ((4, (None, None)), (5, (5, 5)), (6, (None, None))):
        names = [f"s{i}" for i in range(16)]
        students = [{"id": name, "preferences": [["h"]]} for name in names]
        slots = [{"id": "h", "capacity": 10, "preferences": [names[:higher], names[higher:]]}]
        problem = Problem.from_dict({"format": "matching-problem/1", "students": students, "slots": slots})
        result = solve(problem)
        left = next(name for name in names if result.assignment[name] is None)
        (told,) = tell(problem, result, left, level=Level(detailed=True))
        assert (told.why, told.higher, told.equal) == (Why.DRAWN, *shown)


def test_nothing_told_can_hold_a_name_or_a_number_of_the_lottery() -> None:
    """What is told has fields for the student's own places and two counts, and no others."""
    assert {f.name for f in dataclasses.fields(Told)} == {
        "slot",
        "rank",
        "why",
        "partners",
        "cause",
        "higher",
        "equal",
    }
