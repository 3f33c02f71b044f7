"""Repair of a released result: displaced students get places that are still open, and nobody else moves.

A released round is never solved again; whoever lost a place looks for another among what is left, in their
own order. Everybody else is held where they are, by preassigning them in a problem made for the purpose.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from matching.entities import Student, Tiers
from matching.errors import MatchingError, quoted
from matching.objectives import solve
from matching.problem import Problem
from matching.result import Result


@dataclass(frozen=True)
class Repair:
    """Where everybody is after a repair.

    Attributes
    ----------
    assignment : mapping of student id to slot id or None
        Of all students of the problem; whoever was not displaced is where they were.
    placed : mapping of student id to slot id
        The displaced who found a place.
    unplaced : tuple of str
        The displaced who did not: they go first in clearing.
    """

    assignment: Mapping[str, str | None]
    placed: Mapping[str, str]
    unplaced: tuple[str, ...]


def displaced(problem: Problem, result: Result) -> tuple[str, ...]:
    """Who cannot stay where the result put them, now that the problem is this one; in the order of the
    problem.

    Where a capacity or a quota shrank, those with the lowest priority go, equal ones by the result's
    lottery. Whoever is at a slot that is gone, or that became ineligible, goes too. Preassigned students
    always stay.

    Examples
    --------
    >>> from matching import Problem, displaced, solve
    >>> value = {
    ...     "format": "matching-problem/1",
    ...     "students": [{"id": "s1", "preferences": [["a"]]}, {"id": "s2", "preferences": [["a"]]}],
    ...     "slots": [{"id": "a", "capacity": 2, "preferences": [["s2"], ["s1"]]}],
    ... }
    >>> released = solve(Problem.from_dict(value))
    >>> value["slots"][0]["capacity"] = 1
    >>> displaced(Problem.from_dict(value), released)
    ('s1',)
    """
    drawn = _with_lottery(problem, result)
    slots = {slot.id for slot in problem.slots}
    fixed = dict(problem.preassigned)
    students = []
    holders = []
    for student in drawn.students:
        slot = result.assignment.get(student.id)
        stays = slot is not None and student.id not in fixed
        wishes = ((slot,),) if stays and slot in slots else ()
        students.append(student._replace(preferences=wishes))
        holders += [student.id] if stays else []
    settled = solve(_trimmed(drawn, students, drawn.preassigned)).assignment
    return tuple(name for name in holders if settled[name] is None)


def repair(
    problem: Problem, result: Result, students: Iterable[str], *, closed: Collection[str] = ()
) -> Repair:
    """Place ``students``, who have lost their places, over places still open; nobody else moves.

    Among the displaced it is student-optimal: a place that several of them want goes by the slot's
    priority, then by the result's lottery. Slots that the result closed stay closed. A member of a couple
    looks through the couple's pairs that leave the partner where they are, in the couple's order.

    Parameters
    ----------
    problem : Problem
        As it is now: capacities, eligibility, slots.
    result : Result
        What was released.
    students : iterable of str
        The displaced, for example from :func:`displaced`. They may hold no place any more.
    closed : collection of str
        Further slots that take nobody, such as one whose facility withdrew.

    Raises
    ------
    MatchingError
        If one of them is unknown or preassigned, or if both members of a couple are among them: their list
        of pairs cannot be split silently.
    ProblemError
        If those who stay no longer fit; displace first.

    Examples
    --------
    >>> from matching import Problem, repair, solve
    >>> problem = Problem.from_dict({
    ...     "format": "matching-problem/1",
    ...     "students": [{"id": "s1", "preferences": [["a"], ["b"]]}, {"id": "s2", "preferences": [["b"]]}],
    ...     "slots": [{"id": "a", "then_any": True}, {"id": "b", "capacity": 2, "then_any": True}],
    ... })
    >>> dict(repair(problem, solve(problem), ["s1"], closed=["a"]).assignment)
    {'s1': 'b', 's2': 'b'}
    """
    drawn = _with_lottery(problem, result)
    moving = _movable(drawn, students)
    gone = {*closed, *(closure.slot for closure in result.closed)}
    beside = _beside_partners(drawn, result, moving)
    kept, now = [], []
    for student in drawn.students:
        slot = result.assignment.get(student.id)
        if student.id in moving:
            wishes = beside.get(student.id, student.preferences)
            tiers = (tuple(name for name in tier if name not in gone) for tier in wishes)
            now.append(student._replace(preferences=tuple(filter(None, tiers))))
        else:
            now.append(student._replace(preferences=()))
            kept += [(student.id, slot)] if slot is not None else []
    found = solve(_trimmed(drawn, now, tuple(kept))).assignment
    placed = {name: slot for name, slot in found.items() if name in moving and slot is not None}
    return Repair(
        assignment=found,
        placed=MappingProxyType(placed),
        unplaced=tuple(name for name in found if name in moving and found[name] is None),
    )


def _with_lottery(problem: Problem, result: Result) -> Problem:
    return problem.replace(seed=result.lottery.seed, mode=result.lottery.mode)


def _movable(problem: Problem, students: Iterable[str]) -> set[str]:
    known = {student.id for student in problem.students}
    fixed = {student for student, _ in problem.preassigned}
    moving = set(students)
    for name in sorted(moving):
        if name not in known:
            raise MatchingError(f"unknown student {quoted(name)}")
        if name in fixed:
            raise MatchingError(f"student {quoted(name)} is preassigned and is not moved by a repair")
    for couple in problem.couples:
        if moving.issuperset(couple.members):
            raise MatchingError(f"both members of couple {quoted(couple.id)} moved; their list is not split")
    return moving


def _beside_partners(problem: Problem, result: Result, moving: Collection[str]) -> dict[str, Tiers]:
    """What a displaced member of a couple may still take: the pairs in which the partner stays."""
    found: dict[str, Tiers] = {}
    for couple in problem.couples:
        for side, member in enumerate(couple.members):
            if member in moving:
                stays = result.assignment.get(couple.members[1 - side])
                pairs = [pair for pair in couple.preferences if pair[1 - side] == stays]
                found[member] = tuple((slot,) for pair in pairs if (slot := pair[side]) is not None)
    return found


def _trimmed(problem: Problem, students: list[Student], preassigned: tuple[tuple[str, str], ...]) -> Problem:
    """The problem with other lists and without what a repair doesn't ask again: minimums, couples, kept
    pairs."""
    kept = set(preassigned)
    barred = [entry for entry in problem.ineligible if (entry.student, entry.slot) not in kept]
    trimmed = problem.entities._replace(
        students=tuple(students),
        slots=tuple(slot._replace(minimum=0) for slot in problem.slots),
        couples=(),
        preassigned=preassigned,
        ineligible=tuple(barred),
    )
    return Problem.from_dict(Problem(trimmed).to_dict())
