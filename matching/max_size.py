"""The largest weakly stable matching. Solver side: never imports the verifier.

NP-hard with ties, even on one side [1]_. In this order:

1. Király's 3/2-approximation (:mod:`matching.kiraly`) on the lists as they are: nothing below it is returned.
2. Reductions (:mod:`matching.reductions`), then the connected components of what is left; each is closed by
   itself.
3. Many promotions on the reduced lists, and a maximum bipartite matching as upper bound.
4. Local search: the slots around a way from an unplaced student to a free place are rematched as well as
   possible, everybody else staying (:mod:`matching.stable_program`). Every step is a weakly stable matching.
5. The integer program of the component, when the bound is not yet reached.

References
----------
.. [1] D. F. Manlove, R. W. Irving, K. Iwama, S. Miyazaki and Y. Morita, "Hard variants of stable marriage",
   Theoretical Computer Science 276, 2002, 261-279.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from time import monotonic
from typing import Any

from matching.bipartite import components, largest
from matching.indexed import UNPLACED, Indexed
from matching.kiraly import promote
from matching.market import Market
from matching.reductions import reduce
from matching.result import Outcome
from matching.stable_program import Region

PROMOTIONS = 16
NARROW = 0.01  # share of a component's students below which a gap is left to local search first
REACHES = (40, 120, 300, 600)  # places that a step of the local search rematches


def max_size(indexed: Indexed, options: Mapping[str, Any]) -> Outcome:
    """A largest weakly stable matching, proved or with the gap that the time limit leaves.

    Options: ``time_limit``, seconds from the call; without it the search ends with a proof. The size is
    reproducible whenever it is proved; with a time limit that was hit it depends on the machine.

    >>> from matching import Problem, solve
    >>> problem = Problem.from_dict({
    ...     "format": "matching-problem/1",
    ...     "students": [{"id": "s1", "preferences": [["a"], ["b"]]}, {"id": "s2", "preferences": [["a"]]}],
    ...     "slots": [{"id": "a", "preferences": [["s1", "s2"]]}, {"id": "b", "then_any": True}],
    ... })
    >>> result = solve(problem, "max-size", time_limit=10)
    >>> result.statistics["placed"], result.optimal, result.bound
    (2, True, 2)
    """
    limit = options.get("time_limit")
    deadline = None if limit is None else monotonic() + limit
    market = Market(indexed)
    fast = promote(market)
    reduce(market)
    promoted = promote(market, PROMOTIONS)
    matching = [UNPLACED] * len(fast)
    parts = [_Component(market, slots, fast, promoted, matching) for slots in components(market)]
    for part in parts:
        part.close(deadline)
    bound = sum(part.bound for part in parts)
    optimal = all(part.proved for part in parts)
    return Outcome(market.slot_of(matching), optimal=optimal, bound=bound + market.preassigned)


class _Component:
    """One connected component of the reduced lists; ``matching`` is everybody's, and shared."""

    def __init__(
        self, market: Market, slots: list[int], fast: list[int], promoted: list[int], matching: list[int]
    ) -> None:
        self._market = market
        self._slots = slots
        self._students = sorted({i for j in slots for i in market.rank[j]})
        self._matching = matching
        self.bound = largest(market, slots)
        better = max((fast, promoted), key=lambda found: sum(found[i] != UNPLACED for i in self._students))
        self._take(better)

    @property
    def placed(self) -> int:
        return sum(self._matching[i] != UNPLACED for i in self._students)

    @property
    def proved(self) -> bool:
        return self.placed == self.bound

    def close(self, deadline: float | None) -> None:
        """Search and prove until both meet or the deadline passes.

        A narrow gap is mostly a matter of searching, a wide one of proving.
        """
        narrow = self.bound - self.placed <= max(2, NARROW * len(self._students))
        if narrow:
            self._search(deadline)
        self._prove(_part(deadline, 1 if narrow else 0.7))
        if not narrow:
            self._search(deadline)

    def _prove(self, deadline: float | None) -> None:
        if self.proved or _over(deadline):
            return
        solved = Region(self._market, self._matching, self._slots).solve(time_limit=_left(deadline))
        self.bound = min(self.bound, max(solved.bound, self.placed))
        if solved.matching is not None:
            self._take_if_larger(solved.matching)

    def _search(self, deadline: float | None) -> None:
        """Rematch around each unplaced student, reaching ever farther; sweep again while it helps."""
        draw = random.Random(0)
        for reach in REACHES:
            before = -1
            while before < self.placed < self.bound:
                before = self.placed
                for student in self._students:
                    if self.proved or _over(deadline):
                        return
                    if self._matching[student] == UNPLACED:
                        self._rematch_around(student, reach, draw, deadline)

    def _rematch_around(self, student: int, reach: int, draw: random.Random, deadline: float | None) -> None:
        slots = _around(self._market, self._matching, student, reach, draw)
        if not slots:
            return
        limit = _left(deadline)
        solved = Region(self._market, self._matching, slots).solve(
            time_limit=STEP if limit is None else min(limit, STEP)
        )
        if solved.matching is not None:
            self._take_if_larger(solved.matching, ties=True)

    def _take_if_larger(self, found: list[int], *, ties: bool = False) -> None:
        size = sum(found[i] != UNPLACED for i in self._students)
        if size + ties > self.placed:
            self._take(found)

    def _take(self, found: list[int]) -> None:
        for i in self._students:
            self._matching[i] = found[i]


STEP = 5.0  # seconds for one step of the local search; hardly ever reached


def _around(market: Market, matching: list[int], student: int, reach: int, draw: random.Random) -> list[int]:
    """Slots on a shortest way from an unplaced student to a free place, and around it, of ``reach`` places.

    Empty if no free place can be reached, in which case nobody can give way to the student.
    """
    room = list(market.capacity)
    for slot in matching:
        if slot != UNPLACED:
            room[slot] -= 1
    came_from: dict[int, int] = {}  # slot: the student through whom it was reached
    through: dict[int, int] = {}  # student: the slot through which they were reached
    frontier = [student]
    seen = {student}
    goal = UNPLACED
    for i in frontier:
        for j in _shuffled(market.wish[i], draw):
            if j in came_from:
                continue
            came_from[j] = i
            if room[j]:
                goal = j
                break
            for other in market.rank[j]:
                if other not in seen:
                    seen.add(other)
                    through[other] = j
                    frontier.append(other)
        if goal != UNPLACED:
            break
    if goal == UNPLACED:
        return []
    way = [goal]
    while came_from[way[-1]] != student:
        way.append(through[came_from[way[-1]]])
    return _widened(market, way, reach, draw)


def _widened(market: Market, way: list[int], reach: int, draw: random.Random) -> list[int]:
    found = list(way)
    inside = set(way)
    places = sum(market.capacity[j] for j in way)
    for j in found:
        for i in _shuffled(market.rank[j], draw):
            for other in market.wish[i]:
                if places >= reach:
                    return found
                if other not in inside:
                    inside.add(other)
                    found.append(other)
                    places += market.capacity[other]
    return found


def _shuffled(members: Mapping[int, int], draw: random.Random) -> list[int]:
    mixed = list(members)
    draw.shuffle(mixed)
    return mixed


def _over(deadline: float | None) -> bool:
    return deadline is not None and monotonic() >= deadline


def _left(deadline: float | None) -> float | None:
    return None if deadline is None else max(0.0, deadline - monotonic())


def _part(deadline: float | None, share: float) -> float | None:
    """A deadline after this share of the time left."""
    return None if deadline is None else monotonic() + share * max(0.0, deadline - monotonic())
