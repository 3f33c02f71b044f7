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
        fast = worthwhile(find_blocking, len(arrays.student_indices))
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
        np.zeros(arrays.n_students, np.int64),
        np.zeros(room + 1, np.int32),
        np.zeros(room + 1, np.int32),
    ]
    if fast:
        count = compiled(find_blocking)(*buffers)
    else:
        buffers = [buffer.tolist() for buffer in buffers]
        count = find_blocking(*buffers)
    return int(count), list(map(int, buffers[-2])), list(map(int, buffers[-1]))


def find_blocking(
    student_indptr: Any,
    student_indices: Any,
    slot_indptr: Any,
    slot_indices: Any,
    capacity: Any,
    matched: Any,
    held: Any,
    signs: Any,
    students: Any,
    slots: Any,
) -> int:
    """Count blocking pairs and write as many as the buffers, less one entry, have room for.

    ``held`` has a zero for each slot, ``signs`` one for each student. A student's sign has bit j mod 64 set
    for every slot j that they want at least as much as their place: where the bit is clear the list need not
    be read, which nearly always saves a cache miss. Negative: a violation, its student or slot at the head
    of the buffers.
    """
    for i in range(len(matched)):
        now = matched[i]
        listed = now < 0
        sign = 0
        for e in range(student_indptr[i], student_indptr[i + 1]):
            wanted = student_indices[e]
            sign |= 1 << (wanted & 63)
            if wanted == now:
                listed = True
                break
        if not listed:
            students[0] = i
            return -2
        signs[i] = sign
        if now >= 0:
            held[now] += 1
    found = 0
    for j in range(len(capacity)):
        missing = held[j]
        if missing > capacity[j]:
            slots[0] = j
            return -1
        # Down to where a student would be taken: the worst holder, or everybody while there is room.
        full = missing == capacity[j]
        bit = j & 63
        p = slot_indptr[j]
        end = slot_indptr[j + 1]
        while p < end and (missing > 0 or not full):
            i = slot_indices[p]
            p += 1
            if (signs[i] >> bit) & 1 == 0:
                continue
            now = matched[i]
            if now == j:
                missing -= 1
                continue
            e = student_indptr[i]
            last = student_indptr[i + 1]
            while e < last and student_indices[e] != now and student_indices[e] != j:
                e += 1
            if e < last and student_indices[e] == j:
                if found < len(students) - 1:
                    students[found] = i
                    slots[found] = j
                found += 1
        if missing > 0:
            slots[0] = j
            return -3
    return found
