"""Minimum cohorts: match, close the slot that is emptiest for its minimum, match again. Solver side.

One rule for every objective that takes ``minimum``; a slot that somebody is preassigned to stays open.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, NamedTuple

from matching.hashing import Tag, seeded
from matching.indexed import Indexed
from matching.result import Closure


class Settled(NamedTuple):
    """What :class:`matching.result.Outcome` says of minimums."""

    closed: list[Closure]
    statistics: dict[str, Any]


def settle(
    indexed: Indexed,
    match: Callable[[Collection[int]], list[int]],
    blocked: Callable[[], Collection[int]] = frozenset,
) -> Settled:
    """Call ``match`` with the slots that are shut, more and more of them, until no open slot may close.

    The slots of the last call's answer are the outcome. Never reopens a slot. An empty slot need not be shut,
    as nobody would go there; but where a couple blocks the last answer there (``blocked``) it is.
    """
    closed: list[Closure] = []
    shut: set[int] = set()
    while True:
        under = _under_minimum(indexed, match(frozenset(shut)))
        wanted = blocked()
        victim = _next_closure(indexed, {j: had for j, had in under.items() if had or j in wanted}, shut)
        if victim is None:
            break
        shut.add(victim)
        slot = indexed.problem.slots[victim]
        closed.append(Closure(slot.id, slot.minimum, under[victim]))
    slots = indexed.problem.slots
    empty = [
        Closure(slots[j].id, slots[j].minimum, 0) for j, had in under.items() if not had and j not in shut
    ]
    flagged = [Closure(slots[j].id, slots[j].minimum, had) for j, had in under.items() if had]
    statistics = {"below_minimum": [entry._asdict() for entry in sorted(flagged)]} if flagged else {}
    return Settled(closed + sorted(empty), statistics)


def _under_minimum(indexed: Indexed, slot_of: list[int]) -> dict[int, int]:
    """Slots with fewer students than their minimum, and how many they have, preassigned ones included."""
    slots = indexed.problem.slots
    watched = {j: 0 for j, slot in enumerate(slots) if slot.minimum}
    if watched:
        for j in slot_of:
            if j in watched:
                watched[j] += 1
    return {j: had for j, had in watched.items() if had < slots[j].minimum}


def _next_closure(indexed: Indexed, under: Mapping[int, int], shut: Collection[int]) -> int | None:
    """The slot with the smallest filled/minimum, compared without division; equal ones by H(0x03, slot)."""
    kept = set(indexed.fixed)
    slots = indexed.problem.slots
    best: int | None = None
    for j, had in under.items():
        if j in kept or j in shut:
            continue
        if best is None:
            best = j
            continue
        mine, other = had * slots[best].minimum, under[best] * slots[j].minimum
        if mine < other or (mine == other and _closure_draw(indexed, j) < _closure_draw(indexed, best)):
            best = j
    return best


def _closure_draw(indexed: Indexed, slot: int) -> int:
    return seeded(indexed.seed, Tag.CLOSURE, indexed.problem.slots[slot].id)
