"""Large weakly stable matchings fast: students who exhaust their list are promoted within ties. Solver side:
never imports the verifier.

Students propose down their lists. One who reaches the end is promoted, once in Király's algorithm [1]_, and
starts again from the top: slots still go by their tiers, but within a tier they prefer the student promoted
more often. With ties in a student's own list two rules of [1]_ join: of the slots tied for best, a student
proposes to one with a free place if there is one; and a student whose present tier still has a slot with a
free place is *uncertain*: a full slot that holds somebody uncertain takes any newcomer in their stead, and
they move to the free place, which costs them nothing.

**Why the result is stable.** Free places never reappear, so a slot that is full when somebody proposes to it
stays full. Somebody uncertain took a free place, so their slot has refused nobody yet when it gives them up;
in every other exchange the slot's worst student gets better. So whom a slot has ever refused is, in tiers,
no better than anyone it holds at the end; and a student ends no lower than the last slots they proposed to.
None of this asks how often somebody may be promoted.

**Which bound holds.** With one promotion the largest weakly stable matching is at most 3/2 as large, with
ties on either side or both [1]_. For slots of several places this is [1]_ on the market in which each place
is a slot of its own with the same list and students are indifferent among the places of a slot: weakly
stable matchings of the two have the same sizes. No polynomial algorithm is known to do better than 3/2 with
ties on both sides.

References
----------
.. [1] Z. Király, "Linear time local approximation algorithm for maximum stable marriage", Algorithms 6(3),
   2013, 471-484.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Mapping
from heapq import heapify, heappop, heappush
from typing import Any

from matching.indexed import UNPLACED, Indexed
from matching.market import Market, placed
from matching.result import Outcome


def max_size_fast(indexed: Indexed, options: Mapping[str, Any]) -> Outcome:
    """Király's 3/2-approximation of the largest weakly stable matching.

    O(pairs x log) up to the width of ties. ``bound`` is the smallest of 3/2 of what it placed, the students
    who have a pair and the places; ``optimal`` iff that is what it placed.

    >>> from matching import Problem, solve
    >>> problem = Problem.from_dict({
    ...     "format": "matching-problem/1",
    ...     "students": [{"id": "s1", "preferences": [["a"], ["b"]]}, {"id": "s2", "preferences": [["a"]]}],
    ...     "slots": [{"id": "a", "preferences": [["s1", "s2"]]}, {"id": "b", "then_any": True}],
    ... })
    >>> dict(solve(problem, "max-size-fast").assignment)
    {'s1': 'b', 's2': 'a'}
    """
    market = Market(indexed)
    matching = promote(market)
    size = placed(matching)
    places = sum(min(c, len(rank)) for c, rank in zip(market.capacity, market.rank, strict=True))
    bound = min(size * 3 // 2, sum(map(bool, market.wish)), places)
    fixed = market.preassigned
    return Outcome(market.slot_of(matching), optimal=size == bound, bound=bound + fixed)


def promote(market: Market, promotions: int = 1, draw: random.Random | None = None) -> list[int]:
    """The slot of each student after everybody was promoted as often as it took, at most ``promotions``
    times.

    More promotions make the ties of the slots give way along longer chains: with every slot indifferent
    this is the auction algorithm for bipartite matching. With ``draw`` the students' turns and the order
    within their own ties are shuffled: another stable matching, as good as any for a start.
    """
    return _Proposals(market, promotions, draw).run()


class _Proposals:
    def __init__(self, market: Market, promotions: int, draw: random.Random | None) -> None:
        self._market = market
        self._promotions = promotions
        n = len(market.wish)
        self._slot_of = [UNPLACED] * n
        self._tiers = [market.tiers(i) for i in range(n)]
        self._turns = [i for i, tiers in enumerate(self._tiers) if tiers]
        if draw:
            draw.shuffle(self._turns)
            for tier in (tier for tiers in self._tiers for tier in tiers if len(tier) > 1):
                draw.shuffle(tier)
        self._depth = [0] * n
        self._left = [list(tiers[0]) if tiers else [] for tiers in self._tiers]  # of the present tier
        self._level = [0] * n
        self._stay = [0] * n  # counts a student's stays, so that a heap's old entries are known
        self._room = list(market.capacity)
        self._worst: list[list[tuple[int, int, int, int]]] = [[] for _ in market.rank]
        self._uncertain: list[list[tuple[int, int]]] = [[] for _ in market.rank]

    def run(self) -> list[int]:
        waiting = deque(self._turns)
        while waiting:
            student = waiting.popleft()
            while student != UNPLACED and self._may_propose(student):
                student = self._propose(student)
        return self._slot_of

    def _may_propose(self, student: int) -> bool:
        """Whether slots are left, after a promotion where it takes one."""
        if self._depth[student] < len(self._tiers[student]):
            return True
        if self._level[student] >= self._promotions:
            return False
        self._level[student] += 1
        self._depth[student] = 0
        self._left[student] = list(self._tiers[student][0])
        return True

    def _propose(self, student: int) -> int:
        """One round with the slots of the present tier; return who has to propose next."""
        options = [(cost, k, slot) for k, slot in enumerate(self._left[student])
                   for cost in [self._cost(student, slot)] if cost is not None]  # fmt: skip
        if not options:
            self._strike(student, None)
            return student
        slot = min(options)[2]
        loser = self._displaced(slot)
        self._enter(student, slot)
        return loser

    def _cost(self, student: int, slot: int) -> int | None:
        """None if the slot would refuse; else smaller where giving way is easier."""
        if self._room[slot]:
            return -2
        if self._uncertain_at(slot) != UNPLACED:
            return -1
        worst = self._worst_at(slot)
        if worst is None:
            return None
        mine = (-self._market.rank[slot][student], self._level[student])
        return worst[1] if worst[:2] < mine else None

    def _displaced(self, slot: int) -> int:
        """Make room: nobody leaves a free place, somebody uncertain keeps the slot in their list."""
        if self._room[slot]:
            self._room[slot] -= 1
            return UNPLACED
        loser = self._uncertain_at(slot)
        if loser == UNPLACED:
            loser = -heappop(self._worst[slot])[2]
            self._strike(loser, slot)
        self._slot_of[loser] = UNPLACED
        self._stay[loser] += 1
        return loser

    def _enter(self, student: int, slot: int) -> None:
        self._slot_of[student] = slot
        stay = self._stay[student]
        tier = self._market.rank[slot][student]
        heappush(self._worst[slot], (-tier, self._level[student], -student, stay))
        if len(self._worst[slot]) > 2 * self._market.capacity[slot] + 8:
            self._worst[slot] = [entry for entry in self._worst[slot] if self._stay[-entry[2]] == entry[3]]
            heapify(self._worst[slot])
        if len(self._left[student]) > 1:
            self._uncertain[slot].append((student, stay))

    def _uncertain_at(self, slot: int) -> int:
        """Somebody uncertain at the slot; who is certain once stays so, since free places never come back."""
        stack = self._uncertain[slot]
        while stack:
            student, stay = stack[-1]
            if self._stay[student] == stay and any(self._room[j] for j in self._left[student]):
                return student
            stack.pop()
        return UNPLACED

    def _worst_at(self, slot: int) -> tuple[int, int, int, int] | None:
        heap = self._worst[slot]
        while heap and self._stay[-heap[0][2]] != heap[0][3]:
            heappop(heap)
        return heap[0] if heap else None

    def _strike(self, student: int, slot: int | None) -> None:
        """Strike a slot, or with None the whole present tier."""
        if slot is None:
            self._left[student].clear()
        else:
            self._left[student].remove(slot)
        if not self._left[student]:
            self._depth[student] += 1
            tiers = self._tiers[student]
            if self._depth[student] < len(tiers):
                self._left[student] = list(tiers[self._depth[student]])
