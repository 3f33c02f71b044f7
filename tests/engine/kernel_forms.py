"""Any problem's strict lists as arrays, and the kernel over them in every form: plain and compiled, lists
searched and transposed, always the same bytes."""

from __future__ import annotations

import importlib.util
import itertools
from collections import Counter

import numpy as np
import numpy.typing as npt
from brute import Assignment, Judge

from matching import InvalidMatching, Problem
from matching.array_check import blocking
from matching.array_solver import student_optimal
from matching.arrays import Arrays

FORMS = [False, True] if importlib.util.find_spec("numba") else [False]


def as_arrays(problem: Problem, strict: Judge, gone: frozenset[str] = frozenset()) -> Arrays:
    """The judge's lists after the lottery; without closed slots, places of the preassigned, and the bounds
    that facilities and quotas set over several slots or some students."""
    number = {name: k for k, name in enumerate(strict.students)}
    position = {name: k for k, name in enumerate(strict.slots)}
    wishes = [sorted(mine, key=mine.__getitem__) for mine in strict.wishes.values()]
    ranked = [sorted(mine, key=mine.__getitem__) for mine in strict.priority.values()]
    taken = Counter(strict.fixed.values())
    lists = Problem.from_arrays(
        *csr([[position[slot] for slot in mine] for mine in wishes]),
        *csr([[number[name] for name in mine] for mine in ranked]),
        [0 if slot.id in gone else slot.capacity - taken[slot.id] for slot in problem.slots],
    ).arrays
    assert lists is not None
    return lists


def csr(rows: list[list[int]]) -> tuple[list[int], list[int]]:
    return [0, *itertools.accumulate(map(len, rows))], [entry for row in rows for entry in row]


def solved_in_every_form(lists: Arrays) -> npt.NDArray[np.int32]:
    found = {
        student_optimal(lists, fast=fast, longest_searched=longest).tobytes()
        for fast in FORMS
        for longest in (128, 1, 0)
    }
    assert len(found) == 1
    slot_of = np.frombuffer(found.pop(), np.int32)
    assert judged_in_every_form(lists, slot_of) == []
    return slot_of


def judged_in_every_form(lists: Arrays, slot_of: npt.NDArray[np.int32]) -> list[tuple[int, int]] | str:
    """Blocking pairs, or why the matching is not allowed."""
    found = [_judged(lists, slot_of, fast=fast) for fast in FORMS]
    assert found[1:] == found[:-1]
    return found[0]


def _judged(lists: Arrays, slot_of: npt.NDArray[np.int32], *, fast: bool) -> list[tuple[int, int]] | str:
    try:
        return blocking(lists, slot_of, fast=fast)
    except InvalidMatching as refused:
        return str(refused)


def spelled_out(problem: Problem, slot_of: npt.NDArray[np.int32]) -> Assignment:
    slots = [slot.id for slot in problem.slots]
    return {
        student.id: slots[j] if j >= 0 else None for student, j in zip(problem.students, slot_of, strict=True)
    }
