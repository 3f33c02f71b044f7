"""The objectives ``rank-maximal`` and ``minimum-cost``: what students would get if slots' wishes only decided
who is acceptable. Baselines to compare stable matchings with.

They are **not stable**, reward misreporting, and every blocking pair is declared in the result. A rank is the
1-based tier of the slot in the student's own list; ties stay ties. Solver side: never imports the verifier.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from matching.hashing import lottery_number
from matching.indexed import UNPLACED, Indexed
from matching.result import BlockingPair, Outcome

_BELOW_ALL = 1 << 60  # the tier of being unplaced


def rank_maximal(indexed: Indexed, options: Mapping[str, Any]) -> Outcome:
    """Most first choices, among those most second choices, and so on [1]_.

    O(ranks × total length of the lists × students) at worst. Students are taken in the order of their
    lottery numbers where several matchings have the best profile.

    References
    ----------
    .. [1] R. W. Irving, T. Kavitha, K. Mehlhorn, D. Michail and K. Paluch, "Rank-maximal matchings", 2004.
    """
    graph = _Graph(indexed)
    ranks = 1 + max((tier for tiers in indexed.student_tiers for tier in tiers), default=-1)
    later = [list(zip(s, t, strict=True)) for s, t in zip(*_lists(indexed), strict=True)]
    for rank in range(ranks):
        for student, wishes in enumerate(later):
            graph.edges[student] += [slot for slot, tier in wishes if tier == rank]
        graph.augment()
        even_students, odd_students, even_slots, odd_slots = graph.parities()
        for student, wishes in enumerate(later):
            if student not in even_students:
                wishes.clear()
            wishes[:] = [(slot, tier) for slot, tier in wishes if tier > rank and slot in even_slots]
            graph.edges[student] = [
                slot
                for slot in graph.edges[student]
                if not (student in odd_students and slot not in even_slots)
                and not (slot in odd_slots and student not in even_students)
            ]
    return _declared(indexed, graph.slot_of)


def minimum_cost(indexed: Indexed, options: Mapping[str, Any]) -> Outcome:
    """As many students placed as possible, and of those matchings the smallest sum of ranks.

    A linear program over a network, so that its vertices are matchings. ``bound`` is the sum of ranks, which
    is reproducible; which of several best matchings is found is not promised.
    """
    graph = _Graph(indexed)
    graph.edges = [list(slots) for slots in indexed.student_slots]
    graph.augment()
    placed = sum(slot >= 0 for slot in graph.slot_of)
    slot_of = _cheapest(indexed, placed) if placed else [UNPLACED] * indexed.n_students
    cost = sum(
        indexed.student_tiers[i][indexed.student_slots[i].index(j)] + 1
        for i, j in enumerate(slot_of)
        if j >= 0
    )
    return _declared(indexed, slot_of, bound=cost)


def _lists(indexed: Indexed) -> tuple[list[list[int]], list[list[int]]]:
    return indexed.student_slots, indexed.student_tiers


def _cheapest(indexed: Indexed, placed: int) -> list[int]:
    edges = [
        (i, j, t + 1)
        for i, (slots, tiers) in enumerate(zip(*_lists(indexed), strict=True))
        for j, t in zip(slots, tiers, strict=True)
    ]
    students, slots, cost = (np.array(part) for part in zip(*edges, strict=True))
    columns = np.arange(len(edges))
    ones = np.ones(len(edges))
    at_most = csr_array(
        (np.tile(ones, 2), (np.concatenate((students, indexed.n_students + slots)), np.tile(columns, 2))),
        shape=(indexed.n_students + indexed.n_slots, len(edges)),
    )
    room = np.concatenate((np.ones(indexed.n_students), indexed.capacity))
    everybody = csr_array(ones.reshape(1, -1))
    constraints = [LinearConstraint(at_most, ub=room), LinearConstraint(everybody, lb=placed, ub=placed)]
    found = milp(cost, bounds=Bounds(0, 1), constraints=constraints)
    slot_of = [UNPLACED] * indexed.n_students
    for column in np.flatnonzero(np.asarray(found.x) > 0.5):
        slot_of[int(students[column])] = int(slots[column])
    return slot_of


def _declared(indexed: Indexed, slot_of: Sequence[int], bound: int | None = None) -> Outcome:
    whole = [fixed if fixed >= 0 else mine for fixed, mine in zip(indexed.fixed, slot_of, strict=True)]
    return Outcome(whole, blocking_pairs=_blocking(indexed, slot_of), bound=bound)


def _blocking(indexed: Indexed, slot_of: Sequence[int]) -> list[BlockingPair]:
    """Every pair that blocks in the tied original, where ties favour holders."""
    problem = indexed.problem
    standing = [
        dict(zip(students, tiers, strict=True))
        for students, tiers in zip(indexed.slot_students, indexed.slot_tiers, strict=True)
    ]
    held: list[list[int]] = [[] for _ in indexed.capacity]
    for i, j in enumerate(slot_of):
        if j >= 0:
            held[j].append(standing[j][i])
    found: list[BlockingPair] = []
    for i, (slots, tiers) in enumerate(zip(*_lists(indexed), strict=True)):
        present = tiers[slots.index(slot_of[i])] if slot_of[i] >= 0 else _BELOW_ALL
        for j, tier in zip(slots, tiers, strict=True):
            room = len(held[j]) < indexed.capacity[j]
            if tier < present and (room or standing[j][i] < max(held[j], default=-1)):
                found.append((problem.students[i].id, problem.slots[j].id))
    return found


class _Graph:
    """A bipartite matching that grows: students with edges, slots with room."""

    def __init__(self, indexed: Indexed) -> None:
        ids = [student.id for student in indexed.problem.students]
        self._order = sorted(range(len(ids)), key=lambda i: lottery_number(indexed.seed, ids[i]))
        self._number = {student: number for number, student in enumerate(self._order)}
        self._room = list(indexed.capacity)
        self._guests: list[set[int]] = [set() for _ in self._room]
        self.edges: list[list[int]] = [[] for _ in ids]
        self.slot_of = [UNPLACED] * len(ids)

    def augment(self) -> None:
        """Make the matching as large as the edges allow; who is matched stays matched."""
        for student in self._order:
            if self.slot_of[student] < 0 and self.edges[student]:
                self._place(student)

    def _place(self, student: int) -> None:
        came: dict[int, int] = {}  # slot -> the student who looked at it first
        queue = deque([student])
        while queue:
            asking = queue.popleft()
            for slot in self.edges[asking]:
                if slot in came:
                    continue
                came[slot] = asking
                if len(self._guests[slot]) < self._room[slot]:
                    self._shift(slot, came)
                    return
                queue.extend(sorted(self._guests[slot], key=self._number.__getitem__))

    def _shift(self, slot: int, came: Mapping[int, int]) -> None:
        while slot >= 0:
            asking = came[slot]
            left = self.slot_of[asking]
            self._guests[slot].add(asking)
            self.slot_of[asking] = slot
            if left >= 0:
                self._guests[left].discard(asking)
            slot = left

    def parities(self) -> tuple[set[int], set[int], set[int], set[int]]:
        """Even and odd students, even and odd slots: what alternating paths from the unmatched reach."""
        even_students, odd_slots = self._from_students()
        odd_students, even_slots = self._from_slots()
        return even_students, odd_students, even_slots, odd_slots

    def _from_students(self) -> tuple[set[int], set[int]]:
        students = {i for i, slot in enumerate(self.slot_of) if slot < 0}
        slots: set[int] = set()
        queue = deque(students)
        while queue:
            for slot in self.edges[queue.popleft()]:
                if slot not in slots:
                    slots.add(slot)
                    queue.extend(self._guests[slot] - students)
                    students |= self._guests[slot]
        return students, slots

    def _from_slots(self) -> tuple[set[int], set[int]]:
        wanting: dict[int, list[int]] = {}
        for student, edges in enumerate(self.edges):
            for slot in edges:
                wanting.setdefault(slot, []).append(student)
        slots = {j for j, guests in enumerate(self._guests) if len(guests) < self._room[j]}
        students: set[int] = set()
        queue = deque(slots)
        while queue:
            for student in wanting.get(queue.popleft(), ()):
                students.add(student)
                slot = self.slot_of[student]
                if slot >= 0 and slot not in slots:
                    slots.add(slot)
                    queue.append(slot)
        return students, slots
