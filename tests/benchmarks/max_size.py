"""How large stable matchings with ties get, and what proving it takes. One command gives every figure:

    python tests/benchmarks/max_size.py            # all families, hours at worst
    python tests/benchmarks/max_size.py --quick    # a few markets of each family, minutes
    python tests/benchmarks/max_size.py --family one-place-0.50 --markets 20

**The markets.** ``random.Random(f"{family} {number}")`` draws everything, in this order. Slots share the
places as evenly as whole numbers allow, earlier slots taking what is left over. Each student draws distinct
slots without replacement, each draw with probability in proportion to the slots' popularity (uniform, or
falling linearly from 5 for the first slot to 1 for the last), and ranks them in the order drawn. Each slot
ranks exactly the students who drew it, in a uniformly random order. A list of tie density d then joins each
entry but the first to the tier of its predecessor with probability d, independently; students' lists first,
then slots'.

| family | students | slots | places | list | student ties | slot ties | popularity |
|---|---|---|---|---|---|---|---|
| one-place-0.50, -0.90 | 1,000 | 1,000 | 1,000 | 5 | 0 | 0.50, 0.90 | uniform |
| one-place-both | 1,000 | 1,000 | 1,000 | 5 | 0.85 | 0.85 | uniform |
| five-places-0.50, -0.90, -both | 1,000 | 200 | 1,000 | 5 | as above | as above | uniform |
| 2000-, 5000- and a density | 2,000, 5,000 | as many | as many | 5 | as above | as above | uniform |
| scottish-random | 759 | 53 | 775 | 6 | 0 | 0.84 | 5 to 1 |
| scottish | 759 | 53 | 801 | 6 | 0 | 0.92 | 5 to 1 |

**The Scottish scheme's shape.** ``scottish`` is ``matching.generate`` with kind ``scores``: one score of
seven values ranks the students at every slot, as in the scheme, whose employers, at least from 2010, "may
not submit preferences, but rather are all constrained to rank potential employees by their exam scores"
(A. Roth, "New clearinghouse for new doctors in Scotland", 2010). Students, slots, places and list length
are those of its published instance of 2006, whose largest stable matching has 758 and whose lists have a
tie density of 0.92 (A. Kwanashie and D. F. Manlove, "An integer programming approach to the
hospitals/residents problem with ties", 2014); the seven values give that density. Which students list
what is not published, so popularity is ours. In ``scottish-random`` every slot ranks in an order of its
own, which no scheme of that kind does: much harder, and kept as a stress.

Each market is solved from a Problem, index included, and its result verified by ``matching.verify``; the
figures are seconds on the wall and of this process's processor time. Where other processes keep the machine
busy, the former is an upper estimate and the latter the better one; the load average is printed.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import sys
import time
from collections.abc import Iterator
from typing import Any, NamedTuple

from matching import Problem, solve, verify
from matching.generate import Market, generate


class Family(NamedTuple):
    students: int
    slots: int
    places: int
    length: int
    student_ties: float
    slot_ties: float
    skew: float
    markets: int
    time_limit: float


TIES = {"0.50": (0.0, 0.5), "0.90": (0.0, 0.9), "both": (0.85, 0.85)}


def families() -> dict[str, Family]:
    found = {}
    for label, (student_ties, slot_ties) in TIES.items():
        rest = (5, student_ties, slot_ties, 1.0)
        found[f"one-place-{label}"] = Family(1_000, 1_000, 1_000, *rest, 20, 60.0)
        found[f"five-places-{label}"] = Family(1_000, 200, 1_000, *rest, 20, 60.0)
        found[f"2000-{label}"] = Family(2_000, 2_000, 2_000, *rest, 20, 60.0)
        found[f"5000-{label}"] = Family(5_000, 5_000, 5_000, *rest, 20, 60.0)
    found["scottish"] = Family(759, 53, 801, 6, 0.0, 0.92, 5.0, 20, 60.0)
    found["scottish-random"] = Family(759, 53, 775, 6, 0.0, 0.84, 5.0, 20, 60.0)
    return found


def market(family: str, number: int) -> Problem:
    """The market of this number in a family, as the docstring of the module defines it."""
    shape = families()[family]
    if family == "scottish":
        return scored(shape, number)
    rng = random.Random(f"{family} {number}")
    popularity = [shape.skew + (1 - shape.skew) * j / max(1, shape.slots - 1) for j in range(shape.slots)]
    wanted: list[list[int]] = [[] for _ in range(shape.slots)]
    lists = []
    for i in range(shape.students):
        drawn = _draw(rng, popularity, shape.length)
        lists.append(drawn)
        for j in drawn:
            wanted[j].append(i)
    for students in wanted:
        rng.shuffle(students)
    each, over = divmod(shape.places, shape.slots)
    return Problem.from_dict(
        {
            "format": "matching-problem/1",
            "name": f"{family} {number}",
            "students": [
                {"id": f"s{i:05}", "preferences": _tied(rng, [f"p{j:05}" for j in drawn], shape.student_ties)}
                for i, drawn in enumerate(lists)
            ],
            "slots": [
                {
                    "id": f"p{j:05}",
                    "capacity": each + (j < over),
                    "preferences": _tied(rng, [f"s{i:05}" for i in students], shape.slot_ties),
                }
                for j, students in enumerate(wanted)
            ],
        }
    )


def scored(shape: Family, number: int) -> Problem:
    """One score of seven values for each student; the tie density follows."""
    return generate(
        Market(
            students=shape.students,
            slots=shape.slots,
            kind="scores",
            length=shape.length,
            places=shape.places,
            skew=shape.skew,
            tiers=7,
            seed=number,
        )
    )


def _draw(rng: random.Random, popularity: list[float], length: int) -> list[int]:
    drawn: list[int] = []
    while len(drawn) < length:
        (slot,) = rng.choices(range(len(popularity)), popularity)
        if slot not in drawn:
            drawn.append(slot)
    return drawn


def _tied(rng: random.Random, names: list[str], density: float) -> list[list[str]]:
    tiers: list[list[str]] = []
    for name in names:
        if tiers and rng.random() < density:
            tiers[-1].append(name)
        else:
            tiers.append([name])
    return tiers


def measure(family: str, number: int, time_limit: float) -> dict[str, Any]:
    problem = market(family, number)
    fast = solve(problem, "max-size-fast")
    wall, processor = time.perf_counter(), time.process_time()
    result = solve(problem, "max-size", time_limit=time_limit)
    wall, processor = time.perf_counter() - wall, time.process_time() - processor
    if verify(problem, result) or verify(problem, fast):
        raise AssertionError(f"{family} {number}: not stable")
    size, least = result.statistics["placed"], fast.statistics["placed"]
    if size < least or result.bound is None or (result.optimal and result.bound != size):
        raise AssertionError(f"{family} {number}: {least} fast, {size} of {result.bound}")
    return {
        "family": family,
        "market": number,
        "fast": least,
        "placed": size,
        "bound": result.bound,
        "proved": result.optimal,
        "seconds": round(wall, 2),
        "processor_seconds": round(processor, 2),
        "load": round(os.getloadavg()[0], 1),
    }


def run(chosen: list[str], markets: int | None, time_limit: float | None) -> Iterator[list[dict[str, Any]]]:
    for family in chosen:
        shape = families()[family]
        rows = []
        for number in range(markets or shape.markets):
            rows.append(measure(family, number, time_limit or shape.time_limit))
            print(json.dumps(rows[-1]), flush=True)
        yield rows


def summary(rows: list[dict[str, Any]]) -> str:
    gaps = [(row["bound"] - row["placed"]) / row["placed"] for row in rows]
    wall = sorted(row["seconds"] for row in rows)
    processor = [row["processor_seconds"] for row in rows]
    return (
        f"# {rows[0]['family']}: {sum(row['proved'] for row in rows)} of {len(rows)} proved; seconds median "
        f"{statistics.median(wall):.2f}, worst {wall[-1]:.2f} (processor {statistics.median(processor):.2f}, "
        f"{max(processor):.2f}); largest gap {100 * max(gaps):.2f} %; above max-size-fast by "
        f"{statistics.mean(row['placed'] - row['fast'] for row in rows):.1f} on average"
    )


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(description="Measure the objective max-size.")
    parser.add_argument("--family", action="append", choices=sorted(families()), help="may be repeated")
    parser.add_argument("--markets", type=int, help="how many of each family")
    parser.add_argument("--time-limit", type=float, help="seconds a market")
    parser.add_argument("--quick", action="store_true", help="two markets of each family, 20 seconds each")
    options = parser.parse_args(arguments)
    if options.quick:
        options.markets, options.time_limit = options.markets or 2, options.time_limit or 20.0
    chosen = options.family or list(families())
    summaries = []
    for rows in run(chosen, options.markets, options.time_limit):
        summaries.append(summary(rows))
        print(summaries[-1], flush=True)
    print("\n".join(["", *summaries]))


if __name__ == "__main__":
    main(sys.argv[1:])
