"""The largest weakly stable matching. Solver side: never imports the verifier.

NP-hard with ties, even on one side [1]_. In this order:

1. Király's 3/2-approximation (:mod:`matching.kiraly`) on the lists as they are: nothing below it is returned.
2. Reductions (:mod:`matching.reductions`), then the connected components of what is left; each is closed by
   itself.
3. A maximum bipartite matching as upper bound; and several promotions on the reduced lists, from several
   shuffled starts, each augmented as far as its cutoffs allow (:mod:`matching.augmenting`). Where ties are
   dense this mostly reaches the bound.
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
from collections.abc import Iterator, Mapping
from time import monotonic
from typing import Any

from matching.augmenting import augment
from matching.bipartite import components, largest
from matching.indexed import UNPLACED, Indexed
from matching.kiraly import promote
from matching.market import Market
from matching.reductions import reduce
from matching.result import Outcome
from matching.stable_program import Region, terms

PROMOTIONS = 4
STARTS = 8
NARROW = 0.005  # share of a component's students up to which a gap is left to local search first
SMALL = 300  # students of a component that goes to the program at once
REACHES = (40, 120, 300, 450, 600)  # places that a step of the local search rematches
PATIENCE = 40  # steps without a student more before the search reaches farther
TERMS = 4_000_000  # coefficients beyond which a program is not even tried
FIRST_TRY = 60.0  # seconds for the program before the search, where the gap is wide
GLANCE = 0.15  # share of that time, and of what is left, where the gap is narrow
STEP = 5.0  # seconds for one step of the local search; hardly ever reached


def max_size(indexed: Indexed, options: Mapping[str, Any]) -> Outcome:
    """A largest weakly stable matching, proved or with the gap that the time limit leaves.

    Options: ``time_limit``, seconds from the call; without it the search ends with a proof, unless the
    program were too large for memory. The size is reproducible whenever it is proved; with a time limit
    that was hit it depends on the machine.

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
    reduce(market, over=lambda: _over(deadline))
    matching = [UNPLACED] * len(fast)
    parts = [_Component(market, slots, matching) for slots in components(market)]
    for start in _starts(market, fast):
        for part in parts:
            part.take_if_larger(start)
        if all(part.proved for part in parts) or _over(deadline):
            break
    open_ = [part for part in parts if not part.proved]
    for number, part in enumerate(open_):
        part.close(_part(deadline, part.weight / sum(other.weight for other in open_[number:])))
    bound = sum(part.bound for part in parts)
    optimal = all(part.proved for part in parts)
    return Outcome(market.slot_of(matching), optimal=optimal, bound=bound + market.preassigned)


class _Component:
    """One connected component of the reduced lists; ``matching`` is everybody's, and shared."""

    def __init__(self, market: Market, slots: list[int], matching: list[int]) -> None:
        self._market = market
        self._slots = slots
        self._students = sorted({i for j in slots for i in market.rank[j]})
        self._matching = matching
        self._draw = random.Random(0)
        self.bound = largest(market, slots)
        self.weight = len(self._students)

    @property
    def placed(self) -> int:
        return sum(self._matching[i] != UNPLACED for i in self._students)

    @property
    def proved(self) -> bool:
        return self.placed == self.bound

    def close(self, deadline: float | None) -> None:
        """Search and prove until both meet or the deadline passes.

        A narrow gap is mostly a matter of searching, a wide one of proving, a small component of a moment.
        Before it searches, the program gets a glance: where few slots share many places it may know at once.
        """
        if self.weight <= SMALL or self.bound - self.placed > NARROW * self.weight:
            single = all(self._market.capacity[j] == 1 for j in self._slots)  # the program bounds these well
            share = 0.7 if single else 0.3
            self._prove(_soonest(_part(deadline, share), monotonic() + FIRST_TRY))
        else:
            self._prove(_soonest(_part(deadline, GLANCE), monotonic() + FIRST_TRY * GLANCE))
        self._search(_part(deadline, 0.6))
        self._prove(deadline, only_larger=True)

    def _prove(self, deadline: float | None, *, only_larger: bool = False) -> None:
        """With ``only_larger`` the program is asked for a larger matching or a proof that there is none."""
        if self.proved or _over(deadline) or terms(self._market, self._slots) > TERMS:
            return
        solved = Region(self._market, self._matching, self._slots).solve(
            at_least=self.placed + 1 if only_larger else 0, time_limit=_left(deadline)
        )
        self.bound = min(self.bound, max(solved.bound, self.placed))
        if solved.matching is not None:
            self.take_if_larger(solved.matching)

    def _search(self, deadline: float | None) -> None:
        """Rematch around unplaced students, drawn one at a time, reaching farther where that stops helping.

        A step that places nobody more is taken too: it leads to other places.
        """
        for reach in REACHES:
            idle = 0
            while idle < PATIENCE and not self.proved and not _over(deadline):
                before = self.placed
                student = self._draw.choice([i for i in self._students if self._matching[i] == UNPLACED])
                slots = _around(self._market, self._matching, student, reach, self._draw)
                if slots and terms(self._market, slots) <= TERMS:
                    step = _soonest(deadline, monotonic() + STEP)
                    solved = Region(self._market, self._matching, slots).solve(time_limit=_left(step))
                    self.take_if_larger(solved.matching or [], ties=True)
                idle = idle + 1 if self.placed == before else 0
            self.take_if_larger(augment(self._market, self._matching))

    def take_if_larger(self, found: list[int], *, ties: bool = False) -> None:
        size = sum(found[i] != UNPLACED for i in self._students) if found else 0
        if size + ties > self.placed:
            for i in self._students:
                self._matching[i] = found[i]


def _starts(market: Market, fast: list[int]) -> Iterator[list[int]]:
    yield fast
    yield augment(market, fast)
    for number in range(STARTS):
        draw = random.Random(number) if number else None
        yield augment(market, promote(market, PROMOTIONS, draw))


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


def _soonest(deadline: float | None, other: float) -> float:
    return other if deadline is None else min(deadline, other)


def _part(deadline: float | None, share: float) -> float | None:
    """A deadline after this share of the time left."""
    return None if deadline is None else monotonic() + share * max(0.0, deadline - monotonic())
