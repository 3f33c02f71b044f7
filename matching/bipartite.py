"""Largest matchings without stability, as upper bounds, and connected components. Solver side: never
imports the verifier."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components, maximum_flow

from matching.market import Market


def largest(market: Market, slots: Iterable[int]) -> int:
    """How many students the remaining pairs of these slots could place if stability were no matter.

    A maximum flow from students through slots: O(pairs x sqrt(students + slots)) for unit capacities. On
    reduced lists it bounds the size of every weakly stable matching, and with dense ties it often is that
    size.
    """
    used = list(slots)
    students = sorted({i for j in used for i in market.rank[j]})
    if not students:
        return 0
    student_node = {i: 1 + k for k, i in enumerate(students)}
    first_slot = 1 + len(students)
    sink = first_slot + len(used)
    arcs = [(0, node, 1) for node in student_node.values()]
    for k, j in enumerate(used):
        arcs += [(student_node[i], first_slot + k, 1) for i in market.rank[j]]
        arcs.append((first_slot + k, sink, market.capacity[j]))
    tails, heads, room = np.array(arcs, dtype=np.int32).T
    network = csr_array((room, (tails, heads)), shape=(sink + 1, sink + 1))
    return int(maximum_flow(network, 0, sink).flow_value)


def components(market: Market) -> list[list[int]]:
    """The slots of each connected component of the remaining pairs that has a pair, largest last."""
    n = len(market.wish)
    pairs = [(i, n + j) for i, wish in enumerate(market.wish) for j in wish]
    if not pairs:
        return []
    tails, heads = np.array(pairs, dtype=np.int32).T
    size = n + len(market.rank)
    graph = csr_array((np.ones(len(pairs), dtype=np.int8), (tails, heads)), shape=(size, size))
    _, label = connected_components(graph, directed=False)
    found: dict[int, list[int]] = {}
    for j, rank in enumerate(market.rank):
        if rank:
            found.setdefault(int(label[n + j]), []).append(j)
    return sorted(found.values(), key=lambda slots: (len(slots), slots))
