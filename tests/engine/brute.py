"""A judge by exhaustive enumeration, straight from the contract's sentences, for problems of a handful of
students.

Imports nothing of the engine: it reads the object of a problem file itself, draws the lottery itself,
tries every assignment and every subset a slot or facility might choose. Slow on purpose, and as literal as
possible.
"""

from __future__ import annotations

import hashlib
import itertools
from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

Assignment = dict[str, str | None]
Level = tuple[int, int]


def draw(seed: str, tag: int, *parts: str) -> int:
    data = bytes.fromhex(seed) + bytes([tag])
    for part in parts:
        data += len(part.encode()).to_bytes(4, "big") + part.encode()
    return int(hashlib.sha256(data).hexdigest(), 16)


class Judge:
    """Answers about one problem, with ties kept (``strict=False``) or broken by the lottery
    (``strict=True``)."""

    def __init__(self, problem: dict[str, Any], *, strict: bool) -> None:
        self.problem = problem
        lottery = problem.get("lottery", {})
        self.seed = lottery.get("seed", "0" * 64)
        self.mode = lottery.get("mode", "single")
        self.strict = strict
        self.students = [entry["id"] for entry in problem["students"]]
        self.types = {entry["id"]: entry.get("types", {}) for entry in problem["students"]}
        self.slots = {entry["id"]: entry for entry in problem["slots"]}
        self.owner = {name: f for f in problem.get("facilities", []) for name in f["slots"]}
        self.fixed: dict[str, str] = dict(problem.get("preassigned", []))
        self.barred = {(student, slot) for student, slot, _ in problem.get("ineligible", [])}
        self.couples = problem.get("couples", [])
        self.partner = {member for couple in self.couples for member in couple["members"]}
        self.priority = {name: self._priority(name) for name in self.slots}
        self.wishes = {entry["id"]: self._wishes(entry) for entry in problem["students"]}

    def _wishes(self, student: dict[str, Any]) -> dict[str, Level]:
        name = student["id"]
        return {
            slot: (number, draw(self.seed, 1, name, slot) if self.strict else 0)
            for number, tier in enumerate(student.get("preferences", []))
            for slot in tier
            if name in self.priority[slot]
        }

    def _priority(self, slot: str) -> dict[str, Level]:
        holder = self.owner.get(slot, self.slots[slot])
        tiers = holder.get("preferences", [])
        found: dict[str, Level] = {}
        for name in self.students:
            if (name, slot) in self.barred or name in self.fixed or not self._lists(name, slot):
                continue
            inside = [number for number, tier in enumerate(tiers) if name in tier]
            if inside or holder.get("then_any", False):
                number = inside[0] if inside else len(tiers)
                found[name] = (number, self._number(name, holder["id"]) if self.strict else 0)
        return found

    def _number(self, student: str, holder: str) -> int:
        if self.mode == "multiple":
            return draw(self.seed, 2, holder, student)
        return draw(self.seed, 0, student)

    def _lists(self, student: str, slot: str) -> bool:
        for entry in self.problem["students"]:
            if entry["id"] == student and any(slot in tier for tier in entry.get("preferences", [])):
                return True
        return any(
            couple["members"][side] == student and pair[side] == slot
            for couple in self.couples
            for pair in couple["preferences"]
            for side in (0, 1)
        )

    def allowed(self, pairs: list[tuple[str, str]]) -> bool:
        """Whether capacities and quotas hold for these (student, slot) pairs."""
        counts: Counter[tuple[str, str, str]] = Counter()
        limits: dict[tuple[str, str, str], int] = {}
        for student, slot in pairs:
            holders = [("slot", self.slots[slot])]
            if slot in self.owner:
                holders.append(("facility", self.owner[slot]))
            for kind, holder in holders:
                key = (kind, holder["id"], "")
                counts[key] += 1
                limits[key] = holder.get("capacity", 1)
                quota = holder.get("quotas")
                if quota:
                    value = self.types[student][quota["type"]]
                    if value in quota["maximum"]:
                        key = (kind, holder["id"], "=" + value)
                        counts[key] += 1
                        limits[key] = quota["maximum"][value]
        return all(counts[key] <= limits[key] for key in counts)

    def matchings(self, closed: frozenset[str] = frozenset()) -> Iterator[Assignment]:
        """Every feasible assignment."""
        units: list[list[dict[str, str | None]]] = []
        for name in self.students:
            if name in self.fixed:
                units.append([{name: self.fixed[name]}])
            elif name not in self.partner:
                options = [None, *(slot for slot in self.wishes[name] if slot not in closed)]
                units.append([{name: slot} for slot in options])
        for couple in self.couples:
            first, second = couple["members"]
            pairs = [(None, None), *(pair for pair in couple["preferences"] if self.open_pair(couple, pair))]
            units.append([{first: a, second: b} for a, b in pairs])
        for combination in itertools.product(*units):
            found = {name: slot for part in combination for name, slot in part.items()}
            if self.allowed([(name, slot) for name, slot in found.items() if slot is not None]):
                yield found

    def open_pair(self, couple: dict[str, Any], pair: list[str | None]) -> bool:
        return all(
            slot is None or member in self.priority[slot]
            for member, slot in zip(couple["members"], pair, strict=True)
        )

    def takes(self, held: list[tuple[str, str]], coming: list[tuple[str, str]]) -> bool:
        """Whether the holders' choice from the pairs held and coming, ties favouring holders, has all that
        come."""
        ranked = sorted(
            [(self._level(pair), 0, pair) for pair in held]
            + [(self._level(pair), 1, pair) for pair in coming]
        )
        chosen: list[tuple[str, str]] = []
        for _, _, pair in ranked:
            if self.allowed([*chosen, pair]):
                chosen.append(pair)
        return all(pair in chosen for pair in coming)

    def _level(self, pair: tuple[str, str]) -> Level:
        student, slot = pair
        return (-1, 0) if student in self.fixed else self.priority[slot][student]

    def blocking(self, matching: Assignment, closed: frozenset[str] = frozenset()) -> list[tuple[Any, ...]]:
        found: list[tuple[Any, ...]] = []
        for name in self.students:
            mine = self.wishes[name]
            present = matching[name]
            for slot, level in mine.items():
                better = present is None or level < mine[present]
                rest = [(n, s) for n, s in matching.items() if s is not None and n != name]
                if slot not in closed and better and self.takes(rest, [(name, slot)]):
                    found.append((name, slot))
        for couple in self.couples:
            present_pair = [matching[member] for member in couple["members"]]
            for pair in couple["preferences"]:
                if pair == present_pair:
                    break
                if self.open_pair(couple, pair) and closed.isdisjoint(pair):
                    coming = [(m, s) for m, s in zip(couple["members"], pair, strict=True) if s is not None]
                    rest = [
                        (n, s) for n, s in matching.items() if s is not None and n not in couple["members"]
                    ]
                    if self.takes(rest, coming):
                        found.append((couple["id"], *pair))
        return found

    def stable(self, closed: frozenset[str] = frozenset()) -> list[Assignment]:
        return [found for found in self.matchings(closed) if not self.blocking(found, closed)]

    def student_best(self, among: list[Assignment]) -> list[Assignment]:
        """Those that every student likes at least as well as every other."""
        return [one for one in among if all(self._at_least(one, other) for other in among)]

    def _at_least(self, one: Assignment, other: Assignment) -> bool:
        return all(self.place(name, one) <= self.place(name, other) for name in self.students)

    def place(self, name: str, matching: Assignment) -> Level:
        slot = matching[name]
        return (1 << 60, 0) if slot is None else self.wishes[name].get(slot, (-1, 0))

    def with_minimum(self) -> tuple[Assignment, list[tuple[str, int, int]]]:
        """The student-best matching after closures, and the closures in order with the empty ones last."""
        closed: list[tuple[str, int, int]] = []
        while True:
            gone = frozenset(name for name, _, _ in closed)
            (best,) = self.student_best(self.stable(gone))
            filled = Counter(slot for slot in best.values() if slot is not None)
            short = [
                (name, entry["minimum"], filled[name])
                for name, entry in self.slots.items()
                if filled[name] < entry.get("minimum", 0)
            ]
            choices = [
                (Fraction(had, least), draw(self.seed, 3, name), (name, least, had))
                for name, least, had in short
                if had and name not in self.fixed.values()
            ]
            if not choices:
                empty = [entry for entry in short if not entry[2] and entry[0] not in gone]
                return best, closed + sorted(empty)
            closed.append(min(choices)[2])
