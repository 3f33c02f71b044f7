"""The rules of eligibility stated naively, to hold the real ones against. Imports no code of theirs.

Works on the same facts, day by day and item by item, without sorting, chaining or remembering anything.
Answers with the reasons' codes: those that block, those that keep from applying, those to note.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any


def days(start: date, end: date) -> list[date]:
    return [start + timedelta(days=n) for n in range((end - start).days + 1)]


def covered_on(day: date, student: Any, slot: Any, terms: list[Any]) -> bool:
    """Whether some signed agreement of the student's school is in force here on this day."""
    for each in terms:
        if each.school_id != student.school_id or not each.signed:
            continue
        if slot.facility_id not in each.facilities:
            continue
        if each.programmes and student.programme_id not in each.programmes:
            continue
        if slot.facility_id in each.narrowed and slot.site_id not in each.sites:
            continue
        if each.starts_on <= day and (each.ends_on is None or day <= each.ends_on):
            return True
    return False


def at_site_on(day: date, student: Any, slot: Any, stays: list[Any]) -> int:
    return sum(
        1
        for stay in stays
        if stay.programme_id == student.programme_id
        and stay.site_id == slot.site_id
        and stay.starts_on <= day <= stay.ends_on
    )


def judge(
    student: Any, slot: Any, *, rule: str | None, terms: list[Any], asked: list[Any], stays: list[Any]
) -> tuple[list[str], list[str], list[str]]:
    """(blocks, gates, notes), each sorted."""
    blocks, gates, notes = [], [], []
    stay = days(slot.starts_on, slot.ends_on)
    if not slot.open:
        blocks.append("slot-closed")
    if not student.taking_part:
        blocks.append("not-enrolled")
    if not slot.verified:
        gates.append("unverified")
    if student.missing:
        gates.append("profile")
    sides = {str(side.value) for side in student.excluded.get(slot.facility_id, ())}
    if "student" in sides:
        blocks.append("conflict")
    elif sides:
        blocks.append("conflict-theirs")
    if slot.facility_id in student.employers and not student.employers[slot.facility_id]:
        blocks.append("employer")
    if rule != "unchecked" and not all(covered_on(day, student, slot, terms) for day in stay):
        (blocks if rule == "exclude" else notes).append("agreement")
    abroad = student.school_state and slot.state and student.school_state != slot.state
    if abroad and any(at_site_on(day, student, slot, stays) >= student.limit for day in stay):
        blocks.append("out-of-state")
    for held in student.held:
        taken = days(held.starts_on, held.ends_on)
        if held.slot_id != slot.id and any(day in taken for day in stay) and "placed" not in blocks:
            blocks.append("placed")
    wanted: dict[str, set[str]] = {}
    for item in asked:
        here = item.site_id is None or item.site_id == slot.site_id
        this_way = item.modality is None or item.modality == slot.modality
        if item.school_id == student.school_id and here and this_way:
            wanted.setdefault(item.kind, set()).add(item.due.value)
    for kind, due in wanted.items():
        entry = student.checked.get(kind)
        good = entry is not None and entry.standing.value == "cleared"
        if good and entry.expires_on is not None:
            good = all(day <= entry.expires_on for day in stay)
        if not good:
            (blocks if "match" in due else notes).append(f"requirement {kind}")
    for code in slot.credentials:
        if code not in student.credentials:
            notes.append(f"credential {code}")
    begins, ends = student.available_from or date.min, student.available_until or date.max
    if not all(begins <= day <= ends for day in stay):
        notes.append("dates")
    if student.field != "" and student.field not in slot.open_to:
        blocks.append("field")
    allowed = {each.value for each in student.modalities}
    if allowed and slot.modality.value not in allowed:
        blocks.append("modality")
    if slot.hours < student.hours:
        notes.append("hours")
    if student.term:
        term = days(*student.term)
        if not all(day in term for day in stay):
            notes.append("term")
    return sorted(blocks), sorted(gates), sorted(notes)
