"""What one slot, with its facility, chooses from contracts: the verifier's own reading of capacities and
quotas.

Solvers keep their own in :mod:`matching.deferred_acceptance` and never import this one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any, NamedTuple

from matching.entities import Facility, Quota, Slot
from matching.errors import quoted
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


class Bound(NamedTuple):
    """One thing a contract counts towards: a slot's or facility's capacity, or its quota for one value."""

    key: str
    what: str  # "slot", "slot-quota", "facility" or "facility-quota"
    holder: str
    maximum: int
    type: str = ""
    value: str = ""

    def evidence(self) -> dict[str, Any]:
        found: dict[str, Any] = {"bound": self.what, "holder": self.holder, "maximum": self.maximum}
        return {**found, "type": self.type, "value": self.value} if self.type else found


class Chooser:
    """Counts contracts against the capacities and quotas of slots and their facilities."""

    def __init__(self, problem: Problem) -> None:
        self._slots = {slot.id: slot for slot in problem.slots}
        self._facilities = {name: facility for facility in problem.facilities for name in facility.slots}
        self._keys = {
            name: f"facility {self._facilities[name].id}" if name in self._facilities else f"slot {name}"
            for name in self._slots
        }
        self._types = {student.id: student.types for student in problem.students}
        self._plain: dict[str, tuple[Bound, ...]] = {}

    def holder(self, slot: str) -> str:
        """A key shared by the slots that choose together."""
        return self._keys[slot]

    def choose(self, contracts: Iterable[Contract]) -> list[Contract]:
        """Greedily by priority, of contracts with one slot or with the slots of one facility."""
        filled: Counter[str] = Counter()
        chosen = []
        for contract in sorted(contracts):
            bounds = self.bounds(contract.student, contract.slot)
            if all(filled[bound.key] < bound.maximum for bound in bounds):
                chosen.append(contract)
                filled.update([bound.key for bound in bounds])
        return chosen

    def violations(self, pairs: Iterable[tuple[str, str]]) -> list[str]:
        """Sentences about capacities and quotas that (student, slot) pairs exceed."""
        held = list(pairs)
        counts = Counter([slot for _, slot in held])
        ample = {slot for slot, count in counts.items() if self._has_room_for_all(slot, count)}
        filled: Counter[str] = Counter()
        maximum: dict[str, int] = {}
        for student, slot in held:
            if slot not in ample:
                for bound in self.bounds(student, slot):
                    filled[bound.key] += 1
                    maximum[bound.key] = bound.maximum
        return [
            f"{key} holds {count}, above {maximum[key]}"
            for key, count in sorted(filled.items())
            if count > maximum[key]
        ]

    def _has_room_for_all(self, slot: str, count: int) -> bool:
        """The common case without counting: nothing but a capacity, and it suffices."""
        mine = self._slots[slot]
        return count <= mine.capacity and not mine.quota and slot not in self._facilities

    def bounds(self, student: str, slot: str) -> tuple[Bound, ...]:
        """Everything this contract counts towards, the slot's own first."""
        if slot in self._plain:
            return self._plain[slot]
        mine = self._slots[slot]
        found = self._bounds_of("slot", mine, student)
        facility = self._facilities.get(slot)
        if facility is not None:
            found += self._bounds_of("facility", facility, student)
        if not mine.quota and not (facility and facility.quota):
            self._plain[slot] = found
        return found

    def _bounds_of(self, what: str, holder: Slot | Facility, student: str) -> tuple[Bound, ...]:
        name = f"{what} {quoted(holder.id)}"
        capacity = Bound(name, what, holder.id, holder.capacity)
        quota: Quota | None = holder.quota
        if quota is None:
            return (capacity,)
        value = self._types[student].get(quota.type)  # None: of a student who may not be there
        if value is None or value not in quota.maximum:
            return (capacity,)
        key = f"{name} of {quota.type} {quoted(value)}"
        return capacity, Bound(key, f"{what}-quota", holder.id, quota.maximum[value], quota.type, value)
