"""What a slot really takes of a student: the checks that their school asks for, their cost, the agreement.

For the student's own eyes: which of the checks they have is nobody else's to see.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from marketplace.agreements import cover
from marketplace.agreements import queries as agreements
from marketplace.agreements.cover import Cover
from marketplace.requirements import queries as requirements
from marketplace.requirements.models import Due
from marketplace.slots.models import Slot
from marketplace.students.models import Student


@dataclass(frozen=True, slots=True)
class Check:
    """One thing asked. ``cost`` in dollars, None: nobody said. ``have``: cleared until the last day."""

    kind: str
    due: Due
    cost: int | None
    have: bool


@dataclass(frozen=True, slots=True)
class Reality:
    """All of it. ``fee``: what the facility itself takes."""

    checks: Sequence[Check]
    fee: int | None
    agreement: Cover

    @property
    def total(self) -> int:
        """Dollars still to be paid, as far as amounts are known."""
        return (self.fee or 0) + sum(check.cost or 0 for check in self.checks if not check.have)

    @property
    def unknown(self) -> int:
        """How many missing checks nobody named an amount for."""
        return sum(check.cost is None for check in self.checks if not check.have)


def of(slot: Slot, student: Student, today: date) -> Reality:
    """What the slot takes of a student, whose programme is loaded."""
    school_id = student.programme.school_id
    asked = requirements.asked_at(school_id, slot.site_id, slot.modality)
    rows = {row.kind: row for row in requirements.checklist(student)}
    checks = [
        Check(kind, due, cost, have=rows[kind].state(today) == "cleared" and _lasts(rows[kind], slot.ends_on))
        for kind, (due, cost) in asked.items()
    ]
    terms = agreements.terms_of([school_id], [slot.facility_id])
    applying = [t for t in terms if t.applies(student.programme_id, slot.facility_id, slot.site_id)]
    return Reality(checks, slot.fee, cover.cover(applying, slot.starts_on, slot.ends_on))


def _lasts(row: requirements.Row, last_day: date) -> bool:
    ends = row.checked.expires_on if row.checked else None
    return ends is None or ends >= last_day
