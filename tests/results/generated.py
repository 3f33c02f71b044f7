"""Generated rounds as the site seals them: strict student lists, tiers, silence, ineligible pairs, minimum
cohorts, limits by programme, preassigned places. The seed is the whole round."""

from __future__ import annotations

import random
from typing import Any

CAUSES = ("agreement", "requirement", "conflict", "employer", "out-of-state", "slot-closed", "not-enrolled")


def round_file(seed: int) -> dict[str, Any]:
    """The object of a problem file."""
    rng = random.Random(seed)
    names = [f"s{i}" for i in range(rng.randint(2, 40))]
    posts = [f"h{j}" for j in range(rng.randint(1, 9))]
    slots = [_slot(rng, post, names) for post in posts]
    students = [
        {
            "id": name,
            "preferences": [[post] for post in rng.sample(posts, rng.randint(0, min(len(posts), 6)))],
            "types": {"programme": rng.choice(("p1", "p2"))},
        }
        for name in names
    ]
    fixed = _preassigned(rng, students, slots)
    return {
        "format": "matching-problem/1",
        "name": f"generated {seed}",
        "students": students,
        "slots": slots,
        "preassigned": fixed,
        "ineligible": [
            [student["id"], post, rng.choice(CAUSES)]
            for student in students
            for (post,) in student["preferences"]
            if rng.random() < 0.08
        ],
        "lottery": {"seed": f"{rng.getrandbits(256):064x}", "mode": "single"},
    }


def _slot(rng: random.Random, post: str, names: list[str]) -> dict[str, Any]:
    capacity = rng.choice((1, 1, 2, 3, 5, 6, 8, 12))
    listed = rng.sample(names, rng.randint(0, len(names)))
    tiers: list[list[str]] = []
    for name in listed:
        if tiers and rng.random() < 0.8:
            tiers[-1].append(name)
        else:
            tiers.append([name])
    made: dict[str, Any] = {
        "id": post,
        "capacity": capacity,
        "minimum": rng.randint(1, capacity) if rng.random() < 0.2 else 0,
        "preferences": tiers if rng.random() < 0.7 else [],
        "then_any": rng.random() < 0.6,
    }
    if rng.random() < 0.3:
        most = {value: rng.randint(0, capacity) for value in ("p1", "p2")}
        made["quotas"] = {"type": "programme", "maximum": most}
    return made


def _preassigned(
    rng: random.Random, students: list[dict[str, Any]], slots: list[dict[str, Any]]
) -> list[list[str]]:
    """Now and then a student, who then has no list, at a slot without a limit."""
    free = [slot for slot in slots if "quotas" not in slot]
    if not free or rng.random() < 0.6:
        return []
    chosen, slot = rng.choice(students), rng.choice(free)
    chosen["preferences"] = []
    return [[chosen["id"], slot["id"]]]
