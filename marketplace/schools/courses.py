"""Courses of a programme: read and write them as a coordinator, and choose one as a student."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from marketplace.access import Actor
from marketplace.audit import services as audit
from marketplace.db import db
from marketplace.errors import DomainError, NotFound
from marketplace.schools.models import Course, Programme
from marketplace.vocabulary import Modality


def of_programme(programme_id: int) -> Sequence[Course]:
    """The courses of a programme, by name."""
    query = sa.select(Course).where(Course.programme_id == programme_id)
    return db.session.scalars(query.order_by(Course.name, Course.id)).all()


def own(actor: Actor, course_id: int) -> Course:
    """A course of a school the actor coordinates, with its programme. Raises NotFound."""
    found = db.session.scalar(
        sa.select(Course)
        .join(Programme, Programme.id == Course.programme_id)
        .where(Course.id == course_id, Programme.school_id.in_(actor.coordinated_schools))
        .options(joinedload(Course.programme))
    )
    if found is None:
        raise NotFound("course")
    return found


def add(
    actor: Actor,
    programme: Programme,
    *,
    name: str,
    hours: int,
    modalities: Iterable[str],
    starts_on: date | None,
    ends_on: date | None,
    now: datetime,
) -> Course:
    """A course of a programme that the actor was given by their school. Raises DomainError with the field."""
    if programme.school_id not in actor.coordinated_schools:
        raise NotFound("programme")
    _refuse_twin(programme.id, name)
    course = Course(programme_id=programme.id)
    _assign(course, name, hours, modalities, starts_on, ends_on)
    db.session.add(course)
    db.session.flush()
    audit.record(actor, "created", course, now=now, name=course.name, hours=hours)
    return course


def edit(
    actor: Actor,
    course_id: int,
    *,
    name: str,
    hours: int,
    modalities: Iterable[str],
    starts_on: date | None,
    ends_on: date | None,
    now: datetime,
) -> Course:
    """Change a course. Raises NotFound, DomainError with the field."""
    course = own(actor, course_id)
    _refuse_twin(course.programme_id, name, but=course_id)
    _assign(course, name, hours, modalities, starts_on, ends_on)
    db.session.flush()
    audit.record(actor, "edited", course, now=now, name=course.name, hours=hours)
    return course


def remove(actor: Actor, course_id: int, *, now: datetime) -> None:
    """Delete a course. Its students take none then, and the programme's hours count."""
    course = own(actor, course_id)
    audit.record(actor, "removed", course, now=now, name=course.name)
    db.session.delete(course)
    db.session.flush()


def _refuse_twin(programme_id: int, name: str, but: int | None = None) -> None:
    taken = sa.select(Course.id).where(
        Course.programme_id == programme_id, Course.name == name.strip(), Course.id.is_distinct_from(but)
    )
    if db.session.scalar(taken) is not None:
        raise DomainError("name_taken", field="name")


def _assign(
    course: Course,
    name: str,
    hours: int,
    modalities: Iterable[str],
    starts_on: date | None,
    ends_on: date | None,
) -> None:
    if bool(starts_on) != bool(ends_on):
        raise DomainError("half_a_term", field="ends_on" if starts_on else "starts_on")
    if starts_on and ends_on and ends_on < starts_on:
        raise DomainError("ends_before_start", field="ends_on")
    chosen = sorted(Modality(each).value for each in modalities)
    course.name, course.hours = name.strip(), hours
    course.modalities = [] if len(chosen) == len(Modality) else chosen
    course.starts_on, course.ends_on = starts_on, ends_on
