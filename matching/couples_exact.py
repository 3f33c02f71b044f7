"""Couples exactly: does a stable matching exist, and if none does, how few blocking pairs are possible?

Deleting an option from its unit's list leaves the matching alone and stops the option from blocking. So a
matching with k blocking pairs is a stable matching after k deletions, and the fewest blocking pairs are the
fewest deletions that leave something stable. The integer program says just that; with no deletions allowed
it first shrinks to what :func:`reduced` leaves.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Container, Sequence
from typing import NamedTuple

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from matching.couples_market import Contract, Market, Option


class Answer(NamedTuple):
    """``chosen`` as in :class:`matching.couples_insertion.Insertion`, None where nothing was found;
    ``bound``: no matching has fewer blocking pairs."""

    chosen: list[int] | None
    bound: int
    proved: bool


def reduced(market: Market, deletions: int = 0, soft: Container[int] = ()) -> list[list[int]]:
    """The options of each unit that a matching can use in which at most so many pairs block, all of them of
    units in ``soft``; best first.

    Two rules until neither applies, told for stable matchings. A student is safe at a slot that has room for
    them and everybody above them; a unit never falls below an option all of whose places are safe, for it
    would block. A unit is firm at a slot if its best option needs nothing unsafe but this place; a slot with
    as many firm students as places never takes anybody below all of them, for one of those would block.
    Each rule then leaves the numbers of blocking pairs as they were: whoever is cut would not be taken
    (unless a partner's leaving makes room, which is why partners at one slot are spared). For d blocking
    pairs it takes d more safe options of a soft unit, or d more firm students who are soft.
    """
    return _Reduction(market, deletions, soft).run()


class _Reduction:
    def __init__(self, market: Market, deletions: int, soft: Container[int]) -> None:
        self._market = market
        self._deletions = deletions
        self._soft = soft
        self._ranks = market.indexed.slot_rank
        self._room = market.indexed.capacity
        self._alive = [
            [number for number, option in enumerate(options) if self._fits(option)]
            for options in market.options
        ]
        self._named: Counter[Contract] = Counter(
            contract
            for unit, numbers in enumerate(self._alive)
            for number in numbers
            for contract in market.options[unit][number]
        )
        self._safe: list[set[int]] = [set() for _ in self._room]
        self._dirty = set(range(len(self._room)))

    def _fits(self, option: Option) -> bool:
        wanted = Counter(slot for _, slot in option)
        return all(self._room[slot] >= count for slot, count in wanted.items())

    def run(self) -> list[list[int]]:
        while self._dirty:
            dirty, self._dirty = self._dirty, set()
            for slot in sorted(dirty):
                self._settle(slot)
        return self._alive

    def _settle(self, slot: int) -> None:
        """Apply both rules to what this slot's list has become."""
        students = [i for i in self._market.indexed.slot_students[slot] if self._named[i, slot]]
        newly = [i for i in students[: self._room[slot]] if i not in self._safe[slot]]
        self._safe[slot].update(newly)
        for student in newly:
            self._cut_below_safe(self._market.unit_of[student])
        worst = self._last_firm(slot, [student for student in students if self._firm(student, slot)])
        if worst is not None:
            for student in students:
                self._cut_below_firm(student, slot, worst)

    def _last_firm(self, slot: int, firm: Sequence[int]) -> int | None:
        """The rank at which this slot is full with firm students, whatever is deleted."""
        hard = soft = 0
        for student in firm:
            if self._market.unit_of[student] in self._soft:
                soft += 1
            else:
                hard += 1
            if hard + max(soft - self._deletions, 0) == self._room[slot]:
                return self._ranks[slot][student]
        return None

    def _cut_below_safe(self, unit: int) -> None:
        numbers = self._alive[unit]
        safe = 0
        for place, number in enumerate(numbers):
            safe += all(i in self._safe[j] for i, j in self._market.options[unit][number])
            if safe > (self._deletions if unit in self._soft else 0):
                self._delete(unit, numbers[place + 1 :])
                break
        # A place that became safe can make the unit firm at the other place of its best option.
        self._dirty.update(slot for _, slot in self._market.options[unit][numbers[0]])

    def _cut_below_firm(self, student: int, slot: int, worst: int) -> None:
        unit = self._market.unit_of[student]
        partners = [i for i in self._market.members[unit] if i != student and self._named[i, slot]]
        if self._ranks[slot][student] > worst and not partners:  # a partner's leaving would make room
            options = self._market.options[unit]
            self._delete(unit, [n for n in self._alive[unit] if (student, slot) in options[n]])

    def _firm(self, student: int, slot: int) -> bool:
        unit = self._market.unit_of[student]
        if not self._alive[unit]:
            return False
        option = self._market.options[unit][self._alive[unit][0]]
        if (student, slot) not in option or (len(option) == 2 and option[0][1] == option[1][1]):
            return False
        return all(other in self._safe[at] for other, at in option if at != slot)

    def _delete(self, unit: int, numbers: Sequence[int]) -> None:
        if not numbers:
            return
        gone = set(numbers)
        self._alive[unit] = [number for number in self._alive[unit] if number not in gone]
        for number in (*gone, *self._alive[unit][:1]):
            self._dirty.update(slot for _, slot in self._market.options[unit][number])
        for number in gone:
            self._named.subtract(self._market.options[unit][number])


def fewest(market: Market, deletions: int, soft: Collection[int], seconds: float | None) -> Answer:
    """The fewest blocking pairs, of all matchings in which at most ``deletions`` pairs block, all of them of
    units in ``soft``.

    ``Answer(None, deletions + 1, True)`` is a proof that there is no such matching.
    """
    chosen = frozenset(soft)
    return Program(market, reduced(market, deletions, chosen), deletions, chosen).solve(seconds)


class Program:
    """Columns: an option is taken; a slot is full with the first of its list; an option is deleted. Of units
    in ``free`` nothing is asked."""

    def __init__(
        self,
        market: Market,
        alive: Sequence[Sequence[int]],
        deletions: int,
        soft: frozenset[int],
        free: frozenset[int] = frozenset(),
    ) -> None:
        self._market = market
        self._deletions = deletions
        self._soft = soft
        self._free = free
        self._columns = 0
        self._rows: list[tuple[dict[int, int], int]] = []  # sum of coefficient × column >= bound
        self._taken = {(unit, number): self._column() for unit, ns in enumerate(alive) for number in ns}
        self._at: dict[Contract, list[int]] = {}
        for (unit, number), column in self._taken.items():
            for contract in market.options[unit][number]:
                self._at.setdefault(contract, []).append(column)
        self._above: dict[int, list[int]] = {}
        for student, slot in self._at:
            self._above.setdefault(slot, []).append(student)
        for slot, students in self._above.items():
            students.sort(key=market.indexed.slot_rank[slot].__getitem__)
        self._full: dict[tuple[int, int, int, int], int] = {}
        self._thresholds: dict[int, dict[int, int]] = {}
        self._deleted: list[int] = []
        self._write(alive)

    def _column(self) -> int:
        self._columns += 1
        return self._columns - 1

    def _write(self, alive: Sequence[Sequence[int]]) -> None:
        capacity = self._market.indexed.capacity
        for slot, students in self._above.items():
            held = Counter(column for student in students for column in self._at[student, slot])
            self._rows.append(({column: -n for column, n in held.items()}, -capacity[slot]))
        for unit, numbers in enumerate(alive):
            mine = [self._taken[unit, number] for number in numbers]
            if len(mine) > 1:
                self._rows.append((dict.fromkeys(mine, -1), -1))
            for place, number in enumerate(() if unit in self._free else numbers):
                self._refuse(unit, number, mine[: place + 1])
        self._tighten()
        if self._deleted:
            self._rows.append((dict.fromkeys(self._deleted, -1), -self._deletions))

    def _refuse(self, unit: int, number: int, at_least: list[int]) -> None:
        """The unit has this option or a better one, or a slot of it is full with better students, or it is
        deleted."""
        option = self._market.options[unit][number]
        by_slot: dict[int, list[int]] = {}
        for student, slot in option:
            by_slot.setdefault(slot, []).append(student)
        row = dict.fromkeys(at_least, 1)
        for slot, students in by_slot.items():
            ranks = self._market.indexed.slot_rank[slot]
            row[self._full_above(slot, max(students, key=ranks.__getitem__), len(students))] = 1
        if unit in self._soft:
            column = self._column()
            self._deleted.append(column)
            row[column] = 1
        self._rows.append((row, 1))

    def _full_above(self, slot: int, student: int, coming: int) -> int:
        """The column "others, better than this student, leave no room for so many who come"."""
        unit = self._market.unit_of[student]
        students = self._above[slot]
        place = students.index(student)
        others = [i for i in students[:place] if self._market.unit_of[i] != unit]
        partners = place - len(others)
        key = (slot, place, coming, unit if partners else -1)
        if key not in self._full:
            column = self._full[key] = self._column()
            needed = self._market.indexed.capacity[slot] - coming + 1
            row = Counter(taken for i in others for taken in self._at[i, slot])
            self._rows.append(({**row, column: -needed}, 0))
            if coming == 1 and not partners:
                self._thresholds.setdefault(slot, {})[place] = column
        return self._full[key]

    def _tighten(self) -> None:
        """Implied by the other rows, and what makes the relaxation strong: a slot that is full with the first
        students takes nobody further down, and is full with more of them too."""
        for slot, columns in self._thresholds.items():
            last = -1
            for place, student in enumerate(self._above[slot]):
                if place in columns:
                    if last >= 0:
                        self._rows.append(({columns[place]: 1, last: -1}, 0))
                    last = columns[place]
                if last >= 0:
                    row = dict.fromkeys(self._at[student, slot], -1)
                    self._rows.append(({**row, last: -1}, -1))

    def solve(self, seconds: float | None, present: Sequence[int] = ()) -> Answer:
        """Fewest deletions; with ``present`` instead as many units as possible as they are there, and the
        bound only counts where nothing was found."""
        if not self._columns:
            return Answer([len(options) for options in self._market.options], 0, True)
        cost = np.zeros(self._columns)
        if present:
            cost[[self._taken[same] for same in enumerate(present) if same in self._taken]] = -1.0
        else:
            cost[self._deleted] = 1.0
        found = milp(
            cost,
            integrality=np.ones(self._columns, dtype=int),
            bounds=Bounds(0, 1),
            constraints=self._constraints(),
            options={} if seconds is None else {"time_limit": max(seconds, 0.01)},
        )
        if found.status == 2:
            return Answer(None, self._deletions + 1, True)
        bound = 0 if found.mip_dual_bound is None else int(np.ceil(max(found.mip_dual_bound, 0.0) - 1e-6))
        if found.x is None:
            return Answer(None, bound, False)
        return Answer(self._chosen(found.x), bound, found.status == 0)

    def _constraints(self) -> LinearConstraint:
        counts = [len(row) for row, _ in self._rows]
        matrix = csr_array(
            (
                np.array([value for row, _ in self._rows for value in row.values()], dtype=float),
                np.array([column for row, _ in self._rows for column in row], dtype=np.int32),
                np.concatenate(([0], np.cumsum(counts, dtype=np.int32))),
            ),
            shape=(len(self._rows), self._columns),
        )
        return LinearConstraint(matrix, lb=np.array([bound for _, bound in self._rows], dtype=float))

    def _chosen(self, values: Collection[float]) -> list[int]:
        value = np.asarray(values)
        chosen = [len(options) for options in self._market.options]
        for (unit, number), column in self._taken.items():
            if value[column] > 0.5:
                chosen[unit] = number
        return chosen
