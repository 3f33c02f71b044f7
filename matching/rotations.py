"""The rotations of a strict problem: all its stable matchings in a small picture. Solver side: never imports
the verifier.

From a stable matching a rotation moves each of some students from a slot's last place to the next slot that
would still have them, in a circle, and the result is stable again: worse for those students, better for the
slots. Every stable matching is the student-optimal one after the rotations of exactly one closed set (with a
rotation also all that must come before it), so the order among rotations is a small picture of all stable
matchings, however many there are [1]_ [2]_. Ties are broken by the lottery first.

References
----------
.. [1] D. Gusfield and R. W. Irving, "The Stable Marriage Problem: Structure and Algorithms", 1989, chapter 3.
.. [2] C. Cheng, E. McDermid and I. Suzuki, "A unified approach to finding good stable matchings in the
   hospitals/residents setting", 2008.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from matching.deferred_acceptance import propose
from matching.indexed import Indexed


class Move(NamedTuple):
    student: int
    left: int  # slot
    taken: int  # slot


@dataclass(frozen=True)
class Rotations:
    """The student-optimal matching, and the rotations in an order in which they can be eliminated.

    ``before[r]`` are rotations that must come before r, enough of them to imply the others; all are smaller
    than r. ``last_rank[j]`` is, for a slot that moves, the rank of its last student at the start and then
    after each of its rotations in turn: ``[(-1, rank), (rotation, rank), …]``.
    """

    indexed: Indexed
    first: list[int]
    moves: list[list[Move]]
    before: list[list[int]]
    last_rank: list[list[tuple[int, int]]] = field(repr=False)

    def matching(self, chosen: Collection[int]) -> list[int]:
        """Slot of each student after the rotations of a closed set."""
        slot_of = list(self.first)
        for number in sorted(chosen):
            for move in self.moves[number]:
                slot_of[move.student] = move.taken
        return slot_of

    def closure(self, chosen: set[int], number: int) -> list[int]:
        """The rotations that ``number`` adds to a closed set, itself included."""
        added, stack = {number}, [number]
        while stack:
            for other in self.before[stack.pop()]:
                if other not in added and other not in chosen:
                    added.add(other)
                    stack.append(other)
        return sorted(added)

    def closed_sets(self) -> Iterator[list[int]]:
        """Every closed set once, the empty one first; memory for one at a time.

        In increasing order a closed set can be built up element by element, and in one way only.
        """
        inside = [False] * len(self.moves)
        chosen: list[int] = []
        following = 0
        yield []
        while True:
            while following < len(inside) and not all(inside[b] for b in self.before[following]):
                following += 1
            if following < len(inside):
                inside[following] = True
                chosen.append(following)
                yield list(chosen)
            elif chosen:
                following = chosen.pop()
                inside[following] = False
            else:
                return
            following += 1


def rotations(indexed: Indexed) -> Rotations:
    """All rotations and their order.

    O(total length of the lists × log capacity): every entry of a student's list is passed once.
    """
    return _Finder(indexed).run()


class _Finder:
    def __init__(self, indexed: Indexed) -> None:
        self._indexed = indexed
        self._slot_of = propose(indexed)
        self._first = list(self._slot_of)
        self._held: list[list[int]] = [[] for _ in indexed.capacity]
        self._place = [0] * indexed.n_students  # of the slot they have, in the student's list
        for student, slots in enumerate(indexed.student_slots):
            if slots and self._slot_of[student] >= 0:
                self._place[student] = slots.index(self._slot_of[student])
                self._held[self._slot_of[student]].append(indexed.slot_rank[self._slot_of[student]][student])
        for held in self._held:
            held.sort()
        self._moves: list[list[Move]] = []
        self._before: list[list[int]] = []
        self._last = [[(-1, held[-1])] if held else [] for held in self._held]

    def run(self) -> Rotations:
        on_path = [-1] * self._indexed.n_slots
        finished = [not self._full(slot) for slot in range(self._indexed.n_slots)]
        path: list[int] = []
        for start in range(self._indexed.n_slots):
            if not finished[start]:
                path.append(start)
                on_path[start] = 0
            while path:
                following = self._next(path[-1])
                if following < 0 or finished[following]:
                    # Nobody can leave this slot any more, so nobody can come to it either.
                    finished[path[-1]] = True
                    on_path[path.pop()] = -1
                elif on_path[following] < 0:
                    on_path[following] = len(path)
                    path.append(following)
                else:
                    circle = path[on_path[following] :]
                    del path[on_path[following] :]
                    for slot in circle:
                        on_path[slot] = -1
                    self._eliminate(circle)
                    if not path:
                        path.append(start)
                        on_path[start] = 0
        return Rotations(self._indexed, self._first, self._moves, self._before, self._last)

    def _full(self, slot: int) -> bool:
        return 0 < self._indexed.capacity[slot] == len(self._held[slot])

    def _worst(self, slot: int) -> int:
        return self._indexed.slot_students[slot][self._held[slot][-1]]

    def _next(self, slot: int) -> int:
        """Where this slot's last student would go, or -1. Passed entries stay passed: slots only improve."""
        student = self._worst(slot)
        slots, place = self._indexed.student_slots[student], self._place[student]
        for other in range(place + 1, len(slots)):
            wanted = slots[other]
            if len(self._held[wanted]) < self._indexed.capacity[wanted]:
                return -1  # the same students in every stable matching: this one would block
            if self._held[wanted] and self._indexed.slot_rank[wanted][student] < self._held[wanted][-1]:
                return wanted
        return -1

    def _eliminate(self, circle: list[int]) -> None:
        number = len(self._moves)
        moves = [
            Move(self._worst(slot), slot, taken)
            for slot, taken in zip(circle, [*circle[1:], circle[0]], strict=True)
        ]
        before: set[int] = set()
        for student, left, taken in moves:
            before.add(self._last[left][-1][0])
            slots = self._indexed.student_slots[student]
            place = self._place[student] + 1
            while slots[place] != taken:
                before.add(self._refused_by(slots[place], student))
                place += 1
            self._place[student] = place
        for student, left, taken in moves:
            self._held[left].pop()
            self._slot_of[student] = taken
        for student, _, taken in moves:
            insort(self._held[taken], self._indexed.slot_rank[taken][student])
        for slot in circle:
            self._last[slot].append((number, self._held[slot][-1]))
        self._moves.append(moves)
        self._before.append(sorted(before - {-1}))

    def _refused_by(self, slot: int, student: int) -> int:
        """The rotation since which the slot has nobody below the student, or -1 if from the start."""
        rank = self._indexed.slot_rank[slot][student]
        history = self._last[slot]
        low, high = 0, len(history) - 1
        while low < high:
            middle = (low + high) // 2
            if history[middle][1] < rank:
                high = middle
            else:
                low = middle + 1
        return history[low][0] if history else -1
