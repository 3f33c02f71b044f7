"""A market with ties kept: what the objectives on weakly stable matchings work on. Solver side: never
imports the verifier.

Students are renumbered by the draw H(0x00, student) and slots by id, so that nothing computed from a market
depends on the order of a file.
"""

from __future__ import annotations

from collections.abc import Sequence

from matching.hashing import Tag, seeded
from matching.indexed import UNPLACED, Indexed

NEVER = 1 << 60  # a tier worse than every tier


class Market:
    """Mutually acceptable pairs and the tiers they stand in, preassigned students and their places set aside.

    Attributes
    ----------
    wish : list of dict
        ``wish[i]``: slot to 0-based tier in the list of student i, best first; within a tier in the order of
        the draw H(0x01, student, slot).
    rank : list of dict
        ``rank[j]``: student to 0-based tier in the list of slot j, best first; within a tier in the order of
        the lottery.
    capacity : list of int
        Places that preassigned students leave.
    students, slots : list of int
        The numbers they have in the :class:`Indexed` it was made from.
    """

    def __init__(self, indexed: Indexed) -> None:
        students, slots = indexed.problem.students, indexed.problem.slots
        draws = [seeded(indexed.seed, Tag.STUDENT, student.id) for student in students]
        self.students = sorted(range(indexed.n_students), key=draws.__getitem__)
        self.slots = sorted(range(indexed.n_slots), key=lambda j: slots[j].id)
        student_number = {old: new for new, old in enumerate(self.students)}
        slot_number = {old: new for new, old in enumerate(self.slots)}
        self.wish: list[dict[int, int]] = [
            {
                slot_number[j]: tier
                for j, tier in zip(indexed.student_slots[i], indexed.student_tiers[i], strict=True)
            }
            for i in self.students
        ]
        self.rank: list[dict[int, int]] = [
            {
                student_number[i]: tier
                for i, tier in zip(indexed.slot_students[j], indexed.slot_tiers[j], strict=True)
            }
            for j in self.slots
        ]
        self.capacity = [indexed.capacity[j] for j in self.slots]
        self._fixed = indexed.fixed

    @property
    def preassigned(self) -> int:
        """How many students are preassigned."""
        return sum(slot != UNPLACED for slot in self._fixed)

    def drop(self, student: int, slot: int) -> None:
        """Forget a pair: sound only where it can neither be matched nor block, see
        :mod:`matching.reductions`."""
        del self.wish[student][slot]
        del self.rank[slot][student]

    def tiers(self, student: int) -> list[list[int]]:
        """The student's remaining slots, tier by tier."""
        found: dict[int, list[int]] = {}
        for slot, tier in self.wish[student].items():
            found.setdefault(tier, []).append(slot)
        return list(found.values())

    def holders(self, matching: Sequence[int]) -> list[list[int]]:
        """The students at each slot."""
        found: list[list[int]] = [[] for _ in self.rank]
        for student, slot in enumerate(matching):
            if slot != UNPLACED:
                found[slot].append(student)
        return found

    def cutoffs(self, holders: Sequence[Sequence[int]]) -> list[int]:
        """For each slot the worst tier it holds, or :data:`NEVER` where a place is free: it would take
        exactly the students of better tiers."""
        return [
            max((rank[i] for i in held), default=-1) if len(held) >= places else NEVER
            for held, places, rank in zip(holders, self.capacity, self.rank, strict=True)
        ]

    def is_stable(self, matching: Sequence[int]) -> bool:
        """Whether the matching is weakly stable: O(number of pairs)."""
        holders = self.holders(matching)
        if any(len(held) > places for held, places in zip(holders, self.capacity, strict=True)):
            return False
        cutoffs = self.cutoffs(holders)
        for student, present in enumerate(matching):
            wish = self.wish[student]
            reached = NEVER if present == UNPLACED else wish[present]
            if any(t < reached and self.rank[j][student] < cutoffs[j] for j, t in wish.items()):
                return False
        return True

    def slot_of(self, matching: Sequence[int]) -> list[int]:
        """The matching in the numbers of the problem, preassigned students included."""
        found = list(self._fixed)
        for student, slot in enumerate(matching):
            if slot != UNPLACED:
                found[self.students[student]] = self.slots[slot]
        return found


def placed(matching: Sequence[int]) -> int:
    return sum(slot != UNPLACED for slot in matching)
