"""Find an entry that is out of range or repeats in its row, in one pass.

Runs plainly and compiled; see :mod:`matching.compiled`.
"""

from __future__ import annotations

from typing import Any, Final

_SMALL: Final = 1024


def seen_size(longest: int, width: int) -> int:
    """How many entries the buffer of :func:`first_fault` needs: a power of two.

    Small enough to stay in the nearest cache where rows are short, and large enough that values seldom
    share an entry.
    """
    wanted = min(width, max(_SMALL, longest * longest // 4))
    return 1 << max(wanted - 1, 0).bit_length()


def first_fault(indptr: Any, indices: Any, seen: Any, width: int) -> int:
    """The position of the first entry outside 0 to ``width - 1``, or that its row already has; -1 for none.

    ``seen`` is filled with -1. Values that share an entry of it, those equal in their last bits, send the
    search back to the row itself.
    """
    mask = len(seen) - 1
    for row in range(len(indptr) - 1):
        first = indptr[row]
        for position in range(first, indptr[row + 1]):
            value = indices[position]
            if value < 0 or value >= width:
                return position
            if seen[value & mask] == row:
                for earlier in range(first, position):
                    if indices[earlier] == value:
                        return position
            seen[value & mask] = row
    return -1
