"""The objective ``couples``: a stable matching of single students and couples, or a proof that none exists
and the fewest blocking pairs.

Everybody is judged in the strict problem after the lottery. A couple and a pair of slots block iff the couple
prefers the pair and both slots would choose their member once the couple has left its places, a slot named
twice taking both [1]_. With couples a stable matching may not exist and finding one is NP-hard [2]_, so:

1. 64 orders of insertion (:mod:`matching.couples_insertion`), a count and never a clock; the first that ends
   in a stable matching is the answer.
2. Otherwise an integer program over the options that any stable matching can use decides whether there is
   one (:mod:`matching.couples_exact`).
3. Where none exists, runs that strike out an option or two of a circle give few blocking pairs, and integer
   programs give fewer or prove that there are not.

Slots below their minimum close one by one, the emptiest first, and everything is done again without them.

References
----------
.. [1] P. Biró, R. W. Irving and I. Schlotter, "Stable matching with couples: an empirical study", 2011.
.. [2] E. Ronn, "NP-complete stable matching problems", 1990.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from matching.couples_insertion import Insertion, insertion_orders, start
from matching.couples_market import Market, market
from matching.indexed import Indexed
from matching.minimums import settle
from matching.result import BlockingPair, Outcome

_log = logging.getLogger(__name__)
_MENDED_RUNS = 24
_STRUCK_RUNS = 40
_PAIR_RUNS = 200


def couples(indexed: Indexed, options: Mapping[str, Any]) -> Outcome:
    """Fewest blocking pairs among the slots that stay open; none wherever a stable matching exists.

    ``time_limit`` bounds the integer programs only: without one they run to the end, and the outcome does not
    depend on the machine's speed; with 0 there are none, and the outcome doesn't depend on it either.
    ``bound`` is a proved lower bound on the number of blocking pairs; ``statistics["stable"]`` says
    ``found``, ``none exists`` (proved) or ``unknown`` (the limit came first).
    """
    seconds = options.get("time_limit")
    end = None if seconds is None else time.monotonic() + seconds
    searches: list[_Search] = []

    def match(shut: Collection[int]) -> list[int]:
        room = [0 if j in shut else places for j, places in enumerate(indexed.capacity)]
        searches.append(_Search(market(replace(indexed, capacity=room)), end, programs=seconds != 0))
        return searches[-1].run()

    def blocked() -> set[int]:
        last = searches[-1]
        taken = last.market.blocking(last.best)
        return {slot for unit, number in taken for _student, slot in last.market.options[unit][number]}

    closed, below = settle(indexed, match, blocked)
    search = searches[-1]
    given = search.market
    blocking = given.blocking(search.best)
    stable = "found" if not blocking else "none exists" if search.bound else "unknown"
    return Outcome(
        given.slots_of(search.best),
        closed=closed,
        blocking_pairs=[_named(given, unit, number) for unit, number in blocking],
        optimal=len(blocking) == search.bound,
        bound=search.bound,
        statistics={"stable": stable, "orders": search.orders, **below},
    )


class _Search:
    """The best so far and what is proved. ``orders``: how many orders of insertion were needed."""

    def __init__(self, given: Market, end: float | None, *, programs: bool) -> None:
        self.market = given
        self._end = end
        self._programs = programs
        self._start = start(given)
        self._sequences = insertion_orders(given)
        self.best: Sequence[int] = self._start
        self.fewest = len(given.blocking(self._start))
        self.bound = 0
        self.orders = 0

    def run(self) -> list[int]:
        """The slot of each student, -1 for none."""
        self.insert()
        if self.fewest:
            self.decide()
        return self.market.slots_of(self.best)

    def insert(self) -> None:
        """Stop at the first order that ends in a stable matching."""
        if not self.market.couples:
            return
        for order in self._sequences:
            self.orders += 1
            run = Insertion(self.market, self._start)
            if run.run(order):
                self._offer(run.chosen)
                return

    def decide(self) -> None:
        if not self._programs:
            self._strike()
            return
        from matching.couples_exact import fewest

        _log.info("couples: %d orders of insertion failed; solving an integer program", self.orders)
        answer = fewest(self.market, 0, (), self._left())
        if answer.chosen is not None:
            self._offer(answer.chosen)
            return
        self.bound = answer.bound if answer.proved else 0
        self._strike()
        if self.bound < self.fewest and answer.proved:
            self._fewest()

    def _strike(self) -> None:
        """Runs that end in few blocking pairs: options of a circle struck out, first as met, then one by one;
        where that only leads into another circle, with one of that too."""
        circles, pairs = [], []
        for order in self._sequences[:_MENDED_RUNS]:
            if self.fewest <= 1:
                return
            run = Insertion(self.market, self._start, mend=True)
            if run.run(order):
                self._offer(run.chosen)
            circles += [(order, struck) for struck in run.circle]
        for order, struck in circles[:_STRUCK_RUNS]:
            if self.fewest <= 1:
                return
            run = Insertion(self.market, self._start, struck=[struck])
            if run.run(order):
                self._offer(run.chosen)
            pairs += [(order, [struck, other]) for other in run.circle]
        for order, both in pairs[:_PAIR_RUNS]:
            if self.fewest <= 2:
                return
            run = Insertion(self.market, self._start, struck=both)
            if run.run(order):
                self._offer(run.chosen)

    def _fewest(self) -> None:
        """One blocking pair, or the proof that there are more; then fewer than found?"""
        from matching.couples_core import Cores
        from matching.couples_exact import fewest

        _log.info("couples: no stable matching exists; %d blocking pairs, fewer?", self.fewest)
        answer = Cores(self.market, self.best, self._end).one()
        if answer.chosen is not None:
            self._offer(answer.chosen)
        if answer.chosen is not None or not answer.proved:
            return
        self.bound = 2
        if self.fewest > 2:
            units = range(len(self.market.options))
            answer = fewest(self.market, self.fewest - 1, units, self._left())
            self.bound = max(2, min(answer.bound, self.fewest))
            if answer.chosen is not None:
                self._offer(answer.chosen)

    def _offer(self, chosen: Sequence[int]) -> None:
        count = len(self.market.blocking(chosen))
        if count < self.fewest:
            self.best, self.fewest = chosen, count

    def _left(self) -> float | None:
        return None if self._end is None else self._end - time.monotonic()


def _named(given: Market, unit: int, number: int) -> BlockingPair:
    problem = given.indexed.problem
    if unit < given.indexed.n_students:
        ((student, slot),) = given.options[unit][number]
        return problem.students[student].id, problem.slots[slot].id
    couple = unit - given.indexed.n_students
    rank = given.indexed.couples[couple].ranks[number]
    return (problem.couples[couple].id, *problem.couples[couple].preferences[rank])
