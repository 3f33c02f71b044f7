"""Read what an operator watches over. Counts and names; never a rank order or a result."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute

from marketplace.accounts.models import Membership, Role, User
from marketplace.audit.models import AuditEvent
from marketplace.db import db
from marketplace.errors import NotFound
from marketplace.facilities.models import Facility
from marketplace.mail.models import OutboxMessage
from marketplace.paging import Page
from marketplace.schools.models import Programme, School

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class SchoolRow:
    """A school in numbers."""

    id: int
    name: str
    programmes: int
    students: int
    coordinators: int


@dataclass(frozen=True, slots=True)
class MailState:
    """The outbox in numbers; ``failed`` are messages whose last try failed."""

    waiting: int
    failed: int
    sent: int


def schools(limit: int = 200) -> list[SchoolRow]:
    """Every school by name."""
    programmes = _count(Programme.id, Programme.school_id == School.id)
    students = _count(Membership.id, Membership.school_id == School.id, Membership.role == Role.STUDENT)
    coordinators = _count(
        Membership.id, Membership.school_id == School.id, Membership.role == Role.COORDINATOR
    )
    query = (
        sa.select(School.id, School.name, programmes, students, coordinators)
        .order_by(School.name, School.id)
        .limit(limit)
    )
    return [SchoolRow(*row) for row in db.session.execute(query)]


def school(school_id: int) -> School:
    """A school. Raises NotFound."""
    found = db.session.get(School, school_id)
    if found is None:
        raise NotFound("school")
    return found


def facilities() -> tuple[int, int]:
    """How many facilities there are, and how many wait to be verified."""
    query = sa.select(sa.func.count(Facility.id), sa.func.count(Facility.verified_at)).where(
        Facility.merged_into_id.is_(None)
    )
    total, verified = db.session.execute(query).one()
    return total, total - verified


def mail_state() -> MailState:
    """What the outbox waits for."""
    unsent = OutboxMessage.sent_at.is_(None)
    query = sa.select(
        sa.func.count().filter(unsent, OutboxMessage.error.is_(None)),
        sa.func.count().filter(unsent, OutboxMessage.error.is_not(None)),
        sa.func.count().filter(OutboxMessage.sent_at.is_not(None)),
    ).select_from(OutboxMessage)
    return MailState(*db.session.execute(query).one())


def failed_mail(limit: int = 100) -> list[Any]:
    """(id, recipient, subject, tries, error) of messages whose last try failed; never what they say."""
    query = (
        sa.select(
            OutboxMessage.id,
            OutboxMessage.recipient,
            OutboxMessage.subject,
            OutboxMessage.attempts,
            OutboxMessage.error,
        )
        .where(OutboxMessage.sent_at.is_(None), OutboxMessage.error.is_not(None))
        .order_by(OutboxMessage.id)
        .limit(limit)
    )
    return list(db.session.execute(query))


def events(page: int, *, size: int = PAGE_SIZE) -> Page[tuple[AuditEvent, str | None]]:
    """One page of the audit trail with the actor's name, newest first."""
    total = db.session.execute(sa.select(sa.func.count(AuditEvent.id))).scalar_one()
    query = (
        sa.select(AuditEvent, User.name)
        .outerjoin(User, User.id == AuditEvent.actor_id)
        .order_by(AuditEvent.id.desc())
        .limit(size)
        .offset((page - 1) * size)
    )
    return Page([(event, name) for event, name in db.session.execute(query)], page, size, total)


def has_operator() -> bool:
    """Whether anyone runs this installation yet."""
    return (
        db.session.scalar(sa.select(Membership.id).where(Membership.role == Role.OPERATOR).limit(1))
        is not None
    )


def _count(column: InstrumentedAttribute[int], *where: sa.ColumnElement[bool]) -> sa.ScalarSelect[int]:
    return sa.select(sa.func.count(column)).where(*where).scalar_subquery()
