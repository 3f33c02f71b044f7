"""How far down each list everybody stands, read straight from the problem. For the verifier and explanations.

Deliberately a second reading of the lists: solvers have :mod:`matching.indexed` and never import this one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from itertools import chain

from matching.entities import Facility, Slot, Student, Tiers
from matching.hashing import Tag, lottery_number, seeded
from matching.problem import Problem

Level = tuple[int, int]  # tier, then a draw; without the lottery the draw is 0 and equal levels are ties
LAST: Level = (1 << 60, 0)  # below every tier


class Levels:
    """Levels on both sides, smaller is better; read when asked for, since most are never needed.

    With ``refined`` ties are broken by the lottery, otherwise they stay.
    """

    def __init__(self, problem: Problem, *, refined: bool) -> None:
        self.problem = problem
        self.facility_of = {slot: facility for facility in problem.facilities for slot in facility.slots}
        self._refined = refined
        self._barred = {(entry.student, entry.slot) for entry in problem.ineligible}
        self._holders: dict[str, Slot | Facility] = {
            slot.id: self.facility_of.get(slot.id, slot) for slot in problem.slots
        }
        self._tiers: dict[str, Mapping[str, int]] = {}
        self._numbers: dict[tuple[str, str | None], int] = {}

    def knows(self, slot: str) -> bool:
        return slot in self._holders

    def priority(self, slot: str, student: str) -> Level | None:
        """Where the slot has a student who names it; None if it doesn't accept them."""
        if self._barred and (student, slot) in self._barred:
            return None
        holder = self._holders[slot]
        tiers = self._tiers.get(slot)
        if tiers is None:
            tiers = _numbered(holder.preferences)
            self._tiers.update(
                dict.fromkeys(holder.slots if isinstance(holder, Facility) else (slot,), tiers)
            )
        tier = tiers.get(student)
        if tier is None:
            if not holder.then_any:
                return None
            tier = len(holder.preferences)
        if self._refined and (tier == len(holder.preferences) or len(holder.preferences[tier]) > 1):
            return tier, self._number(student, holder.id if self.problem.lottery.mode == "multiple" else None)
        return tier, 0

    def _number(self, student: str, holder: str | None) -> int:
        found = self._numbers.get((student, holder))
        if found is None:
            found = lottery_number(self.problem.lottery.seed, student, holder)
            self._numbers[student, holder] = found
        return found

    def wishes(self, student: Student) -> Iterator[tuple[str, Level]]:
        """The slots of a student's own list with their levels, tier by tier; also those that refuse the
        student."""
        for number, tier in enumerate(student.preferences):
            if self._refined and len(tier) > 1:
                seed = self.problem.lottery.seed
                for slot in tier:
                    yield slot, (number, seeded(seed, Tag.OWN_TIE, student.id, slot))
            else:
                for slot in tier:
                    yield slot, (number, 0)

    def preferred(self, student: Student, slot: str | None) -> list[str]:
        """The slots of a student's own list that they strictly prefer to one; all of them to one that is not
        on the list and to None."""
        found: list[str] = []
        for tier in student.preferences:
            if slot is not None and slot in tier:
                if self._refined and len(tier) > 1:
                    draw = partial(seeded, self.problem.lottery.seed, Tag.OWN_TIE, student.id)
                    own = draw(slot)
                    found += [other for other in tier if draw(other) < own]
                return found
            found += tier
        return found


def _numbered(tiers: Tiers) -> dict[str, int]:
    """The tier that each name stands in."""
    names = list(chain.from_iterable(tiers))
    if len(names) == len(tiers):  # no tier is empty, so each holds one
        return dict(zip(names, range(len(names)), strict=True))
    return {name: number for number, tier in enumerate(tiers) for name in tier}
