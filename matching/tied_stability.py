"""The objectives ``strong`` and ``super``: stability in which ties count against a matching, where it exists.

A pair (s, x) that is not matched blocks, in the super sense, iff s likes x at least as well as what it has
and x has room or likes s at least as well as its worst holder; in the strong sense, iff moreover one of them
is strictly better off (x with room is). Super-stable matchings are strongly stable, those weakly stable;
either may not exist, and then :class:`matching.NoneExists` says so, proved [1]_ [2]_. The lottery plays no
part. Solver side: never imports the verifier.

References
----------
.. [1] R. W. Irving, D. F. Manlove and S. Scott, "The hospitals/residents problem with ties", 2000.
.. [2] R. W. Irving, D. F. Manlove and S. Scott, "Strong stability in the hospitals/residents problem", 2003.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from matching.errors import NoneExists
from matching.indexed import UNPLACED, Indexed
from matching.result import Outcome

_BELOW_ALL = 1 << 60  # the tier of being unplaced


def super_stable(indexed: Indexed, options: Mapping[str, Any]) -> Outcome:
    """The super-stable matching best for every student. O(total length of the lists × capacity).

    Raises
    ------
    NoneExists
    """
    state = _Provisional(indexed)
    state.propose(state.keep_below_capacity)
    several = any(len(slots) > 1 for slots in state.slots)
    return _proved(state, {} if several else {i: min(s) for i, s in enumerate(state.slots) if s}, several, 0)


def strongly_stable(indexed: Indexed, options: Mapping[str, Any]) -> Outcome:
    """A strongly stable matching that no student likes less than any other such matching.

    O(total length of the lists × students): a bipartite matching for each set of students too many.

    Raises
    ------
    NoneExists
    """
    state = _Provisional(indexed)
    while True:
        state.propose(state.keep_undominated)
        rivalry = _Rivalry(state)
        crowded = rivalry.crowded_slots()
        if not crowded:
            return _proved(state, rivalry.taken, False, 1)
        for slot in crowded:
            state.delete(state.tail(slot), slot)


def _proved(state: _Provisional, taken: Mapping[int, int], failed: bool, strictly: int) -> Outcome:
    """The candidate, if it is what was asked for; by the algorithms' theorems else none is."""
    indexed = state.indexed
    slot_of = [taken.get(i, UNPLACED) if j == UNPLACED else j for i, j in enumerate(indexed.fixed)]
    if failed or _blocked(state, slot_of, strictly):
        raise NoneExists("no super-stable matching exists" if strictly == 0 else _NO_STRONG)
    return Outcome(slot_of)


_NO_STRONG = "no strongly stable matching exists"


def _blocked(state: _Provisional, slot_of: Sequence[int], strictly: int) -> bool:
    """Whether a pair blocks in which at least so many of the two are strictly better off."""
    indexed = state.indexed
    count = [0] * indexed.n_slots
    worst = [-1] * indexed.n_slots
    for i, j in enumerate(slot_of):
        if j >= 0 and indexed.fixed[i] < 0:
            count[j] += 1
            worst[j] = max(worst[j], state.standing[j][i])
    for i, slots in enumerate(indexed.student_slots):
        tiers = dict(zip(slots, indexed.student_tiers[i], strict=True))
        present = tiers.get(slot_of[i], _BELOW_ALL)
        for j, tier in tiers.items():
            if j == slot_of[i] or tier > present or not indexed.capacity[j]:
                continue
            mine = state.standing[j][i]
            room = count[j] < indexed.capacity[j]
            gains = (tier < present) + (room or mine < worst[j])
            if (room or mine <= worst[j]) and gains >= strictly:
                return True
    return False


