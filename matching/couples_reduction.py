"""The options that a matching of couples and single students with few blocking pairs can use.

Two rules until neither applies, told for stable matchings. A student is safe at a slot that has room for them
and everybody above them; a unit never falls below an option all of whose places are safe, for it would block.
A unit is firm at a slot if its best option needs nothing unsafe but this place; a slot with as many firm
students as places never takes anybody below all of them, for one of those would block. Each rule then leaves
the numbers of blocking pairs as they were: whoever is cut would not be taken (unless a partner's leaving
makes room, which is why partners at one slot are spared). For d blocking pairs it takes d more safe options
of a soft unit, or d more firm students who are soft.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence

from matching.couples_market import Market, Option


def reduced(market: Market, deletions: int = 0, soft: Collection[int] = ()) -> list[list[int]]:
    """The options of each unit that a matching can use in which at most so many pairs block, all of them of
    units in ``soft``; best first."""
    return Reduction(market, deletions, soft).alive


class Reduction:
    """``alive`` are the options that are left. What holds for many soft units holds for some of them, so
    :meth:`narrowed` goes on from here instead of starting again."""

    def __init__(self, market: Market, deletions: int, soft: Collection[int]) -> None:
        self._market = market
        self._deletions = deletions
        self._soft = frozenset(soft)
        self._ranks = market.indexed.slot_rank
        self._room = market.indexed.capacity
        self.alive = [
            [number for number, option in enumerate(options) if self._fits(option)]
            for options in market.options
        ]
        self._named: list[Counter[int]] = [Counter() for _ in self._room]
        for unit, numbers in enumerate(self.alive):
            for number in numbers:
                for student, slot in market.options[unit][number]:
                    self._named[slot][student] += 1
        # Lists and sets of lists are replaced, never changed, so that a copy may share them.
        self._listed = [
            [student for student in students if student in named]
            for students, named in zip(market.indexed.slot_students, self._named, strict=True)
        ]
        self._safe: list[frozenset[int]] = [frozenset()] * len(self._room)
        self._dirty = set(range(len(self._room)))
        self._run()

    def narrowed(self, soft: Collection[int]) -> Reduction:
        """The same with only these of the soft units."""
        other = object.__new__(Reduction)
        other._market, other._deletions = self._market, self._deletions
        other._ranks, other._room = self._ranks, self._room
        other._soft = frozenset(soft)
        other.alive, other._listed, other._safe = self.alive[:], self._listed[:], self._safe[:]
        other._named = [named.copy() for named in self._named]
        other._dirty = set()
        for unit in sorted(self._soft - other._soft):
            if other.alive[unit]:
                other._cut_below_safe(unit)
        other._run()
        return other

    def _fits(self, option: Option) -> bool:
        wanted = Counter(slot for _, slot in option)
        return all(self._room[slot] >= count for slot, count in wanted.items())

    def _run(self) -> None:
        while self._dirty:
            dirty, self._dirty = self._dirty, set()
            for slot in sorted(dirty):
                self._settle(slot)

    def _settle(self, slot: int) -> None:
        """Apply both rules to what this slot's list has become."""
        room, safe = self._room[slot], self._safe[slot]
        newly = [student for student in self._listed[slot][:room] if student not in safe]
        if newly:
            self._safe[slot] = safe.union(newly)
            for student in newly:
                self._cut_below_safe(self._market.unit_of[student])
        students = self._listed[slot]
        for student in students[self._firm_until(slot, students) :]:
            self._cut(student, slot)

    def _firm_until(self, slot: int, students: Sequence[int]) -> int:
        """How many students it takes for this slot to be full with firm ones, whatever is deleted."""
        room, hard, soft = self._room[slot], 0, 0
        for place, student in enumerate(students):
            if self._firm(student, slot):
                if self._market.unit_of[student] in self._soft:
                    soft += 1
                else:
                    hard += 1
                if hard + max(soft - self._deletions, 0) == room:
                    return place + 1
        return len(students)

    def _cut_below_safe(self, unit: int) -> None:
        numbers = self.alive[unit]
        options = self._market.options[unit]
        spare = self._deletions if unit in self._soft else 0
        for place, number in enumerate(numbers):
            if all(i in self._safe[j] for i, j in options[number]):
                if not spare:
                    self._delete(unit, numbers[place + 1 :])
                    break
                spare -= 1
        # A place that became safe can make the unit firm at the other place of its best option.
        self._dirty.update(slot for _, slot in options[numbers[0]])

    def _cut(self, student: int, slot: int) -> None:
        unit = self._market.unit_of[student]
        named = self._named[slot]
        if any(i != student and named[i] for i in self._market.members[unit]):
            return  # a partner's leaving would make room
        options = self._market.options[unit]
        self._delete(unit, [number for number in self.alive[unit] if (student, slot) in options[number]])

    def _firm(self, student: int, slot: int) -> bool:
        unit = self._market.unit_of[student]
        option = self._market.options[unit][self.alive[unit][0]]
        if (student, slot) not in option or (len(option) == 2 and option[0][1] == option[1][1]):
            return False
        return all(other in self._safe[at] for other, at in option if at != slot)

    def _delete(self, unit: int, numbers: Sequence[int]) -> None:
        if not numbers:
            return
        gone = set(numbers)
        options = self._market.options[unit]
        self.alive[unit] = [number for number in self.alive[unit] if number not in gone]
        for number in self.alive[unit][:1]:
            self._dirty.update(slot for _, slot in options[number])
        for number in numbers:
            for student, slot in options[number]:
                self._dirty.add(slot)
                named = self._named[slot]
                named[student] -= 1
                if not named[student]:
                    del named[student]
                    self._listed[slot] = [i for i in self._listed[slot] if i != student]
