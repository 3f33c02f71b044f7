"""Single students and couples as one kind of unit: what :mod:`matching.couples` and its two methods share.

A unit is a student with a list, or a couple. Its options are sets of contracts (student, slot), best first:
one contract for a student, one or two for a couple. Imports the indexed problem only.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field

from matching.indexed import UNPLACED, Indexed

Contract = tuple[int, int]  # student, slot
Option = tuple[Contract, ...]


@dataclass(frozen=True)
class Market:
    """Units 0 … n-1 are the students of that number, n … n+k-1 the couples.

    ``unit_of[i]`` is the unit a student belongs to; ``naming[i][j]`` lists the options of that unit in which
    student i is at slot j, best first.
    """

    indexed: Indexed
    options: list[list[Option]]
    unit_of: list[int]
    members: list[tuple[int, ...]]
    naming: list[dict[int, list[int]]] = field(repr=False)

    @property
    def singles(self) -> range:
        return range(self.indexed.n_students)

    @property
    def couples(self) -> range:
        return range(self.indexed.n_students, len(self.options))

    def slots_of(self, chosen: Sequence[int]) -> list[int]:
        """Slot of each student when unit u has its option ``chosen[u]`` (its number of options: none)."""
        slot_of = list(self.indexed.fixed)
        for unit, number in enumerate(chosen):
            if number < len(self.options[unit]):
                for student, slot in self.options[unit][number]:
                    slot_of[student] = slot
        return slot_of

    def blocking(self, chosen: Sequence[int]) -> list[tuple[int, int]]:
        """(unit, option) of everything that blocks, by the strict order of the slots."""
        held = self.holders(chosen)
        return [
            (unit, number)
            for unit, options in enumerate(self.options)
            for number in range(min(chosen[unit], len(options)))
            if self.takes(held, unit, number, chosen[unit])
        ]

    def holders(self, chosen: Sequence[int]) -> list[list[int]]:
        """The ranks of the students each slot holds, best first; preassigned ones are outside of it."""
        held: list[list[int]] = [[] for _ in self.indexed.capacity]
        for unit, number in enumerate(chosen):
            if number < len(self.options[unit]):
                for student, slot in self.options[unit][number]:
                    held[slot].append(self.indexed.slot_rank[slot][student])
        for ranks in held:
            ranks.sort()
        return held

    def takes(self, held: list[list[int]], unit: int, number: int, present: int) -> bool:
        """Whether every slot of the option would choose its student once the unit has left its places."""
        option = self.options[unit][number]
        ranks = self.indexed.slot_rank
        room = self.indexed.capacity
        if unit < self.indexed.n_students:
            ((student, slot),) = option
            mine = held[slot]
            return len(mine) < room[slot] or (room[slot] > 0 and ranks[slot][student] < mine[-1])
        leaving = self.options[unit][present] if present < len(self.options[unit]) else ()
        for student, slot in option:
            rank = ranks[slot][student]
            ahead = bisect_left(held[slot], rank)
            ahead -= sum(at == slot and ranks[slot][member] < rank for member, at in leaving)
            ahead += sum(
                at == slot and ranks[slot][member] < rank for member, at in option if member != student
            )
            if ahead >= room[slot]:
                return False
        return True


def market(indexed: Indexed) -> Market:
    """List every unit's options."""
    options: list[list[Option]] = [
        [((student, slot),) for slot in slots] for student, slots in enumerate(indexed.student_slots)
    ]
    unit_of = list(range(indexed.n_students))
    members: list[tuple[int, ...]] = [(student,) for student in unit_of]
    for couple in indexed.couples:
        for student in couple.members:
            unit_of[student] = len(options)
        members.append(couple.members)
        options.append([_option(couple.members, pair) for pair in couple.preferences])
    naming: list[dict[int, list[int]]] = [{} for _ in range(indexed.n_students)]
    for unit in options:
        for number, option in enumerate(unit):
            for student, slot in option:
                naming[student].setdefault(slot, []).append(number)
    return Market(indexed, options, unit_of, members, naming)


def _option(members: tuple[int, int], pair: tuple[int, int]) -> Option:
    return tuple((i, j) for i, j in zip(members, pair, strict=True) if j != UNPLACED)
