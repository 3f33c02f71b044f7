"""Small random problems over every feature, each valid by construction. Seeded: the seed is the whole
problem."""

from __future__ import annotations

import random
from typing import Any


def random_problem(
    rng: random.Random,
    *,
    students: int = 5,
    slots: int = 4,
    ties: float = 0.3,
    quotas: bool = False,
    facilities: bool = False,
    minimum: bool = False,
    couples: bool = False,
    preassigned: bool = False,
    ineligible: bool = False,
    mode: str = "single",
) -> dict[str, Any]:
    """The object of a problem file with the features asked for (each present most of the time)."""
    names = [f"s{i}" for i in range(rng.randint(1, students))]
    posts = [f"h{j}" for j in range(rng.randint(1, slots))]
    problem: dict[str, Any] = {
        "format": "matching-problem/1",
        "students": [
            {"id": name, "preferences": tiers(rng, posts, ties), "types": {"school": rng.choice("UV")}}
            for name in names
        ],
        "slots": [slot(rng, post, names, ties) for post in posts],
        "lottery": {"seed": f"{rng.getrandbits(256):064x}", "mode": mode},
    }
    if minimum:
        for entry in problem["slots"]:
            entry["minimum"] = rng.randint(0, entry["capacity"])
    if facilities:
        _add_facilities(rng, problem, names, ties, quotas=quotas)
    if quotas:
        for entry in problem["slots"]:
            if rng.random() < 0.5:
                entry["quotas"] = _quota(rng)
    if couples:
        _add_couples(rng, problem)
    if preassigned:
        _add_preassigned(rng, problem)
    if ineligible:
        _add_ineligible(rng, problem)
    return problem


def tiers(rng: random.Random, names: list[str], ties: float) -> list[list[str]]:
    """A random subset in random order, neighbours tied with the probability given."""
    found: list[list[str]] = []
    for name in rng.sample(names, rng.randint(0, len(names))):
        if found and rng.random() < ties:
            found[-1].append(name)
        else:
            found.append([name])
    return found


def slot(rng: random.Random, post: str, names: list[str], ties: float) -> dict[str, Any]:
    return {
        "id": post,
        "capacity": rng.choice((0, 1, 1, 1, 2, 2, 3)),
        "preferences": tiers(rng, names, ties),
        "then_any": rng.random() < 0.4,
    }


def _quota(rng: random.Random) -> dict[str, Any]:
    values = rng.sample(["U", "V"], rng.randint(1, 2))
    return {"type": "school", "maximum": {value: rng.randint(0, 2) for value in values}}


def _add_facilities(
    rng: random.Random, problem: dict[str, Any], names: list[str], ties: float, *, quotas: bool
) -> None:
    pool = [entry["id"] for entry in problem["slots"]]
    rng.shuffle(pool)
    problem["facilities"] = []
    for number in range(rng.randint(1, 2)):
        mine = [pool.pop() for _ in range(min(len(pool), rng.randint(1, 3)))]
        capacity = rng.randint(0, 3)
        facility: dict[str, Any] = {
            "id": f"F{number}",
            "slots": mine,
            "capacity": capacity,
            "preferences": tiers(rng, names, ties),
            "then_any": rng.random() < 0.4,
        }
        if quotas and rng.random() < 0.5:
            facility["quotas"] = _quota(rng)
        problem["facilities"].append(facility)
        for entry in problem["slots"]:
            if entry["id"] in mine:
                entry["preferences"], entry["then_any"] = [], False
                if "quotas" in facility:
                    entry["capacity"] = max(entry["capacity"], capacity)


def _add_couples(rng: random.Random, problem: dict[str, Any]) -> None:
    names = [entry["id"] for entry in problem["students"]]
    wanted: list[str | None] = [entry["id"] for entry in problem["slots"]]
    wanted.append(None)
    problem["couples"] = []
    for number in range(rng.randint(1, 2)):
        if len(names) < 2:
            return
        members = [names.pop(rng.randrange(len(names))) for _ in range(2)]
        for entry in problem["students"]:
            if entry["id"] in members:
                entry["preferences"] = []
        pairs = [[a, b] for a in wanted for b in wanted if a is not None or b is not None]
        chosen = rng.sample(pairs, rng.randint(0, min(6, len(pairs))))
        problem["couples"].append({"id": f"k{number}", "members": members, "preferences": chosen})


def _add_preassigned(rng: random.Random, problem: dict[str, Any]) -> None:
    """At most one student, at a slot whose every bound leaves room."""
    coupled = {member for couple in problem.get("couples", []) for member in couple["members"]}
    owner = {name: facility for facility in problem.get("facilities", []) for name in facility["slots"]}
    free = [entry for entry in problem["students"] if entry["id"] not in coupled]
    rng.shuffle(free)
    for student in free[:2]:
        value = student["types"]["school"]
        holders = [[entry, owner.get(entry["id"])] for entry in problem["slots"]]
        fitting = [
            pair[0]["id"]
            for pair in holders
            if all(
                holder["capacity"] > 1 and holder.get("quotas", {}).get("maximum", {}).get(value, 9) > 1
                for holder in pair
                if holder
            )
        ]
        if fitting and not problem.get("preassigned"):
            student["preferences"] = []
            problem["preassigned"] = [[student["id"], rng.choice(fitting)]]


def _add_ineligible(rng: random.Random, problem: dict[str, Any]) -> None:
    kept = {tuple(pair) for pair in problem.get("preassigned", [])}
    problem["ineligible"] = [
        [student["id"], entry["id"], "agreement"]
        for student in problem["students"]
        for entry in problem["slots"]
        if rng.random() < 0.15 and (student["id"], entry["id"]) not in kept
    ]
