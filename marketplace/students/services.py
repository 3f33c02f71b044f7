"""Enrol students and write their profiles."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from marketplace.access import Actor
from marketplace.accounts import services as accounts
from marketplace.accounts.models import Role, User
from marketplace.audit import services as audit
from marketplace.db import db
from marketplace.errors import NotFound
from marketplace.schools.models import Programme
from marketplace.students.models import Student


def enrol(actor: Actor | None, user: User, programme_id: int, *, now: datetime) -> Student:
    """Make `user` an approved student of a programme; doing it twice changes nothing."""
    programme = db.session.get(Programme, programme_id)
    if programme is None:
        raise NotFound("programme")
    found = db.session.scalar(
        sa.select(Student).where(Student.user_id == user.id, Student.programme_id == programme_id)
    )
    student = found or Student(user_id=user.id, programme_id=programme_id)
    db.session.add(student)
    if student.approved_at is None:
        student.approved_at = now
        db.session.flush()
        accounts.grant(actor, user, Role.STUDENT, now=now, school_id=programme.school_id)
        audit.record(actor, "enrolled", student, now=now, programme_id=programme_id)
    return student
