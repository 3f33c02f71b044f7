"""Placements as tables for a spreadsheet."""

from __future__ import annotations

from collections.abc import Iterable

from marketplace.runs.models import Placement
from marketplace.sheets import Cell, Sheet

HEAD = ("student", "e-mail", "programme", "facility", "slot", "city", "from", "to", "state")


def placements(found: Iterable[Placement]) -> Sheet:
    """A round's placements, for its coordinators."""
    return Sheet("Placements", HEAD, [_row(each) for each in found])


def _row(placement: Placement) -> list[Cell]:
    student, slot = placement.student, placement.slot
    who = [student.user.name, student.user.email, student.programme.name]
    where = [slot.facility.name, slot.title, slot.site.city]
    return [*who, *where, slot.starts_on.isoformat(), slot.ends_on.isoformat(), placement.state]
