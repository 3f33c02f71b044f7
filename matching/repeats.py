"""Find a row that repeats an entry, in one pass. Runs plainly and compiled; see :mod:`matching.compiled`."""

from __future__ import annotations

from typing import Any


def first_repeat(indptr: Any, indices: Any, seen: Any) -> int:
    """The position of the first entry that its row already has, or -1.

    ``seen`` is a buffer with a -1 for every value an index may take.
    """
    for row in range(len(indptr) - 1):
        for position in range(indptr[row], indptr[row + 1]):
            if seen[indices[position]] == row:
                return position
            seen[indices[position]] = row
    return -1
