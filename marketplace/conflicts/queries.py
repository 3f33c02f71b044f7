"""Read conflicts of interest: a student's own, and for coordinators all of their school's, with patterns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from marketplace.access import Actor
from marketplace.accounts.models import User
from marketplace.conflicts.models import Employment, Exclusion, Side
from marketplace.db import db
from marketplace.errors import NotFound
from marketplace.facilities.models import Facility
from marketplace.schools.models import Programme
from marketplace.students.models import Student

#: From how many students a facility has excluded, and facilities that excluded a student, it is a pattern.
PATTERN = 2


@dataclass(frozen=True)
class Pattern:
    """Exclusions by facilities that add up on one side: a facility's of students, or a student's by many."""

    name: str
    count: int
    by_facility: bool


def of_student(student_id: int) -> tuple[Sequence[Exclusion], Sequence[Employment]]:
    """What a student said themselves; never what others did."""
    exclusions = (
        sa.select(Exclusion)
        .where(
            Exclusion.student_id == student_id, Exclusion.side == Side.STUDENT, Exclusion.lifted_at.is_(None)
        )
        .options(joinedload(Exclusion.facility))
        .order_by(Exclusion.id)
    )
    works = (
        sa.select(Employment)
        .where(Employment.student_id == student_id)
        .options(joinedload(Employment.facility))
        .order_by(Employment.facility_id)
    )
    return db.session.scalars(exclusions).all(), db.session.scalars(works).all()


def facilities(limit: int = 2000) -> Sequence[Facility]:
    """Verified facilities, which alone can be matched with, by name."""
    query = sa.select(Facility).where(Facility.verified_at.is_not(None))
    return db.session.scalars(query.order_by(Facility.name, Facility.id).limit(limit)).all()


def of_schools(actor: Actor) -> Sequence[Exclusion]:
    """Every exclusion that stands of the actor's students, newest first."""
    query = (
        _of_schools(actor)
        .where(Exclusion.lifted_at.is_(None))
        .order_by(Exclusion.created_at.desc(), Exclusion.id.desc())
    )
    return db.session.scalars(query).all()


def own(actor: Actor, exclusion_id: int) -> Exclusion:
    """One exclusion that stands, of a student of the actor's schools. Raises NotFound."""
    query = _of_schools(actor).where(Exclusion.id == exclusion_id, Exclusion.lifted_at.is_(None))
    found = db.session.scalars(query).one_or_none()
    if found is None:
        raise NotFound("exclusion")
    return found


def patterns(actor: Actor) -> list[Pattern]:
    """Facilities that exclude several students, and students excluded by several facilities."""
    said = [each for each in db.session.scalars(_of_schools(actor)) if each.side is Side.FACILITY]
    pairs = {(each.student_id, each.facility_id): each for each in said}.values()
    hosts = Counter((each.facility_id, each.facility.name) for each in pairs)
    people = Counter((each.student_id, each.student.user.name) for each in pairs)
    rows = [Pattern(name, n, True) for (_i, name), n in hosts.items() if n >= PATTERN]
    rows += [Pattern(name, n, False) for (_i, name), n in people.items() if n >= PATTERN]
    return sorted(rows, key=lambda row: (-row.count, row.name))


def employed(actor: Actor) -> Sequence[tuple[Employment, str]]:
    """(employment, student's name) of the actor's schools, by name."""
    query = (
        sa.select(Employment, User.name)
        .join(Student, Student.id == Employment.student_id)
        .join(User, User.id == Student.user_id)
        .join(Programme, Programme.id == Student.programme_id)
        .where(Programme.school_id.in_(actor.coordinated_schools))
        .options(joinedload(Employment.facility))
        .order_by(User.name, Employment.student_id, Employment.facility_id)
    )
    return [(employment, name) for employment, name in db.session.execute(query)]


def standing(student_id: int, facility_id: int, side: Side) -> Exclusion | None:
    """What one side said of a pair, while it stands."""
    return db.session.scalar(
        sa.select(Exclusion).where(
            Exclusion.student_id == student_id,
            Exclusion.facility_id == facility_id,
            Exclusion.side == side,
            Exclusion.lifted_at.is_(None),
        )
    )


def _of_schools(actor: Actor) -> sa.Select[Exclusion]:
    return (
        sa.select(Exclusion)
        .join(Student, Student.id == Exclusion.student_id)
        .join(Programme, Programme.id == Student.programme_id)
        .where(Programme.school_id.in_(actor.coordinated_schools))
        .options(joinedload(Exclusion.facility), joinedload(Exclusion.student).joinedload(Student.user))
    )
