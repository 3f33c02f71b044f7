"""Enrol students, take requests to join, write profiles."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from marketplace.access import Actor
from marketplace.accounts import services as accounts
from marketplace.accounts.models import Role, User
from marketplace.audit import services as audit
from marketplace.db import db
from marketplace.errors import DomainError, NotFound
from marketplace.facilities.postal import find_area
from marketplace.mail import services as mail
from marketplace.schools import courses
from marketplace.schools.models import Programme
from marketplace.students import credentials, queries
from marketplace.students.models import Student, StudentCourse

#: What the profile form may set.
FIELDS = frozenset(
    (
        "home_zip",
        "travel_limit",
        "available_from",
        "available_until",
        "weekly_hours",
        "remote_ok",
        "credentials",
        "skills",
        "experience",
        "statement",
        "career_changer",
        "displaced_worker",
        "share_background",
    )
)


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


def ask_to_join(actor: Actor, programme_id: int, *, now: datetime) -> Student:
    """Note that a person asks to be taken into a programme. Raises DomainError("already_asked")."""
    if db.session.get(Programme, programme_id) is None:
        raise NotFound("programme")
    if any(student.programme_id == programme_id for student in queries.for_user(actor.user_id)):
        raise DomainError("already_asked", field="programme")
    student = Student(user_id=actor.user_id, programme_id=programme_id)
    try:
        with db.session.begin_nested():
            db.session.add(student)
    except IntegrityError:  # a second click a moment ago
        raise DomainError("already_asked", field="programme") from None
    audit.record(actor, "asked to join", student, now=now, programme_id=programme_id)
    return student


def withdraw_request(actor: Actor, student_id: int, *, now: datetime) -> None:
    """Take back one's own request that nobody has answered."""
    student = queries.own(actor, student_id)
    if student.approved_at is not None:
        raise NotFound("student")
    audit.record(actor, "withdrew request", student, now=now, programme_id=student.programme_id)
    db.session.delete(student)
    db.session.flush()


def approve(actor: Actor, student_id: int, *, now: datetime) -> Student:
    """Take a waiting person in, as a coordinator of their school, and tell them."""
    student = _waiting(actor, student_id)
    enrol(actor, student.user, student.programme_id, now=now)
    school = student.programme.school.name
    mail.enqueue(
        f"student-approved:{student.id}",
        recipient=student.user.email,
        subject="You are in: complete your profile",
        body=(
            f"{school} has taken you into {student.programme.name} on Practicum Match.\n\n"
            "Sign in, complete your profile and look for slots.\n"
        ),
        now=now,
    )
    return student


def refuse(actor: Actor, student_id: int, *, now: datetime) -> None:
    """Turn a request down, as a coordinator of the school; the person is told and may ask again."""
    student = _waiting(actor, student_id)
    audit.record(actor, "refused", student, now=now, programme_id=student.programme_id)
    mail.enqueue(
        f"student-refused:{student.id}",
        recipient=student.user.email,
        subject="Your request to join was not accepted",
        body=(
            f"{student.programme.school.name} did not accept your request to join"
            f" {student.programme.name} on Practicum Match.\n\n"
            "If you think this is a mistake, ask your programme's coordinator.\n"
        ),
        now=now,
    )
    db.session.delete(student)
    db.session.flush()


def save_profile(actor: Actor, student_id: int, *, now: datetime, **fields: Any) -> Student:
    """Write the actor's own profile. Raises DomainError("unknown_zip" or "dates", field=...)."""
    student = queries.own(actor, student_id)
    unknown = set(fields) - FIELDS
    if unknown:
        raise TypeError(f"not a profile's fields: {sorted(unknown)}")
    for name, value in fields.items():
        setattr(student, name, sorted(value) if isinstance(value, list) else value)
    start, end = student.available_from, student.available_until
    if start and end and end < start:
        raise DomainError("dates", field="available_until")
    _place(student)
    student.updated_at = now
    db.session.flush()
    credentials.forget_others(student)
    audit.record(actor, "saved profile", student, now=now)
    return student


def choose_course(actor: Actor, student_id: int, course_id: int | None, *, now: datetime) -> None:
    """Say which course of their programme the actor takes, or none. Raises NotFound."""
    student = queries.own(actor, student_id)
    known = [course.id for course in courses.of_programme(student.programme_id)]
    if course_id is not None and course_id not in known:
        raise NotFound("course")
    chosen = db.session.get(StudentCourse, student_id)
    if course_id is None and chosen is not None:
        db.session.delete(chosen)
    elif course_id is not None:
        db.session.merge(StudentCourse(student_id=student_id, course_id=course_id))
    audit.record(actor, "chose course", student, now=now, course_id=course_id)


def _place(student: Student) -> None:
    area = find_area(student.home_zip) if student.home_zip else None
    if student.home_zip and area is None:
        raise DomainError("unknown_zip", field="home_zip", zip=student.home_zip)
    student.home_zip = area.zip if area else ""
    student.latitude = area.point.latitude if area else None
    student.longitude = area.point.longitude if area else None


def _waiting(actor: Actor, student_id: int) -> Student:
    found = queries.waiting(actor, student_id)
    if not found:
        raise NotFound("student")
    return found[0]
