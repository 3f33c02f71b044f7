"""What a night's forecast costs beside as many plain solves, in one run.

    PYTHONPATH=. python tests/benchmarks/forecast.py [--draws 500] [--rounds 3]

Markets of 60 students and 40 slots, and of 300 and 200: six applications each, four in five students with a
list, half of the slots silent, ties. Times are processor time, the least of several rounds taken in turn, of
the engine without compiling. Read the ratios, not the seconds.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from random import Random

from marketplace.forecasts.chances import prior
from marketplace.forecasts.market import Market, Person, Place
from marketplace.forecasts.simulation import simulate
from matching import Problem, solve

SIZES = ((60, 40), (300, 200))
APPLICATIONS, DAYS_LEFT = 6, 7.0


def market(students: int, slots: int, seed: int = 0) -> tuple[Market, Problem]:
    """The market as the forecast reads it, and tonight's lists as the rehearsal solves them."""
    rng = Random(seed)
    applied = [tuple(rng.sample(range(slots), APPLICATIONS)) for _ in range(students)]
    people = tuple(
        Person(i, i % 3, mine, mine if rng.random() < 0.8 else None) for i, mine in enumerate(applied)
    )
    applicants: list[list[int]] = [[] for _ in range(slots)]
    for i, mine in enumerate(applied):
        for j in mine:
            applicants[j].append(i)
    places = tuple(_place(rng, j, tuple(mine)) for j, mine in enumerate(applicants))
    empty = [{"id": str(i)} for i in range(students)]
    sizes = [{"id": str(p.id), "capacity": p.capacity} for p in places]
    fixed = Problem.from_dict({"format": "matching-problem/1", "students": empty, "slots": sizes})
    tonight = {
        "format": "matching-problem/1",
        "students": [
            {"id": str(p.id), "preferences": [[str(j)] for j in p.wishes]} for p in people if p.wishes
        ],
        "slots": [
            {
                "id": str(p.id),
                "capacity": p.capacity,
                "preferences": _named(people, p.tiers or ()),
                "then_any": p.then_any,
            }
            for p in places
        ],
    }
    return Market(people, places, fixed), Problem.from_dict(tonight)


def _named(people: tuple[Person, ...], tiers: tuple[tuple[int, ...], ...]) -> list[list[str]]:
    """The tiers without those who have no list tonight."""
    kept = ([str(i) for i in tier if people[i].wishes is not None] for tier in tiers)
    return [tier for tier in kept if tier]


def _place(rng: Random, number: int, applicants: tuple[int, ...]) -> Place:
    tiers: dict[int, list[int]] = {}
    for i in applicants:
        tiers.setdefault(rng.randint(1, 3), []).append(i)
    answer = tuple(tuple(tiers[rank]) for rank in sorted(tiers)) if rng.random() < 0.5 else None
    return Place(number, "hospital", rng.choice((1, 1, 2, 3)), applicants, answer, True)


def timed(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    for students, slots in SIZES:
        drawn, tonight = market(students, slots)
        seeds = [f"{k + 1:064x}" for k in range(given.draws)]

        def forecast(drawn: Market = drawn) -> object:
            return simulate(drawn, prior(DAYS_LEFT), draws=given.draws, seed="benchmark")

        def plain(tonight: Problem = tonight, seeds: list[str] = seeds) -> object:
            return [solve(tonight.replace(seed=seed)).assignment for seed in seeds]

        pairs = [(timed(forecast), timed(plain)) for _ in range(given.rounds)]
        mine, theirs = (min(column) for column in zip(*pairs, strict=True))
        print(
            f"{students} x {slots}: {given.draws} draws {mine:.2f} s, {given.draws} solves {theirs:.2f} s,"
            f" ratio {mine / theirs:.2f}"
        )


if __name__ == "__main__":
    main()
