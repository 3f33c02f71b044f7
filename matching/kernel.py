"""The kernel of student-proposing deferred acceptance over CSR lists: one source for lists and for arrays.

It runs plainly on Python lists, and compiled on numpy arrays where numba is installed. Written for both:
no numpy calls, no slices, every buffer made by the caller. Solver side; only :mod:`matching.array_solver`
imports it.

No rank table is built, for building one costs more than solving. A slot's list is searched only up to its
cutoff, the position of its worst holder once it is full, and a cutoff only ever moves up. Long lists are
transposed once, so that a position is a binary search among the student's own entries.
"""

from __future__ import annotations

from typing import Any, Final

from matching.prefetch import prefetch

LONG: Final = 128  # from this length on a slot's list is transposed instead of searched
AHEAD: Final = 8  # proposals between the steps of looking ahead, so that cache misses overlap


def transpose(
    start: Any, rows: Any, positions: Any, slot_indptr: Any, slot_indices: Any, shortest: int
) -> int:
    """Turn slots' lists longer than ``shortest`` around: for each student the slots and their positions
    there.

    ``start`` has n_students + 2 zeros; afterwards entries ``start[i]`` to ``start[i + 1]`` are student
    i's, by slot. Returns the number of entries; with ``rows`` empty it only counts. O(total length).
    """
    total = 0
    for j in range(len(slot_indptr) - 1):
        if slot_indptr[j + 1] - slot_indptr[j] > shortest:
            total += slot_indptr[j + 1] - slot_indptr[j]
    if total == 0 or len(rows) == 0:
        return total
    for j in range(len(slot_indptr) - 1):
        if slot_indptr[j + 1] - slot_indptr[j] > shortest:
            for e in range(slot_indptr[j], slot_indptr[j + 1]):
                start[slot_indices[e] + 2] += 1
    for i in range(2, len(start)):
        start[i] += start[i - 1]
    for j in range(len(slot_indptr) - 1):
        if slot_indptr[j + 1] - slot_indptr[j] > shortest:
            for e in range(slot_indptr[j], slot_indptr[j + 1]):
                at = start[slot_indices[e] + 1]
                start[slot_indices[e] + 1] = at + 1
                rows[at] = j
                positions[at] = e - slot_indptr[j]
    return total


def propose(
    student_indptr: Any,
    student_indices: Any,
    slot_indptr: Any,
    slot_indices: Any,
    capacity: Any,
    start: Any,
    rows: Any,
    positions: Any,
    shortest: int,
    ahead: int,
    matched: Any,
    following: Any,
    queue: Any,
    spare: Any,
    limit: Any,
    room: Any,
    held: Any,
) -> int:
    """Propose in first-in-first-out rounds until nobody is left who can; returns the number of rounds.

    Parameters
    ----------
    student_indptr, student_indices, slot_indptr, slot_indices : lists in CSR form, best first
    capacity : places of each slot
    start, rows, positions : what :func:`transpose` made of the lists longer than ``shortest``
    ahead : how many proposals apart the steps of looking ahead are; 0 when running plainly
    matched, following, queue, spare : buffers, one entry per student
    limit, room : buffers, one entry per slot
    held : zeros, one for each entry of the slots' lists

    Notes
    -----
    ``limit[j]`` is the position in the lists from which on slot j refuses everybody: the end of its row
    while it has room, then its worst holder. ``held[p]`` is set where the student of position p was taken
    and, before the limit, still is. Marks stand beside each other where the worst holder is looked for, so
    nothing is read at random there; ``matched[i]``, the slot that holds student i or -1, is written at the
    end.
    """
    for i in range(len(matched)):
        matched[i] = -1
        following[i] = student_indptr[i]
        queue[i] = i
    for j in range(len(capacity)):
        room[j] = capacity[j]
        limit[j] = slot_indptr[j + 1] if capacity[j] > 0 else slot_indptr[j]
    waiting = len(matched)
    entries = len(student_indices)
    rounds = 0
    while waiting > 0:
        rounds += 1
        later = 0
        for k in range(waiting):
            if ahead > 0:
                if k + 4 * ahead < waiting:
                    prefetch(following, queue[k + 4 * ahead])
                    prefetch(student_indptr, queue[k + 4 * ahead] + 1)
                if k + 3 * ahead < waiting:
                    prefetch(student_indices, following[queue[k + 3 * ahead]])
                if k + 2 * ahead < waiting:
                    wish = following[queue[k + 2 * ahead]]
                    if wish < entries:
                        j = student_indices[wish]
                        prefetch(slot_indptr, j)
                        prefetch(limit, j)
                        prefetch(room, j)
                if k + ahead < waiting:
                    wish = following[queue[k + ahead]]
                    if wish < entries:
                        j = student_indices[wish]
                        prefetch(slot_indices, slot_indptr[j])
                        prefetch(slot_indices, slot_indptr[j] + 16)
                        prefetch(slot_indices, limit[j])
                        prefetch(held, slot_indptr[j])
            i = queue[k]
            wish = following[i]
            if wish == student_indptr[i + 1]:
                continue
            following[i] = wish + 1
            j = student_indices[wish]
            first = slot_indptr[j]
            end = limit[j]
            if slot_indptr[j + 1] - first > shortest:
                low = start[i]
                high = start[i + 1]
                while low < high:
                    middle = (low + high) // 2
                    if rows[middle] < j:
                        low = middle + 1
                    else:
                        high = middle
                p = end
                if low < start[i + 1] and rows[low] == j:
                    p = first + positions[low]
            else:
                p = first
                while p < end and slot_indices[p] != i:
                    p += 1
            if p >= end:
                spare[later] = i
                later += 1
                continue
            held[p] = 1
            if room[j] == 0:
                spare[later] = slot_indices[end]
                later += 1
            else:
                room[j] -= 1
                if room[j] > 0:
                    continue
            end -= 1
            while held[end] == 0:
                end -= 1
            limit[j] = end
        queue, spare = spare, queue
        waiting = later
    for j in range(len(capacity)):
        if capacity[j] > 0:
            end = limit[j] + 1 if room[j] == 0 else limit[j]
            for p in range(slot_indptr[j], end):
                if held[p] != 0:
                    matched[slot_indices[p]] = j
    return rounds
