"""What a posted ranking means: the order on the page, the numbers typed, an arrow pressed. Pure.

The page posts ``order`` (ids in the order shown), ``rank-ID`` (the number beside each) and at most one of
``move``, ``remove``, ``add``. With JavaScript the numbers already agree with the order; without it they are
how the person reorders.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence


class BadNumber(ValueError):
    """A number field holds no whole number; ``args[0]`` is the row's id."""


def read(order: Sequence[int], numbers: Mapping[int, str]) -> list[int]:
    """Sort the rows by their numbers.

    A row that moved up goes before the row that stands at its new number, a row that moved down after it.

    >>> read([7, 8, 9], {7: "1", 8: "2", 9: "1"})
    [9, 7, 8]
    >>> read([7, 8, 9], {7: "3", 8: "2", 9: "3"})
    [8, 9, 7]
    >>> read([7, 8], {})
    [7, 8]
    """

    def key(position: int, row: int) -> tuple[int, int, int]:
        typed = numbers.get(row, str(position))
        try:
            number = int(typed)
        except ValueError:
            raise BadNumber(row) from None
        direction = (number > position) - (number < position)
        return number, direction, position

    keyed = sorted((key(position, row), row) for position, row in enumerate(order, 1))
    return [row for _, row in keyed]


def move(order: Sequence[int], row: int, direction: str) -> list[int]:
    """Move a row one place ``up`` or ``down``; at the edge nothing changes.

    >>> move([1, 2, 3], 3, "up"), move([1, 2, 3], 1, "up")
    ([1, 3, 2], [1, 2, 3])
    """
    moved = list(order)
    at = moved.index(row)
    to = at - 1 if direction == "up" else at + 1
    if 0 <= to < len(moved):
        moved[at], moved[to] = moved[to], moved[at]
    return moved
