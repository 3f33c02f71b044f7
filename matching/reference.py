"""The verifier's own naive deferred acceptance: slow, short, and from the problem's lists alone.

Recomputes what a student-optimal result must be, minimum closures included. Never imports a solver.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from fractions import Fraction

from matching.choice import PREASSIGNED, Chooser, Contract
from matching.hashing import Tag, seeded
from matching.levels import Level, Levels
from matching.problem import Problem
from matching.result import Closure


def student_optimal(problem: Problem) -> tuple[dict[str, str | None], list[Closure]]:
    """The assignment by student id and the closures, in order, then the slots with a minimum that stayed
    empty."""
    view = Levels(problem, refined=True)
    kept = {slot for _, slot in problem.preassigned}
    closures: list[Closure] = []
    while True:
        assignment = _propose(view, {closure.slot for closure in closures})
        places = Counter(assignment.values())
        short = [
            Closure(slot.id, slot.minimum, places[slot.id])
            for slot in problem.slots
            if places[slot.id] < slot.minimum
        ]
        candidates = [entry for entry in short if entry.had and entry.slot not in kept]
        if not candidates:
            gone = {closure.slot for closure in closures}
            return assignment, closures + sorted(
                entry for entry in short if not entry.had and entry.slot not in gone
            )
        seed = problem.lottery.seed
        closures.append(
            min(
                candidates,
                key=lambda entry: (
                    Fraction(entry.had, entry.minimum),
                    seeded(seed, Tag.CLOSURE, entry.slot),
                ),
            )
        )


def _propose(view: Levels, closed: Collection[str]) -> dict[str, str | None]:
    """Everybody unplaced proposes to their next slot; each slot or facility chooses again; until nobody
    can."""
    chooser = Chooser(view.problem)
    lists = {
        student.id: [
            (slot, priority)
            for slot, _ in sorted(view.wishes(student), key=_level)
            if slot not in closed
            for priority in [view.priority(slot, student.id)]
            if priority is not None
        ]
        for student in view.problem.students
    }
    held: dict[str, list[Contract]] = {}
    for student, slot in view.problem.preassigned:
        held.setdefault(chooser.holder(slot), []).append(Contract(PREASSIGNED, False, student, slot))
    free = [student for student, wishes in lists.items() if wishes]
    while free:
        student = free.pop()
        if not lists[student]:
            continue
        slot, priority = lists[student].pop(0)
        contracts = held.setdefault(chooser.holder(slot), [])
        contracts.append(Contract(priority, False, student, slot))
        chosen = chooser.choose(contracts)
        free += [contract.student for contract in contracts if contract not in chosen]
        contracts[:] = chosen
    assignment: dict[str, str | None] = dict.fromkeys((s.id for s in view.problem.students), None)
    for contracts in held.values():
        for contract in contracts:
            assignment[contract.student] = contract.slot
    return assignment


def _level(wish: tuple[str, Level]) -> Level:
    return wish[1]


def below_minimum(problem: Problem, assignment: Mapping[str, str | None]) -> list[Closure]:
    """Slots that stay open below their minimum because somebody is preassigned there; by id."""
    places = Counter(assignment.values())
    kept = {slot for _, slot in problem.preassigned}
    return sorted(
        Closure(slot.id, slot.minimum, places[slot.id])
        for slot in problem.slots
        if slot.id in kept and places[slot.id] < slot.minimum
    )
