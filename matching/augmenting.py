"""Place more students without any slot's cutoff getting worse. Solver side: never imports the verifier.

Fix for each slot the worst tier it may hold: its present cutoff. Then student i is safe from blocking iff
placed at least as well as g(i), the best tier of theirs among slots that would take them, that is whose
cutoff is worse than i; and a full slot keeps its cutoff iff it stays full of tiers no worse. So a student may
move to any slot that they like at least as well as g(i) and whose cutoff they meet, in the place of anyone
there who moves on in the same way, and a chain of such moves from an unplaced student to a free place is an
augmenting path: every slot on it stays full, no cutoff gets worse, nobody falls below g. The result is weakly
stable with one more student placed. For fixed cutoffs, augmenting until no path is left places the most
students possible, as for any bipartite matching; filling free places only relaxes what g asks.
"""

from __future__ import annotations

from matching.indexed import UNPLACED
from matching.market import NEVER, Market


def augment(market: Market, matching: list[int]) -> list[int]:
    """The matching after as many augmenting paths as there are: each found in O(pairs)."""
    matching = list(matching)
    while True:
        holders = market.holders(matching)
        cutoffs = market.cutoffs(holders)
        seen: set[int] = set()  # slots from which no free place is reached, as long as nothing changes
        ways = [
            _grow(market, matching, holders, cutoffs, student, seen)
            for student, slot in enumerate(matching)
            if slot == UNPLACED and market.wish[student]
        ]
        if not any(ways):
            return matching


def _grow(
    market: Market,
    matching: list[int],
    holders: list[list[int]],
    cutoffs: list[int],
    student: int,
    seen: set[int],
) -> bool:
    """Augment from this student if there is a path; ``holders`` follow, ``cutoffs`` stay as they were."""
    came_from: dict[int, int] = {}
    frontier = [student]
    for mover in frontier:
        for slot in _allowed(market, cutoffs, mover):
            if slot in seen:
                continue
            seen.add(slot)
            came_from[slot] = mover
            if len(holders[slot]) < market.capacity[slot]:
                _shift(matching, holders, came_from, slot)
                seen.clear()
                return True
            frontier += holders[slot]
    return False


def _allowed(market: Market, cutoffs: list[int], student: int) -> list[int]:
    wish = market.wish[student]
    reach = min((t for j, t in wish.items() if market.rank[j][student] < cutoffs[j]), default=NEVER)
    return [j for j, t in wish.items() if t <= reach and market.rank[j][student] <= cutoffs[j]]


def _shift(matching: list[int], holders: list[list[int]], came_from: dict[int, int], slot: int) -> None:
    while slot != UNPLACED:
        mover = came_from[slot]
        left = matching[mover]
        holders[slot].append(mover)
        if left != UNPLACED:
            holders[left].remove(mover)
        matching[mover] = slot
        slot = left
