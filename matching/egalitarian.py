"""The objectives ``egalitarian`` and ``minimum-regret``: the best compromise between the two sides among all
stable matchings, exactly, from the rotations.

A rank is a 1-based position in the strict list after the lottery, of mutually acceptable partners. Both are
about both sides, because for students alone the student-optimal matching is best in either sense.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from heapq import heapify, heappop, heappush
from typing import Any

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import breadth_first_order, maximum_flow

from matching.errors import MatchingError
from matching.indexed import Indexed
from matching.result import Outcome
from matching.rotations import rotations

_LARGEST = 2**31 - 1  # of the flow's capacities


def egalitarian(indexed: Indexed, options: Mapping[str, Any]) -> Outcome:
    """Smallest sum, over all placements, of the student's rank of the slot and the slot's of the student.

    ``bound`` is that sum. Of several best matchings the one that students like best: the smallest of the
    closed sets of least weight, a minimum cut [1]_.

    References
    ----------
    .. [1] R. W. Irving, P. Leather and D. Gusfield, "An efficient algorithm for the 'optimal' stable
       marriage", 1987.
    """
    found = rotations(indexed)
    wishes = _wishes(indexed)
    weights = [_weight(indexed, wishes, moves) for moves in found.moves]
    slot_of = found.matching(_lightest(weights, found.before))
    cost = _cost(indexed, wishes, slot_of)
    return Outcome(slot_of, bound=cost, statistics={"rank_sum": cost, "rotations": len(weights)})


def minimum_regret(indexed: Indexed, options: Mapping[str, Any]) -> Outcome:
    """Smallest rank that the worst-off placed student or slot has to put up with. ``bound`` is that rank.

    Slots only improve and students only lose from rotation to rotation, so wherever a slot is worst off
    its next rotation, with all that must come before it, is in every better matching.
    """
    found = rotations(indexed)
    wishes = _wishes(indexed)
    students = max((wishes[i][j] for i, j in enumerate(found.first) if j in wishes[i]), default=0)
    done = [0] * indexed.n_slots  # rotations of each slot that are chosen
    worst = [(-history[0][1] - 1, slot) for slot, history in enumerate(found.last_rank) if history]
    heapify(worst)
    chosen: set[int] = set()
    best: tuple[int, int] | None = None  # regret, size of the closed set that has it
    order: list[int] = []
    while best is None or students < best[0]:
        rank, slot = worst[0] if worst else (0, -1)
        regret = max(students, -rank)
        if best is None or regret < best[0]:
            best = (regret, len(order))
        if slot < 0 or done[slot] + 1 == len(found.last_rank[slot]):
            break
        for number in found.closure(chosen, found.last_rank[slot][done[slot] + 1][0]):
            chosen.add(number)
            order.append(number)
            for student, left, taken in found.moves[number]:
                students = max(students, wishes[student][taken])
                done[left] += 1
                heappush(worst, (-found.last_rank[left][done[left]][1] - 1, left))
        while -worst[0][0] - 1 != found.last_rank[worst[0][1]][done[worst[0][1]]][1]:
            heappop(worst)
    slot_of = found.matching(order[: best[1]])
    return Outcome(slot_of, bound=best[0], statistics={"regret": best[0], "rotations": len(found.moves)})


def _lightest(weights: Sequence[int], before: Sequence[Sequence[int]]) -> list[int]:
    """The smallest closed set of least total weight: what a flow from gains to losses cannot saturate."""
    count = len(weights)
    if not any(weight < 0 for weight in weights):
        return []
    if sum(map(abs, weights)) >= _LARGEST:
        raise MatchingError("the ranks are too large for the flow that finds the egalitarian matching")
    source, sink = count, count + 1
    edges = [(source, r, -weight) for r, weight in enumerate(weights) if weight < 0]
    edges += [(r, sink, weight) for r, weight in enumerate(weights) if weight > 0]
    edges += [(r, earlier, _LARGEST) for r, needed in enumerate(before) for earlier in needed]
    tails, heads, capacities = (np.array(part, dtype=np.int32) for part in zip(*edges, strict=True))
    shape = (count + 2, count + 2)
    graph = csr_array((capacities, (tails, heads)), shape=shape)
    flow = maximum_flow(graph, source, sink).flow
    residual = csr_array(graph.astype(np.int64) - flow.astype(np.int64))
    residual.eliminate_zeros()
    reached = breadth_first_order(residual, source, return_predecessors=False)
    return sorted(int(r) for r in reached if r < count)


def _wishes(indexed: Indexed) -> list[dict[int, int]]:
    """The rank of each slot in each student's list."""
    return [{slot: rank for rank, slot in enumerate(slots, 1)} for slots in indexed.student_slots]


def _weight(indexed: Indexed, wishes: Sequence[Mapping[int, int]], moves: Sequence[Any]) -> int:
    ranks = indexed.slot_rank
    return sum(
        wishes[student][taken] - wishes[student][left] + ranks[taken][student] - ranks[left][student]
        for student, left, taken in moves
    )


def _cost(indexed: Indexed, wishes: Sequence[Mapping[int, int]], slot_of: Sequence[int]) -> int:
    return sum(
        wishes[student][slot] + indexed.slot_rank[slot][student] + 1
        for student, slot in enumerate(slot_of)
        if slot in wishes[student]
    )
