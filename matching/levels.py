"""How far down each list everybody stands, read straight from the problem. For the verifier and
explanations only.

Deliberately a second reading of the lists: solvers have :mod:`matching.indexed` and never import this one.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from matching.entities import Facility, Slot
from matching.hashing import Tag, lottery_number, seeded
from matching.problem import Problem

Level = tuple[int, int]  # tier, then a draw; without the lottery the draw is 0 and equal levels are ties
LAST: Level = (1 << 60, 0)  # below every tier: unplaced


@dataclass(frozen=True)
class Levels:
    """``wishes[student][slot]`` and ``priorities[slot][student]``, smaller is better, acceptable pairs only.

    Members of couples have wishes without meaning of their own: that they may be placed there at all.
    """

    problem: Problem
    wishes: Mapping[str, Mapping[str, Level]]
    priorities: Mapping[str, Mapping[str, Level]]
    facility_of: Mapping[str, Facility]


def levels(problem: Problem, *, refined: bool) -> Levels:
    """Read every list; ``refined`` breaks ties by the lottery, else ties stay.

    O(total length of the lists), and a hash for each tied entry where refined.
    """
    listed = _listed(problem)
    barred = {(entry.student, entry.slot) for entry in problem.ineligible}
    facility_of = {slot: facility for facility in problem.facilities for slot in facility.slots}
    priorities = {}
    for slot in problem.slots:
        holder = facility_of.get(slot.id, slot)
        askers = [name for name in listed[slot.id] if (name, slot.id) not in barred]
        priorities[slot.id] = _priorities(problem, holder, askers, refined=refined)
    wishes = {
        student.id: {
            slot: (tier_number, seeded(problem.lottery.seed, Tag.OWN_TIE, student.id, slot) if broken else 0)
            for tier_number, tier in enumerate(student.preferences)
            for broken in (refined and len(tier) > 1,)
            for slot in tier
            if student.id in priorities[slot]
        }
        for student in problem.students
    }
    return Levels(problem, wishes, priorities, facility_of)


def _listed(problem: Problem) -> dict[str, dict[str, None]]:
    """Who names each slot, couples included."""
    listed: dict[str, dict[str, None]] = {slot.id: {} for slot in problem.slots}
    for student in problem.students:
        for tier in student.preferences:
            for slot in tier:
                listed[slot][student.id] = None
    for couple in problem.couples:
        for pair in couple.preferences:
            for member, wanted in zip(couple.members, pair, strict=True):
                if wanted is not None:
                    listed[wanted][member] = None
    return listed


def _priorities(
    problem: Problem, holder: Slot | Facility, askers: Collection[str], *, refined: bool
) -> dict[str, Level]:
    tiers = {name: number for number, tier in enumerate(holder.preferences) for name in tier}
    after_all = len(holder.preferences)
    found: dict[str, Level] = {}
    for name in askers:
        tier = tiers.get(name, after_all)
        if tier < after_all or holder.then_any:
            tied = refined and (tier == after_all or len(holder.preferences[tier]) > 1)
            found[name] = (tier, _draw(problem, name, holder.id) if tied else 0)
    return found


def _draw(problem: Problem, student: str, holder: str) -> int:
    seed, mode = problem.lottery
    return lottery_number(seed, student, holder if mode == "multiple" else None)
