"""Read the students of the actor's schools, and who was invited."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from marketplace.access import Actor
from marketplace.accounts.models import Invitation, Role, User
from marketplace.db import db
from marketplace.errors import NotFound
from marketplace.paging import Page
from marketplace.schools.models import Programme
from marketplace.students.models import Student

PAGE_SIZE = 50


def people(actor: Actor, *, text: str, page: int) -> Page[Student]:
    """One page of the approved students of the actor's schools whose name or address has `text`, by name."""
    query = (
        sa.select(Student)
        .join(User, User.id == Student.user_id)
        .join(Programme, Programme.id == Student.programme_id)
        .where(Programme.school_id.in_(actor.coordinated_schools), Student.approved_at.is_not(None))
    )
    if text.strip():
        wanted = text.strip().lower()
        query = query.where(
            sa.or_(
                sa.func.lower(User.name).contains(wanted, autoescape=True),
                sa.func.lower(User.email).contains(wanted, autoescape=True),
            )
        )
    total = db.session.execute(sa.select(sa.func.count()).select_from(query.subquery())).scalar_one()
    found = db.session.scalars(
        query.options(joinedload(Student.user), joinedload(Student.programme))
        .order_by(User.name, Student.id)
        .limit(PAGE_SIZE)
        .offset((page - 1) * PAGE_SIZE)
    )
    return Page(list(found), page, PAGE_SIZE, total)


def programme(actor: Actor, programme_id: int) -> Programme:
    """A programme of a school the actor coordinates, with the school. Raises NotFound."""
    found = db.session.scalar(
        sa.select(Programme)
        .where(Programme.id == programme_id, Programme.school_id.in_(actor.coordinated_schools))
        .options(joinedload(Programme.school))
    )
    if found is None:
        raise NotFound("programme")
    return found


def addresses_in(programme_id: int) -> frozenset[str]:
    """The addresses, in lower case, of a programme's students and of those who ask to join."""
    query = (
        sa.select(sa.func.lower(User.email))
        .join(Student, Student.user_id == User.id)
        .where(Student.programme_id == programme_id)
    )
    return frozenset(db.session.scalars(query))


def addresses_invited(programme_id: int, now: datetime) -> frozenset[str]:
    """The addresses, in lower case, with an open invitation to a programme."""
    query = sa.select(sa.func.lower(Invitation.email)).where(
        *_open(now), Invitation.programme_id == programme_id
    )
    return frozenset(db.session.scalars(query))


def invited(actor: Actor, now: datetime) -> int:
    """How many students of the actor's schools have not yet accepted."""
    query = sa.select(sa.func.count(Invitation.id)).where(
        *_open(now), Invitation.role == Role.STUDENT, Invitation.school_id.in_(actor.coordinated_schools)
    )
    return db.session.execute(query).scalar_one()


def _open(now: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    return Invitation.accepted_at.is_(None), Invitation.expires_at > now
