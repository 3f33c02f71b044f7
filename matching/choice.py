"""What one slot, with its facility, chooses from contracts: the verifier's own reading of capacities and
quotas.

Solvers keep their own in :mod:`matching.deferred_acceptance` and never import this one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from matching.entities import Facility, Quota, Slot
from matching.levels import Level
from matching.problem import Problem

PREASSIGNED: Level = (-1, 0)


class Contract(NamedTuple):
    """A student at a slot, sorted as the slot sees it: level first, holders before newcomers at equal
    levels."""

    level: Level
    newcomer: bool
    student: str
    slot: str


class Chooser:
    """Counts contracts against the capacities and quotas of slots and their facilities."""

    def __init__(self, problem: Problem) -> None:
        self._slots = {slot.id: slot for slot in problem.slots}
        self._facilities = {name: facility for facility in problem.facilities for name in facility.slots}
        self._types = {student.id: student.types for student in problem.students}

    def holder(self, slot: str) -> str:
        """A key shared by the slots that choose together."""
        facility = self._facilities.get(slot)
        return f"slot {slot}" if facility is None else f"facility {facility.id}"

    def choose(self, contracts: Iterable[Contract]) -> list[Contract]:
        """Greedily by priority, of contracts with one slot or with the slots of one facility."""
        filled: Counter[tuple[str, str]] = Counter()
        chosen = []
        for contract in sorted(contracts):
            bounds = self._bounds(contract.student, contract.slot)
            if all(filled[name, value] < bound for name, value, bound in bounds):
                chosen.append(contract)
                for name, value, _ in bounds:
                    filled[name, value] += 1
        return chosen

    def violations(self, pairs: Iterable[tuple[str, str]]) -> list[str]:
        """Sentences about capacities and quotas that (student, slot) pairs exceed."""
        filled: Counter[tuple[str, str, int]] = Counter()
        for student, slot in pairs:
            filled.update(self._bounds(student, slot))
        return [
            f"{name} holds {count}{f' of {value}' if value else ''}, above {bound}"
            for (name, value, bound), count in sorted(filled.items())
            if count > bound
        ]

    def _bounds(self, student: str, slot: str) -> list[tuple[str, str, int]]:
        """(whose, which value or "", how many at most) for everything this contract counts towards."""
        mine = self._slots[slot]
        found = self._bounds_of(f"slot {slot}", mine, student)
        facility = self._facilities.get(slot)
        if facility is not None:
            found += self._bounds_of(f"facility {facility.id}", facility, student)
        return found

    def _bounds_of(self, name: str, holder: Slot | Facility, student: str) -> list[tuple[str, str, int]]:
        found = [(name, "", holder.capacity)]
        quota: Quota | None = holder.quota
        if quota is not None:
            value = self._types[student][quota.type]
            if value in quota.maximum:
                found.append((name, f"{quota.type} {value}", quota.maximum[value]))
        return found
