"""Seeded random problems, for tests, benchmarks and demonstrations. The same seed gives the same problem
anywhere.

Synthetic throughout: nothing here describes real students or facilities.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from math import hypot, log
from typing import Any, Final

from matching.errors import MatchingError
from matching.problem import Problem
from matching.reading import FORMAT

_Named = dict[str, Any]


@dataclass(frozen=True)
class Market:
    """How a generated problem looks.

    Attributes
    ----------
    students, slots : int
    kind : str
        ``uniform``: everybody ranks at random. ``popular``: slots are listed in proportion to
        1/rank^skew, and rank at random. ``tiers``: slots put students into ``tiers`` grades that all of
        them share, give or take one. ``scores``: students are listed by one score with ``tiers`` values,
        the same at every slot, and popularity falls linearly with the slot's number, from ``skew`` for
        the first to 1 for the last; how the Scottish scheme for young doctors ranked its applicants.
        ``practicum``: students and facilities lie on a map; students prefer what is near, with some
        taste; slots of one to three places take any applicant or grade them; some pairs lack an
        agreement.
    length : int
        Entries of a student's list, at most.
    places : int
        Capacity of all slots together, spread evenly with the remainder at random; 0: one for each student.
    ties : float
        Probability that an entry of a list is tied with the one before it, on the sides that ``tied`` names.
    tied : str
        ``slots``, ``students`` or ``both``.
    skew : float
    tiers : int
    couples, facilities, minimums : float
        Share of the students who come in couples, of the slots that facilities own, and of the slots with
        a minimum.
    seed : int
    """

    students: int
    slots: int
    kind: str = "uniform"
    length: int = 10
    places: int = 0
    ties: float = 0.0
    tied: str = "slots"
    skew: float = 1.0
    tiers: int = 4
    couples: float = 0.0
    facilities: float = 0.0
    minimums: float = 0.0
    seed: int = 0


def generate(market: Market) -> Problem:
    """Make the problem that ``market`` describes.

    >>> generate(Market(students=6, slots=3, length=2, seed=1)).students[0].preferences
    (('h1',), ('h3',))
    >>> generate(Market(students=40, slots=12, kind="practicum", couples=0.1, seed=1))
    <Problem 'practicum': 40 students, 12 slots>
    """
    if market.kind not in _KINDS or market.tied not in ("slots", "students", "both"):
        raise MatchingError(
            f"unknown kind of market; known: {', '.join(_KINDS)}, tied slots, students or both"
        )
    if market.students < 1 or market.slots < 1 or market.length < 1:
        raise MatchingError("a market has at least one student, one slot and one entry a list")
    rng = random.Random(market.seed)
    students: list[_Named] = [{"id": f"s{i}"} for i in range(1, market.students + 1)]
    slots: list[_Named] = [{"id": f"h{j}"} for j in range(1, market.slots + 1)]
    for entry, capacity in zip(slots, _capacities(market, rng), strict=True):
        entry["capacity"] = capacity
    whole: _Named = {"format": FORMAT, "name": market.kind, "students": students, "slots": slots}
    _KINDS[market.kind](market, rng, whole)
    _tie(market, rng, whole)
    _add_facilities(market, rng, whole)
    _add_minimums(market, rng, whole)
    _add_couples(market, rng, whole)
    whole["lottery"] = {"seed": f"{rng.getrandbits(256):064x}"}
    return Problem.from_dict(whole)


def _capacities(market: Market, rng: random.Random) -> list[int]:
    each, left = divmod(market.places or market.students, market.slots)
    lucky = set(rng.sample(range(market.slots), left))
    return [each + (j in lucky) for j in range(market.slots)]


def _weighted(rng: random.Random, weights: list[float], count: int) -> list[int]:
    """Draw without replacement in proportion to the weights, first drawn first (Efraimidis and Spirakis
    2006)."""
    keys = [(-log(1 - rng.random()) / weight, index) for index, weight in enumerate(weights)]
    return [index for _, index in sorted(keys)[:count]]


def _listed_by(whole: _Named) -> dict[str, list[str]]:
    listed: dict[str, list[str]] = {entry["id"]: [] for entry in whole["slots"]}
    for entry in whole["students"]:
        for (slot,) in entry["preferences"]:
            listed[slot].append(entry["id"])
    return listed


def _shuffled(rng: random.Random, names: list[str]) -> list[list[str]]:
    return [[name] for name in rng.sample(names, len(names))]


def _uniform(market: Market, rng: random.Random, whole: _Named) -> None:
    _popular(market, rng, whole, skew=0.0)


def _popular(market: Market, rng: random.Random, whole: _Named, *, skew: float | None = None) -> None:
    power = market.skew if skew is None else skew
    _wish(market, rng, whole, [(j + 1) ** -power for j in range(market.slots)])


def _wish(market: Market, rng: random.Random, whole: _Named, weights: list[float]) -> None:
    """Students list slots in proportion to the weights, and slots put them in random order."""
    names = [entry["id"] for entry in whole["slots"]]
    for entry in whole["students"]:
        entry["preferences"] = [[names[j]] for j in _weighted(rng, weights, market.length)]
    for entry, listed in zip(whole["slots"], _listed_by(whole).values(), strict=True):
        entry["preferences"] = _shuffled(rng, listed)


def _graded(market: Market, rng: random.Random, whole: _Named) -> None:
    _popular(market, rng, whole)
    grades = {entry["id"]: rng.randrange(market.tiers) for entry in whole["students"]}
    for entry in whole["slots"]:
        entry["preferences"] = _grade(market, rng, [name for (name,) in entry["preferences"]], grades)


def _scored(market: Market, rng: random.Random, whole: _Named) -> None:
    steps = max(1, market.slots - 1)
    _wish(market, rng, whole, [market.skew + (1 - market.skew) * j / steps for j in range(market.slots)])
    scores = {entry["id"]: rng.randrange(market.tiers) for entry in whole["students"]}
    for entry in whole["slots"]:
        ranked: list[list[str]] = [[] for _ in range(market.tiers)]
        for (name,) in entry["preferences"]:
            ranked[scores[name]].append(name)
        entry["preferences"] = [tier for tier in ranked if tier]


def _grade(market: Market, rng: random.Random, names: list[str], grades: dict[str, int]) -> list[list[str]]:
    tiers: list[list[str]] = [[] for _ in range(market.tiers)]
    for name in names:
        tiers[min(max(grades[name] + rng.choice((-1, 0, 0, 1)), 0), market.tiers - 1)].append(name)
    return [tier for tier in tiers if tier]


def _practicum(market: Market, rng: random.Random, whole: _Named) -> None:
    """Towns with students around them; three in ten slots lie out of the way."""
    towns = [(rng.random(), rng.random()) for _ in range(max(2, market.slots // 8))]
    grades = {entry["id"]: rng.randrange(market.tiers) for entry in whole["students"]}
    homes = {entry["id"]: _near(rng, rng.choice(towns), 0.08) for entry in whole["students"]}
    sites = [_near(rng, rng.choice(towns), 0.05 if rng.random() < 0.7 else 0.4) for _ in whole["slots"]]
    for entry in whole["slots"]:
        entry["capacity"] = rng.choice((1, 1, 1, 2, 2, 3))
    for entry in whole["students"]:
        entry["types"] = {"school": rng.choice("ABC"), "programme": rng.choice(("associate", "bachelor"))}
        x, y = homes[entry["id"]]
        taste = sorted(
            (hypot(x - site[0], y - site[1]) * rng.lognormvariate(0, 0.5), j) for j, site in enumerate(sites)
        )
        count = rng.randint(min(3, market.length), market.length)
        entry["preferences"] = [[whole["slots"][j]["id"]] for _, j in taste[:count]]
    for entry, listed in zip(whole["slots"], _listed_by(whole).values(), strict=True):
        chosen = listed if rng.random() < 0.6 else []
        entry["preferences"] = _grade(market, rng, chosen, grades)
        entry["then_any"] = not chosen or rng.random() < 0.5
    whole["ineligible"] = [
        [student["id"], slot, "agreement"]
        for student in whole["students"]
        for (slot,) in student["preferences"]
        if rng.random() < 0.05
    ]


def _near(rng: random.Random, centre: tuple[float, float], spread: float) -> tuple[float, float]:
    return rng.gauss(centre[0], spread), rng.gauss(centre[1], spread)


_KINDS: Final[dict[str, Callable[[Market, random.Random, _Named], None]]] = {
    "uniform": _uniform,
    "popular": _popular,
    "tiers": _graded,
    "scores": _scored,
    "practicum": _practicum,
}


def _tie(market: Market, rng: random.Random, whole: _Named) -> None:
    sides = {"slots": ("slots",), "students": ("students",), "both": ("students", "slots")}[market.tied]
    for side in sides if market.ties else ():
        for entry in whole[side]:
            tiers: list[list[str]] = []
            for tier in entry["preferences"]:
                if tiers and rng.random() < market.ties:
                    tiers[-1] += tier
                else:
                    tiers.append(list(tier))
            entry["preferences"] = tiers


def _add_facilities(market: Market, rng: random.Random, whole: _Named) -> None:
    """Facilities of two or three slots that take their slots' applicants in one order, a place short of
    all."""
    owned = rng.sample(whole["slots"], round(market.facilities * market.slots))
    whole["facilities"] = []
    while owned:
        mine = [owned.pop() for _ in range(min(len(owned), rng.choice((2, 3))))]
        names = {name for entry in mine for tier in entry["preferences"] for name in tier}
        whole["facilities"].append(
            {
                "id": f"f{len(whole['facilities']) + 1}",
                "slots": [entry["id"] for entry in mine],
                "capacity": max(1, sum(entry["capacity"] for entry in mine) - 1),
                "preferences": _shuffled(rng, sorted(names)),
                "then_any": any(entry.get("then_any", False) for entry in mine),
            }
        )
        for entry in mine:
            entry["preferences"], entry["then_any"] = [], False


def _add_minimums(market: Market, rng: random.Random, whole: _Named) -> None:
    for entry in rng.sample(whole["slots"], round(market.minimums * market.slots)):
        entry["minimum"] = rng.randint(min(2, entry["capacity"]), entry["capacity"])


def _add_couples(market: Market, rng: random.Random, whole: _Named) -> None:
    """Pairs of students rank the pairs of their own entries by the sum of their positions, then at random."""
    count = round(market.couples * market.students / 2)
    members = rng.sample(whole["students"], 2 * count)
    whole["couples"] = []
    for first, second in zip(members[::2], members[1::2], strict=True):
        pairs = [
            ((i + k, rng.random()), [a, b])
            for i, one in enumerate(first["preferences"])
            for k, other in enumerate(second["preferences"])
            for a in one
            for b in other
        ]
        pairs.sort(key=lambda pair: pair[0])
        couple = [pair for _, pair in pairs[: 2 * market.length]]
        name = f"k{len(whole['couples']) + 1}"
        ids = [first["id"], second["id"]]
        whole["couples"].append({"id": name, "members": ids, "preferences": couple})
        first["preferences"], second["preferences"] = [], []
