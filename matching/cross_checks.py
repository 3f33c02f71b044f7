"""Rules that span several parts of a problem: couples, preassigned places, ineligible pairs and quotas.

Called once by :mod:`matching.reading`, after every part has been read on its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from matching.entities import Entities, Facility, Quota, Slot, Student
from matching.errors import ProblemError, quoted


def check_across(found: Entities) -> None:
    students = {student.id: student for student in found.students}
    _check_couples(found, students)
    _check_preassigned(found, students)
    _check_ineligible(found)
    _check_quotas(found, students)
    _check_excess(found, students)


def _check_couples(found: Entities, students: Mapping[str, Student]) -> None:
    taken: dict[str, str] = {}
    for index, couple in enumerate(found.couples):
        for position, member in enumerate(couple.members):
            here = f"couples[{index}].members[{position}]"
            if member in taken:
                raise ProblemError(here, f"{quoted(member)} is already in {taken[member]}")
            taken[member] = f"couples[{index}]"
            if students[member].preferences:
                raise ProblemError(here, f"{quoted(member)} has a list of their own")


def _check_preassigned(found: Entities, students: Mapping[str, Student]) -> None:
    coupled = {member for couple in found.couples for member in couple.members}
    seen: set[str] = set()
    for index, (student, _) in enumerate(found.preassigned):
        here = f"preassigned[{index}]"
        if student in seen:
            raise ProblemError(here, f"{quoted(student)} is preassigned twice")
        seen.add(student)
        if students[student].preferences:
            raise ProblemError(here, f"{quoted(student)} is preassigned and has a list")
        if student in coupled:
            raise ProblemError(here, f"{quoted(student)} is preassigned and in a couple")


def _check_ineligible(found: Entities) -> None:
    seen: set[tuple[str, str]] = set(found.preassigned)
    for index, entry in enumerate(found.ineligible):
        pair = (entry.student, entry.slot)
        if pair in seen:
            how = "preassigned" if pair in found.preassigned else "listed twice"
            raise ProblemError(f"ineligible[{index}]", f"{quoted(pair[0])} at {quoted(pair[1])} is {how}")
        seen.add(pair)


def _check_quotas(found: Entities, students: Mapping[str, Student]) -> None:
    slots = {slot.id: (index, slot) for index, slot in enumerate(found.slots)}
    needed: dict[str, list[tuple[str, Quota]]] = {}
    for index, slot in enumerate(found.slots):
        if slot.quota:
            needed.setdefault(slot.id, []).append((f"slots[{index}]", slot.quota))
    for index, facility in enumerate(found.facilities):
        if facility.quota:
            _check_facility_quota(facility, f"facilities[{index}]", facility.quota, slots)
            for name in facility.slots:
                needed.setdefault(name, []).append((f"facilities[{index}]", facility.quota))
    if needed:
        positions = {student.id: index for index, student in enumerate(found.students)}
        for name, wanted in candidates(found):
            for where, quota in needed.get(wanted, ()):
                if quota.type not in students[name].types:
                    raise ProblemError(
                        f"students[{positions[name]}].types",
                        f"no {quoted(quota.type)}, which the quotas of {where} count",
                    )


def _check_facility_quota(
    facility: Facility, path: str, quota: Quota, slots: Mapping[str, tuple[int, Slot]]
) -> None:
    """Bounds must nest, or greedy choice by priority is neither well defined nor substitutable."""
    for name in facility.slots:
        index, slot = slots[name]
        if slot.capacity < facility.capacity:
            raise ProblemError(
                f"{path}.quotas",
                f"slots[{index}] has capacity {slot.capacity}, below the facility's {facility.capacity}; "
                "split it",
            )
        if slot.quota and slot.quota.type != quota.type:
            raise ProblemError(
                f"{path}.quotas",
                f"counts {quoted(quota.type)}, but slots[{index}].quotas counts {quoted(slot.quota.type)}",
            )


def candidates(found: Entities) -> Iterable[tuple[str, str]]:
    """Every (student, slot) that a list or a preassignment names, couples included; some come more than
    once."""
    for student in found.students:
        for tier in student.preferences:
            for slot in tier:
                yield student.id, slot
    for couple in found.couples:
        for pair in couple.preferences:
            for member, wanted in zip(couple.members, pair, strict=True):
                if wanted is not None:
                    yield member, wanted
    yield from found.preassigned


def _check_excess(found: Entities, students: Mapping[str, Student]) -> None:
    """Preassigned students hold their places whatever happens, so they alone must fit."""
    if not found.preassigned:
        return
    slots = {slot.id: slot for slot in found.slots}
    owner = {name: facility for facility in found.facilities for name in facility.slots}
    filled: Counter[tuple[str, str]] = Counter()
    for index, (student, slot) in enumerate(found.preassigned):
        facility = owner.get(slot)
        holders: list[tuple[str, Slot | Facility]] = [("slot", slots[slot])]
        if facility:
            holders.append(("facility", facility))
        for what, holder in holders:
            filled[what, holder.id] += 1
            if filled[what, holder.id] > holder.capacity:
                raise ProblemError(
                    f"preassigned[{index}]",
                    f"{what} {quoted(holder.id)} has a capacity of {holder.capacity}",
                )
            if holder.quota:
                value = students[student].types[holder.quota.type]
                filled[f"{what} quota {holder.id}", value] += 1
                bound = holder.quota.maximum.get(value)
                if bound is not None and filled[f"{what} quota {holder.id}", value] > bound:
                    raise ProblemError(
                        f"preassigned[{index}]",
                        f"{what} {quoted(holder.id)} takes {bound} of {quoted(value)}",
                    )
