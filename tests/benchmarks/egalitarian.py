"""Egalitarian and minimum-regret matchings of a large random market, timed, and the rotations behind them.

    python tests/benchmarks/egalitarian.py                             lists of 10, slots of 5 places
    python tests/benchmarks/egalitarian.py --length 100 --places 1     many more rotations

Strict lists drawn uniformly, slots rank whoever lists them in random order, as many places as students. The
clock runs from the read problem to the result.
"""

from __future__ import annotations

import argparse
import os
import time

from couples import tight_market

from matching import Problem, check, solve


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--students", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--length", type=int, default=10)
    parser.add_argument("--places", type=int, default=5)
    options = parser.parse_args()
    problem = Problem.from_dict(
        tight_market(options.seed, options.students, percent=0, length=options.length, places=options.places)
    )
    for objective in ("egalitarian", "minimum-regret"):
        wall, used = time.perf_counter(), time.process_time()
        result = solve(problem, objective)
        wall, used = time.perf_counter() - wall, time.process_time() - used
        if not check(problem, result).holds:
            raise SystemExit(f"{objective}: the verifier disagrees")
        print(
            f"{objective}, {options.students} students: value {result.bound}, "
            f"{result.statistics['rotations']} rotations, wall {wall:.2f} s, processor {used:.2f} s, "
            f"load {os.getloadavg()[0]:.1f}"
        )


if __name__ == "__main__":
    main()
