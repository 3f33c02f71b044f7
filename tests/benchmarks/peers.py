"""Time another package on a problem file, in that package's own environment: it shares our import name.

    python peers.py matching|algmatch PROBLEM.json

Prints seconds to build its objects and solve, and how many students it placed. Imports nothing of ours.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any


def lists(path: str) -> tuple[dict[str, list[str]], dict[str, list[str]], dict[str, int]]:
    with open(path, encoding="utf-8") as file:  # noqa: PTH123
        value = json.load(file)
    students = {s["id"]: [tier[0] for tier in s["preferences"]] for s in value["students"]}
    slots = {s["id"]: [tier[0] for tier in s["preferences"]] for s in value["slots"]}
    return students, slots, {s["id"]: s["capacity"] for s in value["slots"]}


def with_matching(students: Any, slots: Any, capacity: Any) -> int:
    from matching.games import HospitalResident

    sys.setrecursionlimit(10**6)
    game = HospitalResident.create_from_dictionaries(students, slots, capacity)
    return sum(map(len, game.solve(optimal="resident").values()))


def with_algmatch(students: Any, slots: Any, capacity: Any) -> int:
    from algmatch import HospitalResidentsProblem

    number_of = {name: k for k, name in enumerate(students, 1)}
    number_at = {name: k for k, name in enumerate(slots, 1)}
    instance = {
        "residents": {number_of[s]: [number_at[h] for h in wishes] for s, wishes in students.items()},
        "hospitals": {
            number_at[h]: {"capacity": capacity[h], "preferences": [number_of[s] for s in ranked]}
            for h, ranked in slots.items()
        },
    }
    solved = HospitalResidentsProblem(dictionary=instance, optimised_side="residents").get_stable_matching()
    return sum(bool(slot) for slot in solved["resident_sided"].values())


if __name__ == "__main__":
    run = {"matching": with_matching, "algmatch": with_algmatch}[sys.argv[1]]
    read = lists(sys.argv[2])
    started = time.process_time()
    placed = run(*read)
    print(json.dumps({"seconds": time.process_time() - started, "placed": placed}))
