"""A student keeps slots in view. Private to the student: no audit event, no mail."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from marketplace.access import Actor
from marketplace.db import db
from marketplace.slots import queries
from marketplace.slots.models import Shortlisted
from marketplace.students import queries as students


def add(actor: Actor, slot_id: int, *, now: datetime) -> None:
    """Put a public slot on the person's shortlist; doing it twice changes nothing."""
    student = students.own(actor)
    queries.get_public_slot(slot_id)
    insert = postgresql.insert if db.engine.dialect.name == "postgresql" else sqlite.insert
    values = {"student_id": student.id, "slot_id": slot_id, "added_at": now}
    db.session.execute(insert(Shortlisted).values(values).on_conflict_do_nothing())


def remove(actor: Actor, slot_id: int) -> None:
    """Take a slot off the person's shortlist, whichever profile it is on."""
    mine = [student.id for student in students.for_user(actor.user_id)]
    db.session.execute(
        sa.delete(Shortlisted).where(Shortlisted.student_id.in_(mine), Shortlisted.slot_id == slot_id)
    )
