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

LONG: Final = 128  # from this length on a slot's list is transposed instead of searched
BLOCK: Final = (
    64  # proposals looked ahead; reading their rows first lets the processor overlap the cache misses
)


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
    wishes: Any,
    matched: Any,
    following: Any,
    limit: Any,
    count: Any,
    queue: Any,
    spare: Any,
) -> int:
    """Propose in first-in-first-out rounds until nobody is left who can; returns a sum that means nothing.

    Parameters
    ----------
    student_indptr, student_indices, slot_indptr, slot_indices : lists in CSR form, best first
    capacity : places of each slot
    start, rows, positions : what :func:`transpose` made of the lists longer than ``shortest``
    wishes : buffer as long as rows shall be touched ahead; empty when running plainly, where it gains nothing
    matched, following, queue, spare : buffers, one entry per student
    limit, count : buffers, one entry per slot

    Notes
    -----
    ``matched[i]`` is the slot that holds student i, -1 for none. ``limit[j]`` is the position in j's list
    from which on everybody is refused. The sum keeps the compiler from dropping the reads that look ahead.
    """
    block = len(wishes)
    waiting = 0
    for i in range(len(matched)):
        matched[i] = -1
        following[i] = student_indptr[i]
        if student_indptr[i] < student_indptr[i + 1]:
            queue[waiting] = i
            waiting += 1
    for j in range(len(capacity)):
        count[j] = 0
        limit[j] = slot_indptr[j + 1] - slot_indptr[j] if capacity[j] > 0 else 0
    touched = 0
    while waiting > 0:
        later = 0
        for k in range(waiting):
            if block > 0 and k % block == 0:
                last = min(k + block, waiting)
                for ahead in range(k, last):
                    wishes[ahead - k] = student_indices[following[queue[ahead]]]
                for ahead in range(last - k):
                    j = wishes[ahead]
                    if limit[j] > 0:
                        first = slot_indptr[j]
                        touched += slot_indices[first] + slot_indices[first + limit[j] - 1]
            i = queue[k]
            j = student_indices[following[i]]
            following[i] += 1
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
                    p = positions[low]
            else:
                p = 0
                while p < end and slot_indices[first + p] != i:
                    p += 1
            if p >= end:
                if following[i] < student_indptr[i + 1]:
                    spare[later] = i
                    later += 1
                continue
            matched[i] = j
            if count[j] == capacity[j]:
                worst = slot_indices[first + end]
                matched[worst] = -1
                if following[worst] < student_indptr[worst + 1]:
                    spare[later] = worst
                    later += 1
            else:
                count[j] += 1
                if count[j] < capacity[j]:
                    continue
            end -= 1
            while matched[slot_indices[first + end]] != j:
                end -= 1
            limit[j] = end
        queue, spare = spare, queue
        waiting = later
    return touched
