"""Places that a coordinator gave before the match: who has one, and how many there are. Only reads.

Naming and taking back need the rules of eligibility, which stand above: ``coordination.preassigning``.
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from marketplace.db import db
from marketplace.rounds.models import Preassigned
from marketplace.slots.models import Slot
from marketplace.students.models import Student


def of_round(round_id: int) -> Sequence[Preassigned]:
    """Who was given which place, the first first, with student and slot."""
    query = (
        sa.select(Preassigned)
        .where(Preassigned.round_id == round_id)
        .options(
            joinedload(Preassigned.student).joinedload(Student.user),
            joinedload(Preassigned.slot).joinedload(Slot.facility),
        )
        .order_by(Preassigned.named_at, Preassigned.student_id)
    )
    return db.session.scalars(query).all()


def pairs(round_id: int) -> Sequence[tuple[int, int]]:
    """(student id, slot id), the first named first."""
    query = (
        sa.select(Preassigned.student_id, Preassigned.slot_id)
        .where(Preassigned.round_id == round_id)
        .order_by(Preassigned.named_at, Preassigned.student_id)
    )
    return [(student_id, slot_id) for student_id, slot_id in db.session.execute(query)]


def count(round_id: int) -> int:
    """How many places are given: all that the rules page says of them."""
    query = sa.select(sa.func.count()).where(Preassigned.round_id == round_id)
    return db.session.scalar(query) or 0
