"""Student-optimal over arrays: the buffers around :mod:`matching.kernel`. Solver side."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from matching.arrays import Arrays
from matching.compiled import compiled, worthwhile
from matching.kernel import BLOCK, LONG, propose, transpose

_NARROW = np.iinfo(np.int32).max  # up to so many entries their positions fit 32 bits: half the memory to miss


def student_optimal(
    arrays: Arrays, *, fast: bool | None = None, longest_searched: int = LONG
) -> npt.NDArray[np.int32]:
    """Slot of each student, int32, -1 for none: the same whether compiled or not.

    O(total length of the lists); buffers of 24 bytes a student and 8 a slot, and 8 an entry of the slots'
    lists longer than ``longest_searched``.

    Parameters
    ----------
    arrays : Arrays
    fast : bool, optional
        Compiled or plain; by default compiled where numba is installed and the problem is large enough.
    longest_searched : int
        Slots' lists up to this length are searched, longer ones transposed once.
    """
    if fast is None:
        fast = worthwhile(len(arrays.student_indices))
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
        np.empty(BLOCK, np.int32),
        matched,
        np.empty(n, np.int32 if len(arrays.student_indices) <= _NARROW else np.int64),
        *(np.empty(size, np.int32) for size in (m, m, n, n)),
    )
    return matched


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
        [],
        matched,
        [0] * n,
        *([0] * size for size in (m, m, n, n)),
    )
    return np.array(matched, np.int32)
