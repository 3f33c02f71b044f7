"""Invite a partner, confirm, leave. An invitation says nothing about whether anybody has that address."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from marketplace.access import Actor
from marketplace.accounts.models import User
from marketplace.audit import services as audit
from marketplace.couples import letters, queries
from marketplace.couples.models import Couple, CoupleMember, CoupleState
from marketplace.db import db
from marketplace.errors import Conflict, DomainError, NotFound
from marketplace.rounds import policies
from marketplace.rounds import queries as rounds
from marketplace.rounds.models import Round, RoundProgramme
from marketplace.rounds.services import enrol_participants
from marketplace.students.models import Student

#: So many invitations a student may send in one round: each may be a mail.
MOST_INVITATIONS = 5


def as_student(actor: Actor, round_id: int, *, lock: bool = False) -> tuple[Round, Student]:
    """A round with couples in which `actor` is a student. Raises NotFound."""
    round_, student = rounds.as_student(actor, round_id, lock=lock)
    if not round_.couples:
        raise NotFound("round")
    return round_, student


def invite(actor: Actor, round_id: int, email: str, *, link: str, now: datetime) -> Couple:
    """Ask whoever has this address. A mail goes out only if they are a student of the round.

    Raises WrongPhase, DomainError("yourself"), ("paired"), ("asked") while another invitation waits, or
    ("too_many").
    """
    round_, student = as_student(actor, round_id, lock=True)
    policies.require_open(round_, now)
    enrol_participants(round_)
    address = email.strip().lower()
    if address == actor.email.lower():
        raise DomainError("yourself")
    _require_single(round_.id, student.id)
    if queries.asked(round_.id, student.id) is not None:
        raise DomainError("asked")
    sent = sa.select(sa.func.count()).where(Couple.round_id == round_.id, Couple.inviter_id == student.id)
    if (db.session.scalar(sent) or 0) >= MOST_INVITATIONS:
        raise DomainError("too_many", most=MOST_INVITATIONS)
    couple = Couple(
        round_id=round_.id,
        inviter_id=student.id,
        email=address,
        state=CoupleState.INVITED,
        invited_at=now,
    )
    db.session.add(couple)
    db.session.flush()
    audit.record(actor, "invited partner", couple, now=now, round=round_.id)
    known = _student_with(round_.id, address)
    if known is not None:
        letters.invited(couple, round_, known, inviter=actor.name, link=link, now=now)
    return couple


def confirm(actor: Actor, round_id: int, couple_id: int, *, link: str, now: datetime) -> Couple:
    """Become a couple. The invitation that this student sent themselves ends.

    Raises NotFound, WrongPhase, or DomainError("paired") where one of the two is in a couple already.
    """
    round_, student = as_student(actor, round_id, lock=True)
    policies.require_open(round_, now)
    enrol_participants(round_)
    couple = queries.invitation(round_.id, couple_id, student.id, actor.email)
    _require_single(round_.id, student.id)
    own = queries.asked(round_.id, student.id)
    _hold(*([couple, own] if own else [couple]))
    _require_waiting(couple)
    if own is not None:
        _end(own, now=now)
    members = (couple.inviter_id, student.id)
    db.session.add_all(
        CoupleMember(round_id=round_.id, student_id=each, couple_id=couple.id) for each in members
    )
    couple.partner_id, couple.state, couple.confirmed_at = student.id, CoupleState.CONFIRMED, now
    try:
        db.session.flush()
    except IntegrityError as error:  # one of the two confirmed another invitation a moment ago
        raise Conflict("paired") from error
    audit.record(actor, "confirmed couple", couple, now=now, round=round_.id)
    letters.confirmed(couple, round_, (couple.inviter.user, student.user), link=link, now=now)
    return couple


def decline(actor: Actor, round_id: int, couple_id: int, *, now: datetime) -> None:
    """Say no to an invitation; whoever sent it is told. Raises NotFound, WrongPhase."""
    round_, student = as_student(actor, round_id, lock=True)
    policies.require_open(round_, now)
    couple = queries.invitation(round_.id, couple_id, student.id, actor.email)
    _hold(couple)
    _require_waiting(couple)
    _end(couple, now=now)
    audit.record(actor, "declined couple", couple, now=now, round=round_.id)
    letters.declined(couple, round_, now=now)


def leave(actor: Actor, round_id: int, *, now: datetime) -> None:
    """Take the own invitation back, or end the couple: both are single then, and both are told.

    Raises WrongPhase once lists are closed, NotFound without a couple or an invitation, Conflict("paired")
    where the invitation was confirmed a moment ago: nobody ends a couple that they haven't seen.
    """
    round_, student = as_student(actor, round_id, lock=True)
    policies.require_open(round_, now)
    couple = queries.of_student(round_.id, student.id)
    if couple is not None:
        _hold(couple)
        if couple.state is not CoupleState.CONFIRMED:  # the partner left a moment ago
            raise NotFound("couple")
        _part(actor, couple, round_, now=now)
        return
    waiting = queries.asked(round_.id, student.id)
    if waiting is None:
        raise NotFound("couple")
    _hold(waiting)
    if waiting.state is CoupleState.CONFIRMED:
        raise Conflict("paired")
    _require_waiting(waiting)
    _end(waiting, now=now)
    audit.record(actor, "took back invitation", waiting, now=now, round=round_.id)


def end_left(now: datetime) -> int:
    """End the couples of which a member left the round, and tell both: the other is single.

    Only while lists are open: once they are sealed it can't help the other, and it would tell before the
    release that a place fell away.
    """
    found = queries.left_by_a_member(now)
    for couple in found:
        _part(None, couple, db.session.get_one(Round, couple.round_id), now=now)
    return len(found)


def _part(actor: Actor | None, couple: Couple, round_: Round, *, now: datetime) -> None:
    db.session.execute(sa.delete(CoupleMember).where(CoupleMember.couple_id == couple.id))
    _end(couple, now=now)
    audit.record(actor, "ended couple", couple, now=now, round=round_.id)
    letters.parted(couple, round_, now=now)


def _end(couple: Couple, *, now: datetime) -> None:
    couple.state, couple.ended_at = CoupleState.ENDED, now
    db.session.flush()


def _hold(*couples: Couple) -> None:
    """Hold couples until commit, as they are now: the other one may act at the same moment."""
    for couple in sorted(couples, key=lambda each: each.id):
        db.session.refresh(couple, ["state", "partner_id"], with_for_update=True)


def _require_waiting(couple: Couple) -> None:
    if couple.state is not CoupleState.INVITED:
        raise NotFound("invitation")


def _require_single(round_id: int, student_id: int) -> None:
    if queries.of_student(round_id, student_id) is not None:
        raise DomainError("paired")


def _student_with(round_id: int, address: str) -> User | None:
    """The student of the round who has this address."""
    query = (
        sa.select(User)
        .join(Student, Student.user_id == User.id)
        .join(RoundProgramme, RoundProgramme.programme_id == Student.programme_id)
        .where(
            RoundProgramme.round_id == round_id,
            Student.approved_at.is_not(None),
            User.active,
            sa.func.lower(User.email) == address,
        )
        .limit(1)
    )
    return db.session.scalars(query).one_or_none()
