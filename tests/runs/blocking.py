"""A blocking-pair check from the definitions alone, on the files' plain objects. Imports no product code.

For tests: slow, and meant to be read next to the definition in the format's description.
"""

from __future__ import annotations

import hashlib
from typing import Any


def lottery_number(seed: str, student: str) -> int:
    """SHA-256(seed, tag 0, the id with its length before it), smaller first."""
    raw = student.encode()
    text = bytes.fromhex(seed) + b"\x00" + len(raw).to_bytes(4, "big") + raw
    return int.from_bytes(hashlib.sha256(text).digest(), "big")


def own_tie(seed: str, student: str, slot: str) -> int:
    """What orders slots within a tier of a student's own list."""
    parts = b"".join(len(raw).to_bytes(4, "big") + raw for raw in (student.encode(), slot.encode()))
    return int.from_bytes(hashlib.sha256(bytes.fromhex(seed) + b"\x01" + parts).digest(), "big")


def blocking_pairs(
    problem: dict[str, Any], assignment: dict[str, str | None], *, seed: str | None = None
) -> list[tuple[str, str]]:
    """Every blocking pair; infeasible assignments fail at once. With `seed`: of the strict refinement."""
    students = {s["id"]: s.get("preferences", []) for s in problem["students"]}
    slots = {s["id"]: s for s in problem["slots"]}
    assert set(assignment) == set(students)
    holders: dict[str, list[str]] = {slot: [] for slot in slots}
    for student, slot in assignment.items():
        if slot is not None:
            holders[slot].append(student)

    def wish(student: str, slot: str) -> tuple[int, int]:
        tier = next(rank for rank, names in enumerate(students[student]) if slot in names)
        return tier, own_tie(seed, student, slot) if seed else 0

    def priority(slot: str, student: str) -> tuple[int, int] | None:
        number = lottery_number(seed, student) if seed else 0
        for rank, names in enumerate(slots[slot].get("preferences", [])):
            if student in names:
                return rank, number
        return (10**9, number) if slots[slot].get("then_any") else None

    listed = {(student, slot) for student, tiers in students.items() for tier in tiers for slot in tier}
    for slot, names in holders.items():
        assert len(names) <= slots[slot].get("capacity", 1), f"{slot} is over its capacity"
        for student in names:
            assert (student, slot) in listed and priority(slot, student) is not None, f"{student} at {slot}"

    found = []
    for student, slot in sorted(listed):
        mine = priority(slot, student)
        has = assignment[student]
        if mine is None or (has is not None and wish(student, has) <= wish(student, slot)):
            continue
        held = [priority(slot, other) for other in holders[slot]]
        room = len(held) < slots[slot].get("capacity", 1)
        if room or any(other is None or other > mine for other in held):
            found.append((student, slot))
    return found
