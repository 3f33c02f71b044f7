"""Feasibility and blocking pairs over CSR lists: one source for lists and arrays, like the kernel but not
of it.

Verifier side: never imports a solver. It goes by slots where the solver goes by students.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from matching.arrays import Arrays
from matching.compiled import compiled, worthwhile
from matching.errors import InvalidMatching

_REFUSALS = {
    -1: "slot {} holds more than its capacity",
    -2: "student {} is at a slot that is not on their list",
    -3: "slot {} holds a student who is not on its list",
}


def blocking(
    arrays: Arrays, matched: npt.NDArray[np.int32], *, fast: bool | None = None
) -> list[tuple[int, int]]:
    """Blocking pairs as (student, slot), ordered by slot.

    O(total length of the lists), apart from students whom a slot would take: for those their better wishes
    are read.

    Raises
    ------
    InvalidMatching
        At the first violation.
    """
    if matched.shape != (arrays.n_students,):
        raise InvalidMatching([f"{len(matched)} entries for {arrays.n_students} students"])
    if len(matched) and not -1 <= int(matched.min()) <= int(matched.max()) < arrays.n_slots:
        raise InvalidMatching(["a slot index is out of range"])
    if fast is None:
        fast = worthwhile(len(arrays.student_indices))
    room = 0
    while True:
        count, students, slots = _run(arrays, matched, room, fast=fast)
        if count < 0:
            raise InvalidMatching([_REFUSALS[count].format(slots[0] if count != -2 else students[0])])
        if count <= room:
            return list(zip(students[:count], slots[:count], strict=True))
        room = count


def _run(
    arrays: Arrays, matched: npt.NDArray[np.int32], room: int, *, fast: bool
) -> tuple[int, list[int], list[int]]:
    buffers: list[Any] = [
        arrays.student_indptr,
        arrays.student_indices,
        arrays.slot_indptr,
        arrays.slot_indices,
        arrays.capacity,
        np.ascontiguousarray(matched, np.int32),
        np.zeros(arrays.n_slots, np.int32),
        np.zeros(room + 1, np.int32),
        np.zeros(room + 1, np.int32),
        np.zeros(1 if fast and len(arrays.student_indices) else 0, np.int64),
    ]
    if fast:
        count = compiled(find_blocking)(*buffers)
    else:
        buffers = [buffer.tolist() for buffer in buffers]
        count = find_blocking(*buffers)
    return int(count), list(map(int, buffers[-3])), list(map(int, buffers[-2]))


def find_blocking(
    student_indptr: Any,
    student_indices: Any,
    slot_indptr: Any,
    slot_indices: Any,
    capacity: Any,
    matched: Any,
    held: Any,
    students: Any,
    slots: Any,
    sink: Any,
) -> int:
    """Count blocking pairs and write as many as the buffers, less one entry, have room for.

    ``held`` has a zero for each slot. ``sink`` is empty when running plainly; compiled, one entry of it
    takes a sum that means nothing, so that the compiler keeps the reads that look ahead and let cache
    misses overlap. Negative: a violation, its student or slot at the head of the buffers.
    """
    for i in range(len(matched)):
        if matched[i] >= 0:
            e = student_indptr[i]
            while e < student_indptr[i + 1] and student_indices[e] != matched[i]:
                e += 1
            if e == student_indptr[i + 1]:
                students[0] = i
                return -2
            held[matched[i]] += 1
    found = 0
    touched = 0
    last = len(student_indices) - 1
    for j in range(len(capacity)):
        if held[j] > capacity[j]:
            slots[0] = j
            return -1
        # Up to where a student would be taken: the worst holder, or everybody while there is room.
        limit = slot_indptr[j]
        missing = held[j]
        while missing > 0 and limit < slot_indptr[j + 1]:
            if matched[slot_indices[limit]] == j:
                missing -= 1
            limit += 1
        if missing > 0:
            slots[0] = j
            return -3
        if held[j] < capacity[j]:
            limit = slot_indptr[j + 1]
        if len(sink) > 0:
            for p in range(slot_indptr[j], limit):
                touched += student_indices[min(student_indptr[slot_indices[p]], last)]
        for p in range(slot_indptr[j], limit):
            i = slot_indices[p]
            now = matched[i]
            if now == j:
                continue
            e = student_indptr[i]
            end = student_indptr[i + 1]
            while e < end and student_indices[e] != now and student_indices[e] != j:
                e += 1
            if e < end and student_indices[e] == j:
                if found < len(students) - 1:
                    students[found] = i
                    slots[found] = j
                found += 1
    if len(sink) > 0:
        sink[0] = touched
    return found
