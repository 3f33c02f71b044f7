"""Numbers of credentials: a student enters them, a coordinator of the school checks them with the issuer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from marketplace.access import Actor
from marketplace.audit import services as audit
from marketplace.db import db
from marketplace.errors import Conflict, NotFound
from marketplace.schools.models import Programme
from marketplace.students import queries
from marketplace.students.models import HeldCredential, Student


def held(student_id: int) -> dict[str, HeldCredential]:
    """What is known of a student's credentials, by code."""
    query = sa.select(HeldCredential).where(HeldCredential.student_id == student_id)
    return {each.code: each for each in db.session.scalars(query.order_by(HeldCredential.code))}


def enter(actor: Actor, student_id: int, numbers: Mapping[str, str], *, now: datetime) -> None:
    """Write the numbers of the actor's own credentials; an empty one is forgotten."""
    student = queries.own(actor, student_id)
    known = held(student_id)
    for code in student.credentials:
        number, found = numbers.get(code, "").strip(), known.get(code)
        if found is not None and not number:
            db.session.delete(found)
        elif found is None and number:
            db.session.add(HeldCredential(student_id=student_id, code=code, number=number))
        elif found is not None and found.number != number:
            found.number, found.checked_at, found.verifier_id = number, None, None
    db.session.flush()
    audit.record(actor, "entered credentials", student, now=now)


def forget_others(student: Student) -> None:
    """Forget the numbers of credentials that the profile no longer names."""
    gone = HeldCredential.code.not_in(student.credentials)
    db.session.execute(sa.delete(HeldCredential).where(HeldCredential.student_id == student.id, gone))


def of_schools(actor: Actor, *, limit: int = 500) -> Sequence[HeldCredential]:
    """The numbers that students of the actor's schools entered, those not checked first, then by name."""
    return db.session.scalars(
        _of_schools(actor)
        .order_by(HeldCredential.checked_at.is_not(None), HeldCredential.student_id, HeldCredential.code)
        .limit(limit)
    ).all()


def check(actor: Actor, held_id: int, *, number: str, now: datetime) -> HeldCredential:
    """Note that the actor checked `number`. Raises NotFound, Conflict if it is another number by now."""
    found = _one(actor, held_id)
    if found.number != number:
        raise Conflict("number_changed")
    found.checked_at, found.verifier_id = now, actor.user_id
    audit.record(actor, "checked credential", found, now=now, code=found.code)
    return found


def uncheck(actor: Actor, held_id: int, *, now: datetime) -> HeldCredential:
    """Take a check back. Raises NotFound."""
    found = _one(actor, held_id)
    found.checked_at, found.verifier_id = None, None
    audit.record(actor, "took check back", found, now=now, code=found.code)
    return found


def _one(actor: Actor, held_id: int) -> HeldCredential:
    query = _of_schools(actor).where(HeldCredential.id == held_id)
    found = db.session.scalars(query.with_for_update(of=HeldCredential)).one_or_none()
    if found is None:
        raise NotFound("credential")
    return found


def _of_schools(actor: Actor) -> sa.Select[HeldCredential]:
    who = joinedload(HeldCredential.student)
    return (
        sa.select(HeldCredential)
        .join(Student, Student.id == HeldCredential.student_id)
        .join(Programme, Programme.id == Student.programme_id)
        .where(Programme.school_id.in_(actor.coordinated_schools), Student.approved_at.is_not(None))
        .options(
            joinedload(HeldCredential.verifier),
            who.joinedload(Student.user),
            who.joinedload(Student.programme),
        )
    )
