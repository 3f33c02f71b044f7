"""Fewest blocking pairs of couples by cores: small sets of units one of which always blocks.

The integer program of :mod:`matching.couples_exact` says of every unit that it doesn't block. Most of that is
idle: where no stable matching exists some dozen units often make it impossible by themselves. They are found
by starting with the rows of the units that block in a good matching; whoever else blocks in the answer joins,
until there is no answer. Leaving rows out only allows more matchings, so "none" holds for the whole program.

That no matching has a single blocking pair takes one program for each share of the units that the pair could
belong to, because only then can :mod:`matching.couples_reduction` cut most options. Shares come of halving,
so that what is cut for a half is cut for both of its quarters. Each share is asked with the rows of the core
first, which mostly is enough, and only then with everybody's.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from matching.couples_exact import Answer, Program
from matching.couples_market import Market
from matching.couples_reduction import Reduction, reduced

_ROUNDS = 12  # a core that takes more is no smaller than the program
_SHARE = 20  # units of one program; more make it larger, fewer repeat what programs have in common


class Cores:
    """Answers about the matchings near ``present``, within the time that ``left`` gives."""

    def __init__(self, market: Market, present: Sequence[int], end: float | None) -> None:
        self._market = market
        self._present = present
        self._end = end
        self._everyone = frozenset(range(len(market.options)))
        self.hard: set[int] = {unit for unit, _ in market.blocking(present)}

    def one(self) -> Answer:
        """A matching with one blocking pair, or the proof that there is none; best asked where no stable
        matching exists."""
        self.grow()
        units = self._suspects()
        waiting = [(units, Reduction(self._market, 1, units))]
        while waiting:
            share, cut = waiting.pop()
            if len(share) > _SHARE:
                half = (len(share) // _SHARE + 1) // 2 * _SHARE
                waiting += [(part, cut.narrowed(part)) for part in (share[half:], share[:half])]
                continue
            answer = self._ask(frozenset(share), cut.alive)
            if answer.chosen is not None or not answer.proved:
                return answer
        return Answer(None, 2, True)

    def grow(self) -> None:
        """Let units join until some of them always block, or they are so many that all may as well."""
        alive = reduced(self._market)
        for _ in range(_ROUNDS):
            answer = self._program(alive, frozenset()).solve(self._left(), self._present)
            if answer.chosen is None:
                return
            self.hard.update(unit for unit, _ in self._market.blocking(answer.chosen))
        self.hard = set(self._everyone)

    def _ask(self, share: frozenset[int], alive: Sequence[Sequence[int]]) -> Answer:
        """One blocking pair, of a unit in ``share``: first what the core says, then everybody."""
        if len(self.hard) < len(self._everyone):
            answer = self._program(alive, share).solve(self._left())
            if answer.chosen is None and answer.proved:
                return answer
            if answer.chosen is not None and len(self._market.blocking(answer.chosen)) <= 1:
                return answer
        return Program(self._market, alive, 1, share).solve(self._left())

    def _program(self, alive: Sequence[Sequence[int]], soft: frozenset[int]) -> Program:
        free = self._everyone.difference(self.hard)
        return Program(self._market, alive, len(soft) and 1, soft, free)

    def _suspects(self) -> list[int]:
        """Whoever could block, first the units of the core: a single pair mostly belongs to them. The rest go
        by the slot they have, for those who are near each other make the same options possible."""
        options = self._market.options
        near = {
            unit: min((slot for _, slot in options[unit][number]), default=-1)
            for unit, number in enumerate(self._present)
            if number < len(options[unit])
        }
        units = [unit for unit in sorted(self._everyone) if options[unit]]
        return sorted(units, key=lambda unit: (unit not in self.hard, near.get(unit, -1), unit))

    def _left(self) -> float | None:
        return None if self._end is None else self._end - time.monotonic()
