"""What a student may be told of each place, from the definitions alone, on a file's plain objects. Imports no
product code.

For tests: slow, and meant to be read next to the definitions. A refusal is also checked for being true: who
holds the places that were refused really stands higher.
"""

from __future__ import annotations

from typing import Any

from tests.runs.blocking import lottery_number

Json = dict[str, Any]
#: (place, why, cause of ineligibility, count higher, count equal)
Line = tuple[str, str, str, int | None, int | None]


class Plain:
    """A decided round: the problem's object, who is where, and which slots did not run."""

    def __init__(self, problem: Json, assignment: dict[str, str | None], closed: set[str]) -> None:
        self.students = {s["id"]: s for s in problem["students"]}
        self.slots = {s["id"]: s for s in problem["slots"]}
        self.ineligible = {(s, h): why for s, h, why in problem.get("ineligible", [])}
        self.fixed = {s for s, _h in problem.get("preassigned", [])}
        self.seed = problem["lottery"]["seed"]
        self.assignment, self.closed = assignment, closed

    def told(self, student: str, *, detailed: bool) -> list[Line]:
        """One line for each place on the student's list."""
        mine = self.assignment[student]
        found: list[Line] = []
        happy = False
        for tier in self.students[student]["preferences"]:
            happy = happy or mine in tier
            for slot in tier:
                if slot == mine:
                    found.append((slot, "placed", "", None, None))
                elif happy:
                    found.append((slot, "not-needed", "", None, None))
                else:
                    found.append((slot, *self.refusal(student, slot, detailed=detailed)))
        return found

    def refusal(self, student: str, slot: str, *, detailed: bool) -> tuple[str, str, int | None, int | None]:
        if (student, slot) in self.ineligible:
            return "ineligible", self.ineligible[student, slot], None, None
        if slot in self.closed:
            return "minimum", "", None, None
        tier = self.tier(student, slot)
        if tier is None:
            return "others", "", None, None
        capacity = self.slots[slot]["capacity"]
        better = self.better(student, slot, tier)
        if len(better) >= capacity:
            return self.full(better, capacity, tier, slot, detailed=detailed and capacity >= 5)
        quota = self.slots[slot]["quotas"]
        value = self.students[student]["types"][quota["type"]]
        alike = [s for s in better if self.students[s]["types"][quota["type"]] == value]
        assert len(alike) >= quota["maximum"][value], f"{student} was refused at {slot}, which has room"
        return self.full(alike, quota["maximum"][value], tier, slot, detailed=False)

    def full(
        self, better: list[str], maximum: int, tier: int, slot: str, *, detailed: bool
    ) -> tuple[str, str, int | None, int | None]:
        """The places are taken by students who stand better; how it is told."""
        if all(s in self.fixed for s in better):
            return "no-places", "", None, None
        if not detailed:
            return "outranked", "", None, None
        higher = sum(1 for s in better if s in self.fixed or (self.tier(s, slot) or 0) < tier)
        if higher >= maximum:
            return "higher", "", None, None
        equal = len(better) - higher
        shown = (higher, equal) if min(higher, equal) >= 5 else (None, None)
        return "drawn", "", *shown

    def better(self, student: str, slot: str, tier: int) -> list[str]:
        """Who is there and stands better than the student: by tier, then by lottery number."""
        mine = (tier, lottery_number(self.seed, student))
        found = []
        for other, at in self.assignment.items():
            if at == slot:
                theirs = self.tier(other, slot)
                if other in self.fixed or (theirs is not None and self.stand(other, theirs) < mine):
                    found.append(other)
        return found

    def stand(self, student: str, tier: int) -> tuple[int, int]:
        return tier, lottery_number(self.seed, student)

    def tier(self, student: str, slot: str) -> int | None:
        """How far down the slot's list the student stands; None where it takes them not at all."""
        entry = self.slots[slot]
        for number, names in enumerate(entry["preferences"]):
            if student in names:
                return number
        return len(entry["preferences"]) if entry["then_any"] else None
