"""Slot-proposing deferred acceptance, facilities included. Solver side: never imports the verifier.

Slots, and facilities on behalf of their slots, offer places from the top of their lists and students keep
the best offer. Every slot gets the best students that any stable matching of the strict problem gives it
[1]_; with facilities this is the lecturer-optimal matching of SPA-S [2]_.

References
----------
.. [1] A. E. Roth, "The college admissions problem is not equivalent to the marriage problem", 1985,
Theorem 3.
.. [2] D. J. Abraham, R. W. Irving and D. F. Manlove, "Two algorithms for the Student-Project Allocation
problem",
   2007, algorithm SPA-lecturer.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from matching.indexed import UNPLACED, Indexed
from matching.result import Outcome


def slot_optimal(indexed: Indexed, options: Mapping[str, Any]) -> Outcome:
    """Best for every slot, or for every facility.

    Without facilities O(total length of the lists); a facility walks its list again whenever it loses a
    student."""
    return Outcome(_Offers(indexed).run())


class _Offers:
    def __init__(self, indexed: Indexed) -> None:
        self._indexed = indexed
        self._slot_of = list(indexed.fixed)
        self._wish = [
            {slot: place for place, slot in enumerate(slots)} for slots in indexed.student_slots
        ]  # position of each slot in a student's list
        self._room = list(indexed.capacity)
        self._facility_room = list(indexed.facility_capacity)
        self._next = [0] * indexed.n_slots
        self._orders = [_facility_order(indexed, f) for f in range(len(indexed.facility_capacity))]

    def run(self) -> list[int]:
        alone = [j for j in range(self._indexed.n_slots) if self._indexed.facility_of[j] < 0]
        waiting = [(j, True) for j in alone] + [(f, False) for f in range(len(self._orders))]
        while waiting:
            holder, is_slot = waiting.pop()
            losers = self._offer_slot(holder) if is_slot else self._offer_facility(holder)
            for slot in losers:
                facility = self._indexed.facility_of[slot]
                waiting.append((slot, True) if facility < 0 else (facility, False))
        return self._slot_of

    def _offer_slot(self, slot: int) -> list[int]:
        """Offer places down the list until the slot is full; return the slots that lost somebody."""
        students = self._indexed.slot_students[slot]
        losers = []
        while self._room[slot] and self._next[slot] < len(students):
            student = students[self._next[slot]]
            self._next[slot] += 1
            if self._prefers(student, slot):
                losers += self._move(student, slot)
        return losers

    def _offer_facility(self, facility: int) -> list[int]:
        """One offer: to its first student who likes one of its slots with room better than what they have."""
        if not self._facility_room[facility]:
            return []
        for student, slots in self._orders[facility]:
            for slot in slots:
                if not self._prefers(student, slot):
                    break
                if self._room[slot]:
                    return [slot, *self._move(student, slot)]
        return []

    def _prefers(self, student: int, slot: int) -> bool:
        wish = self._wish[student]
        if slot not in wish:
            return False
        present = self._slot_of[student]
        return present == UNPLACED or wish[slot] < wish[present]

    def _move(self, student: int, slot: int) -> list[int]:
        left = self._slot_of[student]
        self._take(slot, -1)
        self._slot_of[student] = slot
        if left == UNPLACED:
            return []
        self._take(left, 1)
        return [left]

    def _take(self, slot: int, places: int) -> None:
        self._room[slot] += places
        facility = self._indexed.facility_of[slot]
        if facility >= 0:
            self._facility_room[facility] += places


def _facility_order(indexed: Indexed, facility: int) -> list[tuple[int, list[int]]]:
    """The facility's students, best first, each with its slots in the student's order."""
    ranks: dict[int, int] = {}
    for slot, owner in enumerate(indexed.facility_of):
        if owner == facility:
            ranks.update(indexed.slot_rank[slot])
    return [
        (student, [j for j in indexed.student_slots[student] if indexed.facility_of[j] == facility])
        for student in sorted(ranks, key=ranks.__getitem__)
    ]
