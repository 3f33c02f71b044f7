"""Small random markets with ties, and all their weakly stable matchings straight from the definition.

Imports nothing of the engine. A market is the object of a problem file without preassigned or ineligible.
"""

from __future__ import annotations

import itertools
import random
from typing import Any

Assignment = dict[str, str | None]


def tied_market(
    rng: random.Random,
    *,
    students: int = 6,
    slots: int = 6,
    length: int = 3,
    places: tuple[int, ...] = (1,),
    student_ties: float = 0.5,
    slot_ties: float = 0.5,
) -> dict[str, Any]:
    """Short lists and tight places: where largest, fast and careless matchings differ."""
    names = [f"h{j}" for j in range(slots)]
    lists = {f"s{i}": rng.sample(names, min(slots, length)) for i in range(students)}
    wanted = {name: [student for student, mine in lists.items() if name in mine] for name in names}
    for mine in wanted.values():
        rng.shuffle(mine)
    return {
        "format": "matching-problem/1",
        "students": [
            {"id": name, "preferences": tied(rng, mine, student_ties)} for name, mine in lists.items()
        ],
        "slots": [
            {"id": name, "capacity": rng.choice(places), "preferences": tied(rng, mine, slot_ties)}
            for name, mine in wanted.items()
        ],
        "lottery": {"seed": f"{rng.getrandbits(256):064x}"},
    }


def tied(rng: random.Random, names: list[str], density: float) -> list[list[str]]:
    tiers: list[list[str]] = []
    for name in names:
        if tiers and rng.random() < density:
            tiers[-1].append(name)
        else:
            tiers.append([name])
    return tiers


def stable_matchings(value: dict[str, Any]) -> list[Assignment]:
    """Every weakly stable matching: each assignment is tried."""
    wish = {entry["id"]: _levels(entry) for entry in value["students"]}
    rank = {entry["id"]: _levels(entry) for entry in value["slots"]}
    capacity = {entry["id"]: entry["capacity"] for entry in value["slots"]}
    found = []
    for choice in itertools.product(*([None, *mine] for mine in wish.values())):
        held: dict[str, list[int]] = {slot: [] for slot in rank}
        for student, slot in zip(wish, choice, strict=True):
            if slot is not None:
                held[slot].append(rank[slot][student])
        if any(len(tiers) > capacity[slot] for slot, tiers in held.items()):
            continue
        worst = {
            slot: max(tiers, default=-1) if len(tiers) == capacity[slot] else len(wish)
            for slot, tiers in held.items()
        }  # a slot would take exactly the students of better tiers than this
        if not any(
            worst[slot] > rank[slot][student] and (present is None or level < wish[student][present])
            for student, present in zip(wish, choice, strict=True)
            for slot, level in wish[student].items()
        ):
            found.append(dict(zip(wish, choice, strict=True)))
    return found


def size(assignment: Assignment) -> int:
    return sum(slot is not None for slot in assignment.values())


def _levels(entry: dict[str, Any]) -> dict[str, int]:
    return {name: number for number, tier in enumerate(entry["preferences"]) for name in tier}
