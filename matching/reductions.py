"""Delete pairs that no weakly stable matching uses. Solver side: never imports the verifier.

Both rules generalise those of Irving and Manlove [1]_ from counting to Hall's condition, and hold with ties
on both sides. A pair is *dropped* only if (a) no weakly stable matching of the present lists contains it, and
(b) it blocks no matching that is weakly stable on the lists without it. By induction over the drops a
matching is weakly stable on the reduced lists iff it is on the original ones: both have the same weakly
stable matchings, hence the same largest.

**Students' rule.** Suppose slot j, with c places, holds student k. Every student i whom j likes strictly
better than k must be somewhere that i likes at least as well as j, or (i, j) blocks. So those students must
fit, all at once, into such slots of theirs, of which j offers only c - 1 places, since k takes one. If they
don't fit, (k, j) is in no stable matching: (a). For (b), let M be stable without (k, j) and (k, j) block it:
j has a free place, or holds some l that it likes strictly less than k. Then every student whom j likes
strictly better than k must be at least as well off as with j in M, or would block with j. Move k to j, in
the free place or in that of l: all those students still have their places and at most c - 1 of them are at
j, so they did fit.

**Slots' rule.** Suppose student k is at slot j. Every slot h that k likes strictly better must be full of
students whom h likes at least as well as k, or (k, h) blocks; k is not among them. If no matching without k
fills all these slots so, (k, j) is in no stable matching: (a). For (b), let M be stable without (k, j) and
(k, j) block it: k likes j strictly better than what M gives, hence all those slots h too, and none of them
blocks with k, so M itself fills them so.

Whether students fit, or slots fill, is a bipartite matching problem; what is asked grows tier by tier along
the list of j or of k while the pairs that may be used stay the same, so one growing matching answers for the
whole list. Long lists with wide ties could make that slow, so each list gets so many steps, no pass begins
after so many pairs were looked at, and the caller may end it between two lists; what is not refuted by then
stays. Counting alone (c students who have j as their only best; fewer than c students at least as good as k)
gives the rules of [1]_ back.

References
----------
.. [1] R. W. Irving and D. F. Manlove, "Finding large stable matchings", ACM Journal of Experimental
   Algorithmics 14, 2009, section 3.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Generic, TypeVar

from matching.market import Market

Item = TypeVar("Item")


def reduce(market: Market, *, over: Callable[[], bool] = lambda: False) -> int:
    """Apply both rules until neither applies; return how many pairs were dropped.

    A pass takes O(list length x pairs) at worst and far less on sparse lists; only slots and students next
    to a dropped pair are looked at again. Once ``over()`` no further list is looked at.
    """
    dropped = 0
    pairs = sum(map(len, market.wish))
    students, slots = set(range(len(market.wish))), set(range(len(market.rank)))
    looked_at = 0
    while (students or slots) and looked_at <= PASSES * pairs and not over():
        looked_at += sum(len(market.rank[j]) for j in slots) + sum(len(market.wish[i]) for i in students)
        gone = [pair for j in sorted(slots) if not over() for pair in _drop(market, _unfit(market, j))]
        gone += [pair for k in sorted(students) if not over() for pair in _drop(market, _beyond(market, k))]
        dropped += len(gone)
        students = {i for _, j in gone for i in market.rank[j]} | {i for i, _ in gone}
        slots = {j for i, _ in gone for j in market.wish[i]} | {j for _, j in gone}
    return dropped


def _drop(market: Market, pairs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    for student, slot in pairs:
        market.drop(student, slot)
    return pairs


def _unfit(market: Market, slot: int) -> list[tuple[int, int]]:
    """What the students' rule drops from the list of a slot."""
    rank = market.rank[slot]
    places = market.capacity[slot]
    if not places:
        return [(student, slot) for student in rank]
    room: _Growing[int] = _Growing(lambda other: market.capacity[other] - (other == slot))
    for better, tier in _tiers(rank):
        for student in better:
            wish = market.wish[student]
            good = [other for other, level in wish.items() if level <= wish[slot]]
            if not room.add(student, good):
                return [(k, slot) for k, level in rank.items() if level > tier]
    return []


def _beyond(market: Market, student: int) -> list[tuple[int, int]]:
    """What the slots' rule drops from the list of a student."""
    wish = market.wish[student]
    fill: _Growing[tuple[int, int]] = _Growing(lambda _: 1)
    for better, tier in _tiers(wish):
        for slot in better:
            rank = market.rank[slot]
            good = [i for i, level in rank.items() if level <= rank[student] and i != student]
            places = market.capacity[slot]
            if len(good) < places or not all(fill.add((slot, place), good) for place in range(places)):
                return [(student, j) for j, level in wish.items() if level > tier]
    return []


def _tiers(levels: dict[int, int]) -> Iterable[tuple[list[int], int]]:
    """The members of each tier and its number; the last is left out, since nobody comes after it."""
    found: dict[int, list[int]] = {}
    for member, level in levels.items():
        found.setdefault(level, []).append(member)
    return [(members, level) for level, members in found.items()][:-1]


PASSES = 20  # how often each pair is looked at, on average
EFFORT = 10_000  # steps for one list


class _Growing(Generic[Item]):
    """A bipartite matching of items to bins that grows by one item at a time, along augmenting paths.

    After :data:`EFFORT` steps it gives up and says that whatever comes fits.
    """

    def __init__(self, room: Callable[[int], int]) -> None:
        self._room = room
        self._good: dict[Item, Sequence[int]] = {}
        self._inside: dict[int, list[Item]] = {}
        self._effort = EFFORT

    def add(self, item: Item, good: Sequence[int]) -> bool:
        """Place one more item, moving others where needed; False if not all fit."""
        self._good[item] = good
        came_from: dict[int, tuple[Item, int | None]] = {}  # bin: who would enter it, and the bin they leave
        frontier: list[tuple[Item, int | None]] = [(item, None)]
        for mover, left in frontier:  # grows while it is walked: breadth first
            self._effort -= len(self._good[mover])
            if self._effort < 0:
                return True
            for bin_ in self._good[mover]:
                if bin_ in came_from:
                    continue
                came_from[bin_] = (mover, left)
                inside = self._inside.setdefault(bin_, [])
                if len(inside) < self._room(bin_):
                    self._shift(bin_, came_from)
                    return True
                frontier.extend((other, bin_) for other in inside)
        return False

    def _shift(self, last: int, came_from: dict[int, tuple[Item, int | None]]) -> None:
        into: int | None = last
        while into is not None:
            mover, left = came_from[into]
            self._inside[into].append(mover)
            if left is not None:
                self._inside[left].remove(mover)
            into = left
