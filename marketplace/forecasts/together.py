"""Couples in one draw: both places of a pair, or the next pair. Pure.

Every couple asks for its best pair and for nothing else, and the draw is settled. While one of them has not
got both places it goes on to its next pair without a place that refused one of them, and the draw is settled
anew: what it held by halves is given back. That is how students propose, with two hands; the official match
looks for a stable result by other ways too, so that where couples compete this is near, not the same.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

from marketplace.forecasts.market import Couple

Pair = tuple[int | None, int | None]
Wishes = Sequence[Sequence[int]]


def settle(
    couples: Sequence[Couple], wishes: Wishes, solve: Callable[[Wishes], Sequence[int]], rng: Random
) -> Sequence[int]:
    """Where everybody is, -1 for unplaced; ``solve`` settles the lists it is given."""
    asked = list(wishes)
    left = [list(couple.pairs) for couple in couples]
    for couple, pairs in zip(couples, left, strict=True):
        _ask(asked, couple, pairs)
    turns = list(range(len(couples)))
    rng.shuffle(turns)
    while True:
        slots = solve(asked)
        failing = next((c for c in turns if left[c] and not _has(couples[c], left[c][0], slots)), None)
        if failing is None:
            return slots
        couple, pairs = couples[failing], left[failing]
        left[failing] = [pair for pair in pairs[1:] if not _refused(couple, pairs[0], pair, slots)]
        _ask(asked, couple, left[failing])


def _ask(wishes: list[Sequence[int]], couple: Couple, pairs: Sequence[Pair]) -> None:
    """Ask for the first of these pairs; where none is left for nothing, or for each one's own list."""
    own: tuple[Sequence[int], Sequence[int]] = couple.apart or ((), ())
    for side, member in enumerate(couple.members):
        slot = pairs[0][side] if pairs else None
        wishes[member] = own[side] if not pairs else () if slot is None else (slot,)


def _has(couple: Couple, pair: Pair, slots: Sequence[int]) -> bool:
    return all(slot is None or slots[i] == slot for i, slot in zip(couple.members, pair, strict=True))


def _refused(couple: Couple, failed: Pair, pair: Pair, slots: Sequence[int]) -> bool:
    """Whether a later pair names a place that has just refused the same member."""
    return any(
        slot is not None and slots[i] != slot and later == slot
        for i, slot, later in zip(couple.members, failed, pair, strict=True)
    )
