"""Exclude a pair, take that back, say where one works. The audit trail names the row, never a reason."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from marketplace.access import Actor
from marketplace.audit import services as audit
from marketplace.conflicts import queries
from marketplace.conflicts.models import Cause, Employment, Exclusion, Side
from marketplace.db import db
from marketplace.errors import DomainError, NotFound
from marketplace.facilities.models import Facility
from marketplace.students import queries as students

#: How long a reason in words may be.
LONGEST = 500


def exclude_as_student(
    actor: Actor,
    facility_id: int,
    *,
    cause: Cause,
    words: str,
    now: datetime,
    student_id: int | None = None,
) -> Exclusion:
    """A student says that they can't be placed at a facility. It never learns of it."""
    student = students.own(actor, student_id)
    facility = db.session.get(Facility, facility_id)
    if facility is None or facility.verified_at is None:
        raise NotFound("facility")
    return _exclude(actor, student.id, facility_id, side=Side.STUDENT, cause=cause, words=words, now=now)


def exclude_as_facility(
    actor: Actor, student_id: int, facility_id: int, *, cause: Cause, words: str, now: datetime
) -> Exclusion:
    """A contact says that a student must not be placed at their facility; coordinators alone read why.

    The caller has checked that the student applied there: a facility knows nobody else. Needs words.
    """
    if facility_id not in actor.facilities:
        raise NotFound("facility")
    if not words.strip():
        raise DomainError("missing", field="words")
    return _exclude(actor, student_id, facility_id, side=Side.FACILITY, cause=cause, words=words, now=now)


def take_back(actor: Actor, facility_id: int, *, now: datetime, student_id: int | None = None) -> None:
    """A student takes back what they said of a facility."""
    student = students.own(actor, student_id)
    found = queries.standing(student.id, facility_id, Side.STUDENT)
    if found is None:
        raise NotFound("exclusion")
    _lift(actor, found, now=now)


def take_back_as_facility(actor: Actor, student_id: int, facility_id: int, *, now: datetime) -> None:
    """A contact takes back what their facility said of a student."""
    found = queries.standing(student_id, facility_id, Side.FACILITY)
    if facility_id not in actor.facilities or found is None:
        raise NotFound("exclusion")
    _lift(actor, found, now=now)


def lift(actor: Actor, exclusion_id: int, *, now: datetime) -> None:
    """A coordinator ends an exclusion that turned out to be none: only a facility's or the school's."""
    found = queries.own(actor, exclusion_id)
    if found.side is Side.STUDENT:
        raise DomainError("student_decides")
    _lift(actor, found, now=now)


def say_employer(
    actor: Actor, facility_id: int, *, differs: str, now: datetime, student_id: int | None = None
) -> Employment:
    """A student says that they work at a facility, and how the practicum's project differs from the job."""
    student = students.own(actor, student_id)
    facility = db.session.get(Facility, facility_id)
    if facility is None or facility.verified_at is None:
        raise NotFound("facility")
    found = db.session.get(Employment, (student.id, facility_id))
    found = found or Employment(student_id=student.id, facility_id=facility_id)
    found.differs, found.updated_at = differs.strip()[:1000], now
    db.session.add(found)
    db.session.flush()
    audit.record(actor, "named employer", student, now=now, facility_id=facility_id)
    return found


def leave_employer(actor: Actor, facility_id: int, *, now: datetime, student_id: int | None = None) -> None:
    """A student no longer works there."""
    student = students.own(actor, student_id)
    gone = db.session.execute(
        sa.delete(Employment).where(
            Employment.student_id == student.id, Employment.facility_id == facility_id
        )
    )
    if gone.rowcount != 1:  # type: ignore[attr-defined]
        raise NotFound("employment")
    audit.record(actor, "left employer", student, now=now, facility_id=facility_id)


def _exclude(
    actor: Actor, student_id: int, facility_id: int, *, side: Side, cause: Cause, words: str, now: datetime
) -> Exclusion:
    known = queries.standing(student_id, facility_id, side)
    if known is not None:
        return known  # a second click, or a second tab
    made = Exclusion(
        student_id=student_id,
        facility_id=facility_id,
        side=side,
        cause=cause,
        words=words.strip()[:LONGEST],
        created_at=now,
        created_by_id=actor.user_id,
    )
    try:
        with db.session.begin_nested():
            db.session.add(made)
    except IntegrityError:  # a second click a moment ago
        raise DomainError("already_excluded") from None
    audit.record(actor, "excluded", made, now=now)
    return made


def _lift(actor: Actor, found: Exclusion, *, now: datetime) -> None:
    found.lifted_at = now
    audit.record(actor, "lifted exclusion", found, now=now)
