"""The largest weakly stable matching as an integer program, for the whole market or a region of it. Solver
side: never imports the verifier.

Variables, after the cumulative rank variables of Delorme et al. [1]_, on the side of the slots: x(i, j) = 1
iff student i is at slot j; z(j, t) = 1 iff slot j is full of students of tier t or better. For every pair,
with t the tier of i at j,

    sum of x(i, h) over slots h that i likes at least as well as j  +  z(j, t)  >=  1,

that is: (i, j) does not block. c(j) z(j, t) <= the number of students of tiers up to t at j, z grows with t,
and x(i, j) + z(j, t - 1) <= 1. For fixed z what remains is a transportation problem whose constraints are
nested on either side, so only z needs to be declared integral for whole solutions to exist.

A *region* is a set of slots whose students are rematched while everybody elsewhere stays: students outside
then ask that a slot of the region be full up to some tier, and slots outside that a student of the region be
placed well enough.

References
----------
.. [1] M. Delorme, S. García, J. Gondzio, J. Kalcsics, D. Manlove and W. Pettersson, "Mathematical models for
   stable matching problems with ties and incomplete lists", European Journal of Operational Research 277(2),
   2019, 426-441.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from matching.indexed import UNPLACED
from matching.market import NEVER, Market

_INFEASIBLE = 2  # a status of scipy's milp


class Solved(NamedTuple):
    """``matching`` of the whole market, None where none was found; the most students a weakly stable
    matching can place in the region while the rest stays, as far as proved."""

    matching: list[int] | None
    bound: int


def terms(market: Market, slots: Iterable[int]) -> int:
    """About how many coefficients the program of these slots has; long lists of many tiers make it huge."""
    count = 0
    for slot in slots:
        rank = market.rank[slot]
        count += len(rank) * len(set(rank.values())) + sum(len(market.wish[i]) for i in rank)
    return count


class Region:
    """The integer program of some slots of a market, everybody elsewhere staying where they are."""

    def __init__(self, market: Market, matching: Sequence[int], slots: Iterable[int]) -> None:
        self._market = market
        self._matching = matching
        self._slots = sorted(slots)
        inside = set(self._slots)
        near = {i for j in self._slots for i in market.rank[j]}
        self._students = sorted(i for i in near if matching[i] == UNPLACED or matching[i] in inside)
        self._stay = near.difference(self._students)
        self._rows: list[tuple[list[tuple[int, int]], float, float]] = []
        self._pairs: list[tuple[int, int]] = []
        self._wish: dict[int, dict[int, int]] = {}  # student: slot of the region to variable
        self._n_z = 0
        self.possible = True
        self._add_students(inside)
        for slot in self._slots:
            self._add_slot(slot)

    @property
    def placed(self) -> int:
        """How many students of the region are placed now."""
        return sum(self._matching[i] != UNPLACED for i in self._students)

    def solve(self, *, at_least: int = 0, time_limit: float | None = None) -> Solved:
        """Place as many students as possible; with ``at_least`` only matchings of that size count.

        The bound holds whether or not the solver got to the end. The solver may stop once its own bound is
        less than one student away, since it does not know that sizes are whole.
        """
        n_x, n = len(self._pairs), len(self._pairs) + self._n_z
        ceiling = len(self._wish)
        if not self.possible or not n_x:
            return Solved(None, at_least - 1 if at_least else 0)
        rows = self._rows
        if at_least:
            rows = [*rows, ([(k, 1) for k in range(n_x)], at_least, np.inf)]
        entries = [(r, k, value) for r, (terms, _, _) in enumerate(rows) for k, value in terms]
        row, column, value = np.array(entries, dtype=np.int32).T
        matrix = csr_array((value.astype(float), (row, column)), shape=(len(rows), n))
        limits = [(low, high) for _, low, high in rows]
        low, high = np.array(limits, dtype=float).T
        cost = np.zeros(n)
        cost[:n_x] = -1
        limit = np.inf if time_limit is None else max(time_limit, 0.01)
        found = milp(
            cost,
            integrality=np.repeat([0, 1], [n_x, n - n_x]),
            bounds=Bounds(0, 1),
            constraints=LinearConstraint(matrix, low, high),
            options={"mip_rel_gap": 0.9 / ceiling, "time_limit": limit},
        )
        if found.status == _INFEASIBLE:
            return Solved(None, at_least - 1)
        if found.x is None:
            return Solved(None, ceiling)
        matching = self._rematched(found.x[:n_x])
        size = sum(matching[i] != UNPLACED for i in self._students)
        dual = found.mip_dual_bound
        bound = ceiling if dual is None or not np.isfinite(dual) else int(np.floor(-dual + 1e-4))
        if not self._market.is_stable(matching):
            return Solved(None, max(bound, at_least))
        return Solved(matching, max(bound, size))

    def _rematched(self, x: np.ndarray) -> list[int]:
        matching = list(self._matching)
        for student in self._students:
            matching[student] = UNPLACED
        for (student, slot), value in zip(self._pairs, x, strict=True):
            if value > 0.5:
                matching[student] = slot
        return matching

    def _row(self, terms: list[tuple[int, int]], low: float, high: float) -> None:
        self._rows.append((terms, low, high))

    def _add_students(self, inside: set[int]) -> None:
        """Pairs that may be used, and for each student the tier that slots outside ask them to reach."""
        market = self._market
        outside = {j for i in self._students for j in market.wish[i]} - inside
        held: dict[int, list[int]] = {j: [] for j in outside}
        for i, j in enumerate(self._matching):
            if j in held:
                held[j].append(i)
        cutoff = {
            j: max((market.rank[j][i] for i in held[j]), default=-1)
            if len(held[j]) >= market.capacity[j]
            else NEVER
            for j in outside
        }
        for i in self._students:
            wish = market.wish[i]
            wanting = [t for j, t in wish.items() if j in outside and market.rank[j][i] < cutoff[j]]
            reach = min(wanting, default=NEVER)
            mine = {}
            for j, tier in wish.items():
                if j in inside and tier <= reach:
                    mine[j] = len(self._pairs)
                    self._pairs.append((i, j))
            self._wish[i] = mine
            self.possible &= bool(mine) or not wanting
            if mine:
                self._row([(k, 1) for k in mine.values()], 1 if wanting else -np.inf, 1)

    def _add_slot(self, slot: int) -> None:
        market = self._market
        rank, places = market.rank[slot], market.capacity[slot]
        ask = [
            rank[i] for i in rank if i in self._stay and market.wish[i][slot] < self._present_tier(i)
        ]  # tiers of students outside who would rather be here
        needed = min(ask, default=NEVER)
        students = [i for i in rank if i in self._wish and slot in self._wish[i]]
        usable = [i for i in students if rank[i] <= needed]
        if ask and len(usable) < places:
            self.possible = False
            return
        for i in students[len(usable) :]:
            self._row([(self._wish[i][slot], 1)], 0, 0)
        if usable:
            self._row([(self._wish[i][slot], 1) for i in usable], places if ask else -np.inf, places)
            self._add_tiers(slot, usable)

    def _add_tiers(self, slot: int, students: list[int]) -> None:
        """z of one slot, from the best tier on, and the rows that keep its pairs from blocking."""
        rank, places = self._market.rank[slot], self._market.capacity[slot]
        above: int | None = None
        upto: list[tuple[int, int]] = []
        for tier in sorted({rank[i] for i in students}):
            here = [i for i in students if rank[i] == tier]
            upto = upto + [(self._wish[i][slot], 1) for i in here]
            z = self._z(upto, above, places) if len(upto) >= places else None
            for i in here:
                self._keep_from_blocking(i, slot, z)
                if above is not None:
                    self._row([(self._wish[i][slot], 1), (above, 1)], -np.inf, 1)
            above = z

    def _z(self, upto: list[tuple[int, int]], above: int | None, places: int) -> int:
        z = len(self._pairs) + self._n_z
        self._n_z += 1
        self._row([*upto, (z, -places)], 0, np.inf)
        if above is not None:
            self._row([(z, 1), (above, -1)], 0, np.inf)
        return z

    def _keep_from_blocking(self, student: int, slot: int, z: int | None) -> None:
        wish = self._market.wish[student]
        good = [(k, 1) for h, k in self._wish[student].items() if wish[h] <= wish[slot]]
        self._row(good if z is None else [*good, (z, 1)], 1, np.inf)

    def _present_tier(self, student: int) -> int:
        return self._market.wish[student][self._matching[student]]
