"""Student-proposing deferred acceptance over every feature but couples. Solver side: never imports the
verifier.

Each slot, or facility with its slots, chooses greedily by priority within its bounds. The bounds nest (a
value's quota within a slot within a facility), so the choice is that of a matroid: it is substitutable,
the order of the proposals doesn't matter, and the outcome is best for every student among all stable
matchings of the strict problem after the lottery [1]_ [2]_.

References
----------
.. [1] D. Gale and L. S. Shapley, "College Admissions and the Stability of Marriage", 1962, Theorem 2.
.. [2] J. W. Hatfield and P. R. Milgrom, "Matching with Contracts", 2005, Theorems 1 and 3.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Collection, Mapping, Sequence
from heapq import heappush, heappushpop
from typing import Any

from matching.entities import Quota
from matching.indexed import UNPLACED, Indexed
from matching.minimums import settle
from matching.result import Outcome

_Contract = tuple[int, int, int]  # rank, student, slot: sorts by priority


def student_optimal(indexed: Indexed, options: Mapping[str, Any]) -> Outcome:
    """Best for every student; slots below their minimum are closed one by one.

    O(total length of the lists × log capacity) without quotas or facilities, for each closure once more.
    """
    slot_of: list[int] = []

    def match(shut: Collection[int]) -> list[int]:
        slot_of[:] = propose(indexed, shut)
        return slot_of

    closed, statistics = settle(indexed, match)
    return Outcome(slot_of, closed=closed, statistics=statistics)


def propose(indexed: Indexed, shut: Collection[int] = (), *, start: Sequence[int] | None = None) -> list[int]:
    """One student-proposing run; slots in ``shut`` refuse everybody.

    Parameters
    ----------
    start : sequence of int, optional
        The position in each student's list to begin at, where every earlier slot is known to refuse the
        student.

    Returns
    -------
    list of int
        The slot of each student, -1 for none.
    """
    n = indexed.n_students
    slot_of = list(indexed.fixed)
    ranks = indexed.slot_rank
    bounded = _bounded(indexed)
    room = [0 if j in shut else places for j, places in enumerate(indexed.capacity)]
    held: list[list[int]] = [[] for _ in room]  # heaps of student - rank * n: whoever is worst sits on top
    asking = [iter(slots) for slots in indexed.student_slots]
    if start is not None:
        asking = [iter(slots[k:]) for slots, k in zip(indexed.student_slots, start, strict=True)]
    for first in range(n):
        student = first
        while student >= 0:
            slot = next(asking[student], UNPLACED)
            if slot == UNPLACED:
                break
            rank = ranks[slot][student]
            if slot in bounded:
                student = student if slot in shut else bounded[slot].offer(rank, student, slot, slot_of)
            elif room[slot]:
                room[slot] -= 1
                heappush(held[slot], student - rank * n)
                slot_of[student] = slot
                break
            else:  # without a place the heap is empty and gives back what it is given
                worst = heappushpop(held[slot], student - rank * n) % n
                if worst != student:
                    slot_of[student] = slot
                    slot_of[worst] = UNPLACED
                    student = worst
    return slot_of


def _bounded(indexed: Indexed) -> dict[int, _Bounded]:
    """The slots that have more to heed than a capacity."""
    slots, facilities = indexed.problem.slots, indexed.problem.facilities
    shared = [_Bounded(indexed, f) for f in range(len(facilities))]
    found = {j: shared[f] for j, f in enumerate(indexed.facility_of) if f >= 0}
    for j, slot in enumerate(slots):
        if slot.quota and j not in found:
            found[j] = _Bounded(indexed, None, slot=j)
    return found


class _Bounded:
    """A facility, or one slot with a quota: keeps its contracts sorted and chooses greedily at each offer."""

    def __init__(self, indexed: Indexed, facility: int | None, *, slot: int = -1) -> None:
        problem = indexed.problem
        mine = [slot] if facility is None else [j for j, f in enumerate(indexed.facility_of) if f == facility]
        self._types = [student.types for student in problem.students]
        self._contracts: list[_Contract] = []
        # Every bound as counter key -> room; preassigned students have already taken theirs.
        self._room: dict[tuple[int, str], int] = {(j, ""): indexed.capacity[j] for j in mine}
        self._quotas: dict[int, Quota] = {}
        for j in mine:
            self._add_quota(indexed, j, problem.slots[j].quota, {j})
        if facility is not None:
            self._room[-1, ""] = indexed.facility_capacity[facility]
            self._add_quota(indexed, -1, problem.facilities[facility].quota, set(mine))

    def _add_quota(self, indexed: Indexed, holder: int, quota: Quota | None, slots: set[int]) -> None:
        if quota is None:
            return
        self._quotas[holder] = quota
        for value, bound in quota.maximum.items():
            self._room[holder, f"={value}"] = bound
        for student, slot in enumerate(indexed.fixed):
            if slot in slots:
                key = (holder, f"={self._types[student][quota.type]}")
                if key in self._room:
                    self._room[key] -= 1

    def offer(self, rank: int, student: int, slot: int, slot_of: list[int]) -> int:
        insort(self._contracts, (rank, student, slot))
        slot_of[student] = slot
        room = dict(self._room)
        for index, (_, held, at) in enumerate(self._contracts):
            keys = self._keys(held, at)
            if any(room[key] == 0 for key in keys):
                del self._contracts[index]
                slot_of[held] = UNPLACED
                return held  # one more contract never costs a matroid's greedy choice more than one
            for key in keys:
                room[key] -= 1
        return -1

    def _keys(self, student: int, slot: int) -> list[tuple[int, str]]:
        """The counters that a contract uses up."""
        keys = [(slot, "")]
        if (-1, "") in self._room:
            keys.append((-1, ""))
        for holder in (slot, -1):
            quota = self._quotas.get(holder)
            if quota is not None:
                key = (holder, f"={self._types[student][quota.type]}")
                if key in self._room:
                    keys.append(key)
        return keys
