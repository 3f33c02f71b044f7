"""Released placements, as the limit on students at one site counts them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import lru_cache

import sqlalchemy as sa

from marketplace.db import db
from marketplace.eligibility.facts import Stay
from marketplace.runs.models import Assignment
from marketplace.slots.models import Slot
from marketplace.students.models import Student


def stays(programme_ids: frozenset[int]) -> Iterable[Stay]:
    """Who of these programmes is placed where and when, by every round's released result."""
    rows = db.session.execute(_stays(), {"programmes": list(programme_ids)})
    return [Stay(*row) for row in rows]


@lru_cache(maxsize=1)
def _stays() -> sa.Select[int, int, int, date, date]:
    return (
        sa.select(Student.id, Student.programme_id, Slot.site_id, Slot.starts_on, Slot.ends_on)
        .join(Assignment, Assignment.student_id == Student.id)
        .join(Slot, Slot.id == Assignment.slot_id)
        .where(Student.programme_id.in_(sa.bindparam("programmes", expanding=True)))
        .order_by(Student.id, Slot.id)
    )


def placed(round_id: int) -> list[tuple[int, int]]:
    """(student id, slot id) of a round's released placements."""
    rows = db.session.execute(
        sa.select(Assignment.student_id, Assignment.slot_id).where(
            Assignment.round_id == round_id, Assignment.slot_id.is_not(None)
        )
    )
    return [(student_id, slot_id) for student_id, slot_id in rows if slot_id is not None]
