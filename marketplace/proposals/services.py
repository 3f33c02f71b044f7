"""Propose, read the queues, answer. Only an answer sends mail, to whoever proposed and signed in."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa

from marketplace.access import Actor
from marketplace.accounts.models import Role, User
from marketplace.audit import services as audit
from marketplace.db import db
from marketplace.errors import DomainError, NotFound
from marketplace.mail import services as mail
from marketplace.paging import Page
from marketplace.proposals.models import Proposal, ProposalKind

PAGE_SIZE = 30
MOST_A_DAY = 10


def nominate_site(
    actor: Actor, *, name: str, place: str, employer: bool, words: str, now: datetime
) -> Proposal:
    """A student names a site to the coordinators of the school. Raises DomainError("too_many")."""
    school_id = next((s for role, s, _f in actor.scopes if role is Role.STUDENT), None)
    if school_id is None:
        raise NotFound("school")
    recent = sa.select(sa.func.count(Proposal.id)).where(
        Proposal.proposer_id == actor.user_id, Proposal.created_at > now - timedelta(days=1)
    )
    if (db.session.scalar(recent) or 0) >= MOST_A_DAY:
        raise DomainError("too_many", most=MOST_A_DAY)
    made = Proposal(kind=ProposalKind.SITE, school_id=school_id, employer=employer)
    return _add(actor, made, name=name, place=place, words=words, now=now)


def ask_for_school(
    actor: Actor | None, *, name: str, place: str, words: str, email: str, now: datetime
) -> Proposal:
    """Anyone asks the operators for a school."""
    made = Proposal(kind=ProposalKind.SCHOOL, proposer_email="" if actor else email.strip())
    return _add(actor, made, name=name, place=place, words=words, now=now)


def readable(actor: Actor) -> sa.ColumnElement[bool]:
    """Coordinators read the sites named by their students, operators the schools asked for."""
    sites = sa.and_(Proposal.kind == ProposalKind.SITE, Proposal.school_id.in_(actor.coordinated_schools))
    if actor.has(Role.OPERATOR):
        return sa.or_(sites, Proposal.kind == ProposalKind.SCHOOL)
    return sites


def queue(actor: Actor, *, page: int, done: bool) -> Page[tuple[Proposal, User | None]]:
    """One page of what the actor answers, oldest first; the answered ones newest first."""
    condition = sa.and_(readable(actor), Proposal.answered_at.is_not(None) if done else _open())
    total = db.session.scalar(sa.select(sa.func.count(Proposal.id)).where(condition)) or 0
    query = (
        sa.select(Proposal, User)
        .outerjoin(User, User.id == Proposal.proposer_id)
        .where(condition)
        .order_by(Proposal.id.desc() if done else Proposal.id)
        .limit(PAGE_SIZE)
        .offset((page - 1) * PAGE_SIZE)
    )
    return Page([(row, user) for row, user in db.session.execute(query)], page, PAGE_SIZE, total)


def waiting(actor: Actor) -> int:
    """How many wait for the actor."""
    return db.session.scalar(sa.select(sa.func.count(Proposal.id)).where(readable(actor), _open())) or 0


def one(actor: Actor, proposal_id: int, *, lock: bool = False) -> tuple[Proposal, User | None]:
    """One that the actor answers, and who proposed it. Raises NotFound."""
    query = (
        sa.select(Proposal, User)
        .outerjoin(User, User.id == Proposal.proposer_id)
        .where(Proposal.id == proposal_id, readable(actor))
    )
    if lock:
        query = query.with_for_update(of=Proposal).execution_options(populate_existing=True)
    found = db.session.execute(query).one_or_none()
    if found is None:
        raise NotFound("proposal")
    return found[0], found[1]


def answer(actor: Actor, proposal_id: int, *, words: str, now: datetime) -> None:
    """Note what is done about it; whoever proposed it signed in is told. Twice changes nothing."""
    proposal, proposer = one(actor, proposal_id, lock=True)
    if proposal.answered_at is not None:
        return
    proposal.answered_at, proposal.answered_by_id = now, actor.user_id
    proposal.answer = words.strip()[:600]
    audit.record(actor, "answered", proposal, now=now)
    if proposer is not None:
        mail.enqueue(
            f"proposal:{proposal.id}",
            recipient=proposer.email,
            subject="Your proposal was answered",
            body=f"You proposed “{proposal.name}” on Practicum Match.\n\n{proposal.answer}\n",
            now=now,
            news=True,
        )


def _add(
    actor: Actor | None, made: Proposal, *, name: str, place: str, words: str, now: datetime
) -> Proposal:
    made.proposer_id = actor.user_id if actor else None
    made.name, made.place, made.words = name.strip(), place.strip(), words.strip()
    made.created_at = now
    db.session.add(made)
    db.session.flush()
    audit.record(actor, "proposed", made, now=now, kind=made.kind.value, name=made.name)
    return made


def _open() -> sa.ColumnElement[bool]:
    return Proposal.answered_at.is_(None)
