"""Couples in tight random markets: how often a stable matching is found or disproved, and how long it takes.

    python tests/benchmarks/couples.py                     5 % of 1,000 students in couples, 100 markets
    python tests/benchmarks/couples.py --share 20 --time-limit 60

Each student draws 10 slots uniformly, slots rank whoever lists them in random order, there are as many places
as students, 5 to a slot. A couple ranks all 100 pairs of its members' lists by the sum of ranks.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import time
from typing import Any

from matching import Problem, check, solve

LIST, PLACES = 10, 5


def tight_market(
    seed: int, students: int, percent: float, length: int = LIST, places: int = PLACES
) -> dict[str, Any]:
    """The object of a problem file; the seed is the whole market."""
    rng = random.Random(seed)
    names = [f"s{i}" for i in range(students)]
    slots = [f"h{j}" for j in range(students // places)]
    lists = {name: rng.sample(slots, length) for name in names}
    order = sorted(
        ((x, y) for x in range(length) for y in range(length)), key=lambda ranks: (sum(ranks), ranks)
    )
    coupled = names[: 2 * int(students * percent / 200)]
    couples = [
        {"id": f"k{k}", "members": [a, b], "preferences": [[lists[a][x], lists[b][y]] for x, y in order]}
        for k, (a, b) in enumerate(zip(coupled[::2], coupled[1::2], strict=True))
    ]
    wanted: dict[str, list[str]] = {slot: [] for slot in slots}
    for name in names:
        for slot in lists[name]:
            wanted[slot].append(name)
    for listed in wanted.values():
        rng.shuffle(listed)
    singles = set(names).difference(coupled)
    return {
        "format": "matching-problem/1",
        "students": [
            {"id": name, "preferences": [[slot] for slot in lists[name]] if name in singles else []}
            for name in names
        ],
        "slots": [
            {"id": slot, "capacity": places, "preferences": [[name] for name in wanted[slot]]}
            for slot in slots
        ],
        "couples": couples,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--students", type=int, default=1_000)
    parser.add_argument("--share", type=float, default=5, help="percent of students in couples")
    parser.add_argument("--markets", type=int, default=100)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--time-limit", type=float, default=60)
    options = parser.parse_args()
    walls, processor, found, none, settled = [], [], 0, 0, 0
    for seed in range(options.first, options.first + options.markets):
        problem = Problem.from_dict(tight_market(seed, options.students, options.share))
        wall, used = time.perf_counter(), time.process_time()
        result = solve(problem, "couples", time_limit=options.time_limit)
        walls.append(time.perf_counter() - wall)
        processor.append(time.process_time() - used)
        if not check(problem, result).holds:
            raise SystemExit(f"seed {seed}: the verifier disagrees")
        found += result.statistics["stable"] == "found"
        none += result.statistics["stable"] == "none exists"
        settled += result.optimal
        print(
            f"seed {seed}: {result.statistics['stable']}, orders {result.statistics['orders']}, blocking "
            f"{len(result.blocking_pairs)}, bound {result.bound}, {walls[-1]:.3f} s, "
            f"processor {processor[-1]:.3f} s",
            flush=True,
        )
    print(
        f"{options.markets} markets of {options.students}, {options.share:g} % in couples: stable {found}, "
        f"none exists {none}, of all the fewest blocking pairs proved {settled}; wall median "
        f"{statistics.median(walls):.3f} s, worst {max(walls):.3f} s; processor median "
        f"{statistics.median(processor):.3f} s, worst {max(processor):.3f} s; load {os.getloadavg()[0]:.1f}"
    )


if __name__ == "__main__":
    main()
