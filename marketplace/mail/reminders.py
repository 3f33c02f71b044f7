"""Which reminder of several is due. Pure."""

from __future__ import annotations


def step(days_left: int, steps: tuple[int, ...]) -> int | None:
    """The reminder that is due: the latest step reached, None before the first and after the end.

    >>> [step(n, (60, 30, 7)) for n in (61, 60, 31, 30, 8, 7, 0, -1)]
    [None, 60, 60, 30, 30, 7, 7, None]
    """
    return min((s for s in steps if days_left <= s), default=None) if days_left >= 0 else None
