"""Enrol students and write their profiles."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from marketplace.access import Actor
from marketplace.accounts import services as accounts
from marketplace.accounts.models import Role, User
from marketplace.audit import services as audit
from marketplace.db import db
from marketplace.errors import DomainError, NotFound
from marketplace.facilities.postal import find_area
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


#: What the profile form may set.
FIELDS = frozenset(
    "home_zip travel_limit available_from available_until weekly_hours remote_ok credentials skills "
    "experience statement".split()
)


def save_profile(actor: Actor, student_id: int, *, now: datetime, **fields: Any) -> Student:
    """Write the actor's own profile. Raises DomainError("unknown_zip") where there is no such ZIP."""
    student = db.session.scalar(
        sa.select(Student).where(Student.id == student_id, Student.user_id == actor.user_id)
    )
    if student is None:
        raise NotFound("student")
    unknown = set(fields) - FIELDS
    if unknown:
        raise TypeError(f"not a profile's fields: {sorted(unknown)}")
    for name, value in fields.items():
        setattr(student, name, value)
    area = find_area(student.home_zip) if student.home_zip else None
    if student.home_zip and area is None:
        raise DomainError("unknown_zip", zip=student.home_zip)
    student.latitude = area.point.latitude if area else None
    student.longitude = area.point.longitude if area else None
    student.updated_at = now
    audit.record(actor, "saved profile", student, now=now)
    return student
