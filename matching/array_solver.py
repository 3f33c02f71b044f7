"""Student-optimal over arrays: the buffers around :mod:`matching.kernel`. Solver side."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from matching.arrays import Arrays
from matching.compiled import compiled, worthwhile
from matching.kernel import AHEAD, LONG, propose, transpose

_NARROW = np.iinfo(np.int32).max


def student_optimal(
    arrays: Arrays, *, fast: bool | None = None, longest_searched: int = LONG
) -> npt.NDArray[np.int32]:
    """Slot of each student, int32, -1 for none: the same whether compiled or not.

    O(total length of the lists); buffers of 16 bytes a student, 8 a slot and 1 an entry of the slots' lists,
    8 more where a list is longer than ``longest_searched``.

    Parameters
    ----------
    arrays : Arrays
    fast : bool, optional
        Compiled or plain; by default compiled where numba is installed and the problem is large enough.
    longest_searched : int
        Slots' lists up to this length are searched, longer ones transposed once.
    """
    if fast is None:
        fast = worthwhile(propose, len(arrays.student_indices))
    return _compiled(arrays, longest_searched) if fast else _plain(arrays, longest_searched)


def _compiled(arrays: Arrays, shortest: int) -> npt.NDArray[np.int32]:
    n, m = arrays.n_students, arrays.n_slots
    turn, run = compiled(transpose), compiled(propose)
    lists = (arrays.slot_indptr, arrays.slot_indices)
    nothing = np.empty(0, np.int32)
    total = turn(np.empty(0, np.int64), nothing, nothing, *lists, shortest)
    start = np.zeros(n + 2 if total else 0, np.int64)
    rows, positions = np.empty(total, np.int32), np.empty(total, np.int32)
    turn(start, rows, positions, *lists, shortest)
    matched = np.empty(n, np.int32)
    run(
        arrays.student_indptr,
        arrays.student_indices,
        *lists,
        arrays.capacity,
        start,
        rows,
        positions,
        shortest,
        AHEAD,
        matched,
        np.empty(n, _width(arrays.student_indices)),
        np.empty(n, np.int32),
        np.empty(n, np.int32),
        np.empty(m, _width(arrays.slot_indices)),
        np.empty(m, np.int32),
        np.zeros(len(arrays.slot_indices), np.int8),
    )
    return matched


def _width(entries: npt.NDArray[np.int32]) -> type[np.signedinteger[Any]]:
    """What holds a position among the entries: 32 bits where they fit, half the memory to miss."""
    return np.int32 if len(entries) <= _NARROW else np.int64


def _plain(arrays: Arrays, shortest: int) -> npt.NDArray[np.int32]:
    n, m = arrays.n_students, arrays.n_slots
    lists = (arrays.slot_indptr.tolist(), arrays.slot_indices.tolist())
    total = transpose([], [], [], *lists, shortest)
    start, rows, positions = [0] * (n + 2), [0] * total, [0] * total
    transpose(start, rows, positions, *lists, shortest)
    matched = [0] * n
    propose(
        arrays.student_indptr.tolist(),
        arrays.student_indices.tolist(),
        *lists,
        arrays.capacity.tolist(),
        start,
        rows,
        positions,
        shortest,
        0,
        matched,
        [0] * n,
        [0] * n,
        [0] * n,
        [0] * m,
        [0] * m,
        bytearray(len(lists[1])),
    )
    return np.array(matched, np.int32)
