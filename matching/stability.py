"""Is this matching allowed, and who would rather deviate? Verifier side: shares no code with any solver.

Imports the problem and the result, never :mod:`matching.indexed` or a solver; import-linter holds that.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from matching.choice import PREASSIGNED, Chooser, Contract
from matching.collector import paused
from matching.entities import Couple, Pair, Student
from matching.errors import InvalidMatching, quoted
from matching.levels import LAST, Level, Levels
from matching.problem import Problem
from matching.result import BlockingPair, Result

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from matching.arrays import Arrays

Assignment = Mapping[str, str | None]
_ROOM: Level = (LAST[0] + 1, 0)  # below whoever is refused


@paused()
def verify(
    problem: Problem,
    result: Result | Assignment | Sequence[int] | npt.NDArray[np.int32],
    *,
    closed: Iterable[str] | None = None,
    refined: bool = False,
) -> list[BlockingPair]:
    """List the blocking pairs of a matching.

    A student and a slot block iff the student strictly prefers the slot to what they have, the slot
    accepts them, and its choice from its holders and the student, ties favouring holders, contains the
    student [1]_. A couple and a pair of slots block iff both slots would choose their member once the
    couple has left its places [2]_.

    Parameters
    ----------
    problem : Problem
    result : Result, mapping of student id to slot id or None, or slot index of each student (-1 = unplaced)
    closed : iterable of str, optional
        Slots that take nobody; by default those the result closed.
    refined : bool
        Judge the strict problem after the lottery instead of the tied original.

    Returns
    -------
    list of tuple
        ``(student, slot)`` or ``(couple, slot or None, slot or None)``, in the order of the problem; empty
        iff stable.

    Raises
    ------
    InvalidMatching
        If it breaks a capacity, a quota, a preassignment, or pairs that don't accept each other.

    References
    ----------
    .. [1] D. J. Abraham, R. W. Irving and D. F. Manlove, "Two algorithms for the Student-Project Allocation
       problem", 2007, for slots of a facility.
    .. [2] P. Biró, R. W. Irving and I. Schlotter, "Stable matching with couples: an empirical study", 2011.
    """
    if problem.arrays is not None and closed is None and not isinstance(result, Mapping):
        return _blocking_arrays(problem, problem.arrays, result)
    assignment = _assignment(problem, result)
    if closed is None:
        closed = [entry.slot for entry in result.closed] if isinstance(result, Result) else ()
    view = Levels(problem, refined=refined)
    broken = violations(view, assignment, frozenset(closed))
    if broken:
        raise InvalidMatching(broken)
    return blocking_pairs(view, assignment, frozenset(closed))


def _blocking_arrays(problem: Problem, arrays: Arrays, result: Any) -> list[BlockingPair]:
    """A strict problem that came as arrays is judged as arrays."""
    import numpy as np

    from matching.array_check import blocking

    if isinstance(result, Result):
        matched = result.__dict__["slot_of"] if "slot_of" in result.__dict__ else result.slots_of(problem)
    else:
        matched = result
    pairs = blocking(arrays, np.asarray(matched, np.int32))
    return [(str(student), str(slot)) for student, slot in sorted(pairs)]


def _assignment(problem: Problem, result: Any) -> Assignment:
    if isinstance(result, Result):
        return result.assignment
    if isinstance(result, Mapping):
        return result
    taken = [int(j) for j in result]
    if len(taken) != len(problem.students):
        raise InvalidMatching([f"{len(taken)} entries for {len(problem.students)} students"])
    slots = [slot.id for slot in problem.slots]
    if any(not -1 <= j < len(slots) for j in taken):
        raise InvalidMatching(["a slot index is out of range"])
    return {
        student.id: slots[j] if j >= 0 else None for student, j in zip(problem.students, taken, strict=True)
    }


def violations(view: Levels, assignment: Assignment, closed: frozenset[str]) -> list[str]:
    """Sentences about what makes the matching infeasible; empty iff it is allowed."""
    problem = view.problem
    declared = {student.id for student in problem.students}
    broken = [f"unknown student {quoted(name)}" for name in assignment if name not in declared]
    broken += [f"no entry for student {quoted(name)}" for name in declared if name not in assignment]
    named = {slot for slot in assignment.values() if slot is not None}
    broken += [f"unknown slot {quoted(slot)}" for slot in named if not view.knows(slot)]
    if broken:
        return sorted(broken)
    return _bad_pairs(view, assignment, closed) + Chooser(problem).violations(
        (student, slot) for student, slot in assignment.items() if slot is not None
    )


def _bad_pairs(view: Levels, assignment: Assignment, closed: frozenset[str]) -> list[str]:
    problem = view.problem
    fixed = dict(problem.preassigned)
    partners = {member for couple in problem.couples for member in couple.members}
    broken = []
    for student in problem.students:
        slot = assignment[student.id]
        if student.id in fixed:
            if slot != fixed[student.id]:
                broken.append(
                    f"student {quoted(student.id)} is not at the preassigned {quoted(fixed[student.id])}"
                )
        elif slot is None:
            continue
        elif slot in closed:
            broken.append(f"student {quoted(student.id)} is at the closed slot {quoted(slot)}")
        elif student.id not in partners and not _mutual(view, student, slot):
            broken.append(f"student {quoted(student.id)} and slot {quoted(slot)} are not acceptable")
    for couple in problem.couples:
        pair = _pair(couple, assignment)
        if pair != (None, None) and not _acceptable(view, couple, pair):
            broken.append(f"couple {quoted(couple.id)} is placed at a pair that is not acceptable")
    return broken


def _mutual(view: Levels, student: Student, slot: str) -> bool:
    listed = (slot,) in student.preferences or any(slot in tier for tier in student.preferences)
    return listed and view.priority(slot, student.id) is not None


def _pair(couple: Couple, assignment: Assignment) -> Pair:
    return assignment[couple.members[0]], assignment[couple.members[1]]


def _acceptable(view: Levels, couple: Couple, pair: Pair) -> bool:
    return pair in couple.preferences and all(
        slot is None or view.priority(slot, member) is not None
        for member, slot in zip(couple.members, pair, strict=True)
    )


def blocking_pairs(view: Levels, assignment: Assignment, closed: frozenset[str]) -> list[BlockingPair]:
    """Of a matching that is known to be allowed."""
    holders = _Holders(view, assignment)
    found: list[BlockingPair] = []
    for student in view.problem.students:
        for wanted in view.preferred(student, assignment[student.id]):
            if wanted not in closed and holders.would_take_one(student.id, wanted):
                found.append((student.id, wanted))
    for couple in view.problem.couples:
        found += _blocking_couple(view, couple, assignment, closed, holders)
    return found


def _blocking_couple(
    view: Levels, couple: Couple, assignment: Assignment, closed: frozenset[str], holders: _Holders
) -> list[BlockingPair]:
    present = _pair(couple, assignment)
    better = couple.preferences
    if present in better:
        better = better[: better.index(present)]
    found: list[BlockingPair] = []
    for pair in better:
        wanted = {m: slot for m, slot in zip(couple.members, pair, strict=True) if slot is not None}
        possible = closed.isdisjoint(wanted.values()) and _acceptable(view, couple, pair)
        if possible and holders.would_take(wanted, leaving=couple.members):
            found.append((couple.id, *pair))
    return found


class _Holders:
    """Who is where, by slot or facility, and whether newcomers would be chosen against them."""

    def __init__(self, view: Levels, assignment: Assignment) -> None:
        self._view = view
        self._capacity = {slot.id: slot.capacity for slot in view.problem.slots}
        self._at: dict[str, list[tuple[Level, str]]] = {name: [] for name in self._capacity}
        fixed = dict(view.problem.preassigned)
        for student, slot in assignment.items():
            if slot is not None:
                level = PREASSIGNED if student in fixed else view.priority(slot, student) or LAST
                self._at[slot].append((level, student))
        self._worst: dict[str, Level] = {}
        self._held: dict[str, list[Contract]] = {}

    @cached_property
    def _chooser(self) -> Chooser:
        return Chooser(self._view.problem)

    def would_take_one(self, student: str, slot: str) -> bool:
        """Whether the slot's holder chooses the student once they have left their own place."""
        level = self._view.priority(slot, student)
        if level is None:
            return False
        worst = self._worst.get(slot) or self._worst_at(slot)
        return level < worst and self.would_take({student: slot}, leaving=())

    def would_take(self, wanted: Mapping[str, str], *, leaving: Sequence[str]) -> bool:
        """Whether each newcomer is chosen by their slot's holder after they and ``leaving`` left their
        places."""
        newcomers = []
        for student, slot in wanted.items():
            level = self._view.priority(slot, student)
            if level is None:
                return False
            newcomers.append(Contract(level, True, student, slot))
        gone = {*wanted, *leaving}
        for holder in {self._chooser.holder(slot) for slot in wanted.values()}:
            coming = [c for c in newcomers if self._chooser.holder(c.slot) == holder]
            held = [c for c in self._contracts(holder) if c.student not in gone]
            chosen = self._chooser.choose(held + coming)
            if any(contract not in chosen for contract in coming):
                return False
        return True

    def _contracts(self, holder: str) -> list[Contract]:
        """Everybody at the slots that choose together, gathered when first asked for."""
        if not self._held:
            for slot, present in self._at.items():
                contracts = self._held.setdefault(self._chooser.holder(slot), [])
                contracts += [Contract(level, False, student, slot) for level, student in present]
        return self._held[holder]

    def _worst_at(self, slot: str) -> Level:
        """The common case without counting: a full slot takes nobody who stands no higher than all in it."""
        present = self._at[slot]
        worst = _ROOM
        if len(present) >= self._capacity[slot]:
            worst = max(present)[0] if present else PREASSIGNED
        self._worst[slot] = worst
        return worst
