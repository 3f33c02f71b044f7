"""Couples exactly: does a stable matching exist, and if none does, how few blocking pairs are possible?

Deleting an option from its unit's list leaves the matching alone and stops the option from blocking. So a
matching with k blocking pairs is a stable matching after k deletions, and the fewest blocking pairs are the
fewest deletions that leave something stable. The integer program says just that; with no deletions allowed
it first shrinks to what :mod:`matching.couples_reduction` leaves.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from typing import NamedTuple

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from matching.couples_market import Contract, Market
from matching.couples_reduction import reduced


class Answer(NamedTuple):
    """``chosen`` as in :class:`matching.couples_insertion.Insertion`, None where nothing was found;
    ``bound``: no matching has fewer blocking pairs."""

    chosen: list[int] | None
    bound: int
    proved: bool


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
