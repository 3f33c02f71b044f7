"""What if the problem were another one: solve it, from the old state where that is exact, and compare.

Continuing is exact where the change only adds competition, for then whoever was refused stays refused: more
students, or fewer places at a slot of its own or at a facility. Anything else is solved from the beginning.
So is a tighter quota, or fewer places at one slot of a facility: both leave room for somebody else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from matching.deferred_acceptance import propose
from matching.entities import Facility, Ineligible, Slot, Tiers
from matching.indexed import Indexed, index
from matching.objectives import solve
from matching.problem import Problem
from matching.result import Outcome, Result


class Change(NamedTuple):
    """One student whose slot differs; a student only one of the problems has is unplaced in the other."""

    student: str
    before: str | None
    after: str | None


@dataclass(frozen=True)
class Difference:
    """The result of the changed problem and who fares otherwise in it.

    Attributes
    ----------
    result : Result
        The same, byte for byte, as solving the changed problem from the beginning.
    changes : tuple of Change
        By student id.
    continued : bool
        Whether the old state was continued.
    """

    result: Result
    changes: tuple[Change, ...]
    continued: bool


def what_if(problem: Problem, result: Result, changed: Problem) -> Difference:
    """Solve ``changed`` for the objective of ``result``, with its lottery, and compare.

    Continuing costs as many proposals as students who are displaced make, after reading both problems.

    Examples
    --------
    >>> from matching import Problem, solve, what_if
    >>> value = {
    ...     "format": "matching-problem/1",
    ...     "students": [{"id": "s1", "preferences": [["a"], ["b"]]}],
    ...     "slots": [{"id": "a", "preferences": [["s1"]]}, {"id": "b", "then_any": True}],
    ... }
    >>> before = Problem.from_dict(value)
    >>> value["slots"][0]["capacity"] = 0
    >>> what_if(before, solve(before), Problem.from_dict(value)).changes
    (Change(student='s1', before='a', after='b'),)
    """
    lottery = result.lottery
    old = problem.replace(seed=lottery.seed, mode=lottery.mode)
    new = changed.replace(seed=lottery.seed, mode=lottery.mode)
    continued = result.objective == "student-optimal" and _only_competition(old, new)
    found = _continue(new, result) if continued else solve(new, result.objective, **result.options)
    return Difference(found, _changes(result.assignment, found.assignment), continued)


def _changes(before: Mapping[str, str | None], after: Mapping[str, str | None]) -> tuple[Change, ...]:
    everybody = sorted({*before, *after})
    pairs = [Change(name, before.get(name), after.get(name)) for name in everybody]
    return tuple(change for change in pairs if change.before != change.after)


def _continue(problem: Problem, result: Result) -> Result:
    indexed = index(problem)
    return Result.of(
        problem, "student-optimal", {}, Outcome(propose(indexed, start=_positions(indexed, result)))
    )


def _positions(indexed: Indexed, result: Result) -> list[int]:
    """Where each student stands in their list: newcomers at its head, the unplaced behind its end."""
    slot_of = {slot.id: j for j, slot in enumerate(indexed.problem.slots)}
    start = []
    for student, wishes in zip(indexed.problem.students, indexed.student_slots, strict=True):
        if student.id not in result.assignment:
            start.append(0)
            continue
        slot = result.assignment[student.id]
        start.append(wishes.index(slot_of[slot]) if slot is not None and wishes else len(wishes))
    return start


def _only_competition(old: Problem, new: Problem) -> bool:
    """Whether everybody refused in the old problem is surely refused in the new one."""
    if old.couples or new.couples or any(slot.minimum for slot in (*old.slots, *new.slots)):
        return False
    students = {student.id: student for student in new.students}
    known = {student.id for student in old.students}
    return (
        all(students.get(student.id) == student for student in old.students)
        and _tighter_slots(old, new, known)
        and _tighter_facilities(old.facilities, new.facilities, known)
        and _added(old.ineligible, new.ineligible, known)
        and set(old.preassigned) <= set(new.preassigned)
        and all(pair in old.preassigned or pair[0] not in known for pair in new.preassigned)
    )


def _added(old: tuple[Ineligible, ...], new: tuple[Ineligible, ...], known: set[str]) -> bool:
    """The same pairs among those who were there before; newcomers may have any."""
    before = {entry[:2] for entry in old}
    return before == {entry[:2] for entry in new if entry.student in known}


def _tighter_slots(old: Problem, new: Problem, known: set[str]) -> bool:
    """A slot of a facility must keep its places: fewer there leave the facility more for its other slots."""
    now = {slot.id: slot for slot in new.slots}
    owned = {name for facility in old.facilities for name in facility.slots}
    return len(old.slots) == len(new.slots) and all(
        slot.id in now
        and _tighter(slot, now[slot.id], known)
        and (slot.id not in owned or slot.capacity == now[slot.id].capacity)
        for slot in old.slots
    )


def _tighter_facilities(old: tuple[Facility, ...], new: tuple[Facility, ...], known: set[str]) -> bool:
    now = {facility.id: facility for facility in new}
    return len(old) == len(new) and all(
        facility.id in now
        and set(facility.slots) == set(now[facility.id].slots)
        and _tighter(facility, now[facility.id], known)
        for facility in old
    )


def _tighter(old: Slot | Facility, new: Slot | Facility, known: set[str]) -> bool:
    return (
        new.capacity <= old.capacity
        and new.then_any == old.then_any
        and _among(new.preferences, known) == _among(old.preferences, known)
        and new.quota == old.quota
    )


def _among(tiers: Tiers, known: set[str]) -> list[set[str]]:
    return [kept for kept in ({name for name in tier if name in known} for tier in tiers) if kept]
