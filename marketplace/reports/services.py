"""File a report, read the queue, resolve one. The reporter is told that it was looked at."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa

from marketplace.access import Actor
from marketplace.accounts.models import Membership, Role, User
from marketplace.audit import services as audit
from marketplace.db import db
from marketplace.errors import DomainError, NotFound
from marketplace.mail import services as mail
from marketplace.messages import queries as messages
from marketplace.paging import Page
from marketplace.reports.models import Report, ReportKind

PAGE_SIZE = 30
MOST_A_DAY = 10


def file(
    actor: Actor,
    *,
    kind: ReportKind,
    body: str,
    thread_id: int | None,
    about_coordinator: bool,
    link: str,
    now: datetime,
) -> Report:
    """Write a report and tell those who look at it. Raises NotFound for a conversation that isn't theirs."""
    school_id = _school_of(actor)
    if thread_id is not None:
        school_id = messages.one(messages.readable(actor), thread_id).school_id
    recent = sa.select(sa.func.count(Report.id)).where(
        Report.reporter_id == actor.user_id, Report.created_at > now - timedelta(days=1)
    )
    if (db.session.scalar(recent) or 0) >= MOST_A_DAY:
        raise DomainError("too_many", most=MOST_A_DAY)
    report = Report(
        kind=kind,
        reporter_id=actor.user_id,
        school_id=school_id,
        thread_id=thread_id,
        about_coordinator=about_coordinator,
        body=body.strip(),
        created_at=now,
    )
    db.session.add(report)
    db.session.flush()
    audit.record(actor, "reported", report, now=now, kind=kind.value)
    for user_id, email in _readers(report):
        mail.enqueue(
            f"report:{report.id}:{user_id}",
            recipient=email,
            subject="A report waits for you on Practicum Match",
            body=f"Somebody reports a problem. Sign in to read it:\n{link}\n",
            now=now,
        )
    return report


def queue(actor: Actor, *, page: int, done: bool) -> Page[tuple[Report, User]]:
    """One page of the reports that the actor looks at, oldest first; the resolved ones newest first."""
    condition = sa.and_(readable(actor), Report.resolved_at.is_not(None) if done else _open())
    total = db.session.scalar(sa.select(sa.func.count(Report.id)).where(condition)) or 0
    query = (
        sa.select(Report, User)
        .join(User, User.id == Report.reporter_id)
        .where(condition)
        .order_by(Report.id.desc() if done else Report.id)
        .limit(PAGE_SIZE)
        .offset((page - 1) * PAGE_SIZE)
    )
    return Page([(report, user) for report, user in db.session.execute(query)], page, PAGE_SIZE, total)


def waiting(actor: Actor) -> int:
    """How many reports wait for the actor."""
    query = sa.select(sa.func.count(Report.id)).where(readable(actor), _open())
    return db.session.scalar(query) or 0


def one(actor: Actor, report_id: int, *, lock: bool = False) -> tuple[Report, User]:
    """A report that the actor looks at, and who wrote it. Raises NotFound."""
    query = (
        sa.select(Report, User)
        .join(User, User.id == Report.reporter_id)
        .where(Report.id == report_id, readable(actor))
    )
    if lock:
        query = query.with_for_update(of=Report).execution_options(populate_existing=True)
    found = db.session.execute(query).one_or_none()
    if found is None:
        raise NotFound("report")
    return found[0], found[1]


def resolve(actor: Actor, report_id: int, *, resolution: str, now: datetime) -> None:
    """Note what was done and tell the reporter that it was looked at. Resolving twice changes nothing."""
    if not resolution.strip():
        raise DomainError("missing", field="resolution")
    report, reporter = one(actor, report_id, lock=True)
    if report.resolved_at is not None:
        return
    report.resolved_at, report.resolution = now, resolution.strip()[:1000]
    report.resolved_by_id = actor.user_id
    audit.record(actor, "resolved report", report, now=now)
    mail.enqueue(
        f"report:{report.id}:resolved",
        recipient=reporter.email,
        subject="Your report was looked at",
        body="Thank you for your report on Practicum Match. Somebody responsible has looked at it.\n",
        now=now,
        news=True,
    )


def readable(actor: Actor) -> sa.ColumnElement[bool]:
    """Operators read all; coordinators their school's, but none about themselves or a colleague, nor own."""
    if actor.has(Role.OPERATOR):
        return sa.true()
    return sa.and_(
        Report.school_id.in_(actor.coordinated_schools),
        ~Report.about_coordinator,
        Report.reporter_id != actor.user_id,
    )


def _open() -> sa.ColumnElement[bool]:
    return Report.resolved_at.is_(None)


def _school_of(actor: Actor) -> int | None:
    """The school of a student or coordinator who reports; a facility's report is the operator's."""
    return next((s for role, s, _f in actor.scopes if role in (Role.STUDENT, Role.COORDINATOR)), None)


def _readers(report: Report) -> list[tuple[int, str]]:
    coordinators = sa.and_(
        Membership.role == Role.COORDINATOR,
        Membership.school_id == report.school_id,
        sa.literal(not report.about_coordinator),
        Membership.user_id != report.reporter_id,
    )
    query = (
        sa.select(User.id, User.email)
        .join(Membership)
        .where(User.active, sa.or_(Membership.role == Role.OPERATOR, coordinators))
        .distinct()
        .order_by(User.id)
    )
    return [(user_id, email) for user_id, email in db.session.execute(query)]