class _Provisional:
    """Who is provisionally with which slots. ``slots[i]`` and ``held[j]`` are the two sides of it,
    ``standing[j][i]`` the tier of student i at slot j; ``_wishes`` and ``_listed`` shrink."""

    def __init__(self, indexed: Indexed) -> None:
        self.indexed = indexed
        self.standing = [
            dict(zip(students, tiers, strict=True))
            for students, tiers in zip(indexed.slot_students, indexed.slot_tiers, strict=True)
        ]
        self._wishes = [
            [(tier, j) for j, tier in zip(slots, tiers, strict=True) if indexed.capacity[j]]
            for slots, tiers in zip(indexed.student_slots, indexed.student_tiers, strict=True)
        ]
        self._listed = [list(students) for students in indexed.slot_students]
        self.slots: list[set[int]] = [set() for _ in range(indexed.n_students)]
        self.held: list[set[int]] = [set() for _ in range(indexed.n_slots)]
        self._free = list(range(indexed.n_students))

    def propose(self, choose: Any) -> None:
        """Let every free student go to all the slots of the best tier left, until nobody is free."""
        while self._free:
            student = self._free.pop()
            wishes = self._wishes[student]
            if self.slots[student] or not wishes:
                continue
            for slot in [j for tier, j in wishes if tier == wishes[0][0]]:
                if any(j == slot for _, j in self._wishes[student]):
                    self.slots[student].add(slot)
                    self.held[slot].add(student)
                    choose(slot)
            if not self.slots[student]:
                self._free.append(student)

    def keep_below_capacity(self, slot: int) -> None:
        """Super: ties that don't fit as a whole go as a whole, and a full slot takes nobody further down."""
        while len(self.held[slot]) > self.indexed.capacity[slot]:
            self.delete(self.tail(slot), slot)
        if len(self.held[slot]) == self.indexed.capacity[slot]:
            self._delete_below(slot, max(self.standing[slot][i] for i in self.held[slot]))

    def keep_undominated(self, slot: int) -> None:
        """Strong: nobody stays above whom the slot could fill itself with strictly better students."""
        tiers = sorted(self.standing[slot][i] for i in self.held[slot])
        if len(tiers) >= self.indexed.capacity[slot]:
            self._delete_below(slot, tiers[self.indexed.capacity[slot] - 1])

    def tail(self, slot: int) -> list[int]:
        """The last tier of what is left of the slot's list."""
        standing, listed = self.standing[slot], self._listed[slot]
        return [i for i in listed if standing[i] == standing[listed[-1]]]

    def _delete_below(self, slot: int, tier: int) -> None:
        self.delete([i for i in self._listed[slot] if self.standing[slot][i] > tier], slot)

    def delete(self, students: Iterable[int], slot: int) -> None:
        gone = set(students)
        if not gone:
            return
        self._listed[slot] = [i for i in self._listed[slot] if i not in gone]
        self.held[slot] -= gone
        for student in gone:
            self._wishes[student] = [(tier, j) for tier, j in self._wishes[student] if j != slot]
            self.slots[student].discard(slot)
            if not self.slots[student]:
                self._free.append(student)


class _Rivalry:
    """Who competes for the last tiers of the slots that have too many: a bipartite matching with capacities.

    A student is bound to a slot that keeps them whoever else goes; bound students take no part.
    """

    def __init__(self, state: _Provisional) -> None:
        room = state.indexed.capacity
        tails = [set(state.tail(j)) if len(held) > room[j] else set() for j, held in enumerate(state.held)]
        self.taken: dict[int, int] = {}
        self._room = list(room)
        self._wanted: dict[int, list[int]] = {}
        for student, slots in enumerate(state.slots):
            bound = [j for j in sorted(slots) if student not in tails[j]]
            for slot in bound:
                self._room[slot] -= 1
            if bound:
                self.taken[student] = bound[0]
            elif slots:
                self._wanted[student] = sorted(slots)
        self._guests: list[set[int]] = [set() for _ in room]
        self._unplaced = [student for student in self._wanted if not self._augment(student)]

    def crowded_slots(self) -> list[int]:
        """The slots of the largest surplus of students over places; empty if everybody fits."""
        reached = self._reached(self._unplaced)
        return sorted({slot for student in reached for slot in self._wanted[student]})

    def _reached(self, students: Sequence[int]) -> set[int]:
        reached, queue = set(students), deque(students)
        while queue:
            for slot in self._wanted[queue.popleft()]:
                queue.extend(self._guests[slot] - reached)
                reached |= self._guests[slot]
        return reached

    def _augment(self, student: int) -> bool:
        came: dict[int, int] = {}  # slot -> the student who looked at it first
        queue = deque([student])
        while queue:
            asking = queue.popleft()
            for slot in self._wanted[asking]:
                if slot in came:
                    continue
                came[slot] = asking
                if len(self._guests[slot]) < self._room[slot]:
                    self._shift(slot, came, student)
                    return True
                queue.extend(sorted(self._guests[slot]))
        return False

    def _shift(self, slot: int, came: Mapping[int, int], last: int) -> None:
        while True:
            asking = came[slot]
            left = self.taken.get(asking)
            self._guests[slot].add(asking)
            self.taken[asking] = slot
            if asking == last or left is None:
                return
            self._guests[left].discard(asking)
            slot = left
