"""Couples by sequential insertion: fast, usually successful, proves nothing. Counts steps, never time.

Single students are matched first; then couples enter one by one, each takes the best option it can get, and
whoever is displaced or passed over by a place that fell free moves on, until nobody would move [1]_ [2]_.
Where that goes in circles the option that keeps it going is struck out and counted, so that a failed run
still ends in a matching with few blocking pairs.

References
----------
.. [1] A. E. Roth and E. Peranson, "The redesign of the matching market for American physicians", 1999.
.. [2] F. Kojima, P. A. Pathak and A. E. Roth, "Matching with couples: stability and incentives in large
   markets", 2013.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Collection, Sequence

from matching.couples_market import Market
from matching.deferred_acceptance import propose
from matching.hashing import Tag, seeded

ORDERS = 64
_MOVES = 200  # of one couple's entry; measured chains that end stay below 130 in markets of 1,000 students
_SINGLE_STRIKES = 8


def insertion_orders(market: Market) -> list[list[int]]:
    """Exactly 64 orders of the couples: order k sorts them by H(0x04, k in decimal, couple)."""
    couples = market.indexed.problem.couples
    first = market.indexed.n_students
    return [
        [
            first + c
            for c in sorted(
                range(len(couples)),
                key=lambda c: seeded(market.indexed.seed, Tag.INSERTION, str(number), couples[c].id),
            )
        ]
        for number in range(ORDERS)
    ]


def start(market: Market) -> list[int]:
    """The option of each unit when single students are alone."""
    slot_of = propose(market.indexed)
    chosen = [len(options) for options in market.options]
    for student in market.singles:
        if chosen[student] and slot_of[student] >= 0:
            (chosen[student],) = market.naming[student][slot_of[student]]
    return chosen


class Insertion:
    """One run. ``chosen[u]`` is the option unit u has; its number of options means none.

    ``struck`` options, as (unit, option), are never taken. With ``mend`` each circle is broken by striking
    out one more, else the first one ends the run. ``circle`` lists the moves of the first one.
    """

    def __init__(
        self,
        market: Market,
        chosen: Sequence[int],
        mend: bool = False,
        struck: Collection[tuple[int, int]] = (),
    ) -> None:
        self._market = market
        self.chosen = list(chosen)
        self._held = market.holders(chosen)
        self.circle: list[tuple[int, int]] = []
        self._mend = mend
        self._struck = set(struck)
        self._outside: set[int] = set()
        self._waiting: list[int] = []
        self._freed: list[int] = []

    def run(self, order: Sequence[int]) -> bool:
        """Insert the couples in this order; False where the run was abandoned."""
        self._outside = set(order)
        return all(self._insert(couple) for couple in order)

    def _insert(self, couple: int) -> bool:
        self._outside.discard(couple)
        self._waiting.append(couple)
        moves: list[tuple[int, int]] = []
        while self._waiting or self._freed:
            if self._waiting:
                unit = self._waiting.pop()
            else:
                found = self._passed_over(self._freed[-1])
                if found is None:
                    self._freed.pop()
                    continue
                unit = found
            number = self._best(unit)
            if number is None:
                continue
            moves.append((unit, number))
            if len(moves) > _MOVES:
                self.circle = self.circle or list(dict.fromkeys(moves[_MOVES // 2 :]))
                if not self._mend:
                    return False
                self._strike(unit, number)
                self._waiting.append(unit)
                moves.clear()
                continue
            self._move(unit, number)
        return True

    def _strike(self, unit: int, number: int) -> None:
        """Strike out one option; after a few of them all of the unit's, so that every run ends."""
        self._struck.add((unit, number))
        if len(self._struck) > _SINGLE_STRIKES:
            self._struck.update((unit, other) for other in range(len(self._market.options[unit])))

    def _best(self, unit: int) -> int | None:
        """The best option that the unit prefers to what it has and that its slots would take."""
        present = self.chosen[unit]
        for number in range(present):
            if self._market.takes(self._held, unit, number, present) and (unit, number) not in self._struck:
                return number
        return None

    def _passed_over(self, slot: int) -> int | None:
        """The unit of the first student on the slot's list who would now come, and be taken."""
        market = self._market
        for student in market.indexed.slot_students[slot]:
            unit = market.unit_of[student]
            if unit in self._outside:
                continue
            present = self.chosen[unit]
            for number in market.naming[student].get(slot, ()):
                if number >= present:
                    break
                takes = market.takes(self._held, unit, number, present)
                if takes and (unit, number) not in self._struck:
                    return unit
        return None

    def _move(self, unit: int, number: int) -> None:
        self._leave(unit)
        self.chosen[unit] = number
        for student, slot in self._market.options[unit][number]:
            insort(self._held[slot], self._market.indexed.slot_rank[slot][student])
        for _, slot in self._market.options[unit][number]:
            while len(self._held[slot]) > self._market.indexed.capacity[slot]:
                worst = self._market.indexed.slot_students[slot][self._held[slot][-1]]
                displaced = self._market.unit_of[worst]
                self._leave(displaced)
                self._waiting.append(displaced)

    def _leave(self, unit: int) -> None:
        options = self._market.options[unit]
        if self.chosen[unit] < len(options):
            for student, slot in options[self.chosen[unit]]:
                held = self._held[slot]
                del held[bisect_left(held, self._market.indexed.slot_rank[slot][student])]
                if slot not in self._freed:
                    self._freed.append(slot)
        self.chosen[unit] = len(options)
