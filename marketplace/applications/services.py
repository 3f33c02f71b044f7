"""Apply to a slot with a signed consent, and withdraw it. Applying never implies ranking."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from marketplace.access import Actor
from marketplace.applications import consents
from marketplace.applications.models import Application
from marketplace.audit import services as audit
from marketplace.db import db
from marketplace.eligibility import queries as eligibility
from marketplace.eligibility.facts import Reason
from marketplace.errors import DomainError, NotFound
from marketplace.rounds import policies, queries
from marketplace.rounds.models import Round, RoundStudent
from marketplace.rounds.services import enrol_participants
from marketplace.slots.models import Slot
from marketplace.students.models import Student


def apply(actor: Actor, round_id: int, slot: Slot, *, signature: str, now: datetime) -> Application:
    """Apply, or apply again after withdrawing.

    Raises NotFound (not their round or slot), WrongPhase, DomainError("profile_incomplete"),
    DomainError("not_eligible"), or DomainError("signature") where the typed name is not the student's.
    """
    round_, student = queries.as_student(actor, round_id, lock=True)
    policies.require_applications(round_, now)
    if not queries.slot_is_in(round_.id, slot.id):
        raise NotFound("slot")
    _require_free(student, slot.id, round_)
    if _plain(signature) != _plain(actor.name):
        raise DomainError("signature", name=actor.name)
    enrol_participants(round_)
    _return_to_round(actor, round_, student, now=now)
    known = _existing(round_.id, student.id, slot.id)
    if known is not None and known.withdrawn_at is None:
        return known  # a second click, or a second tab
    application = known or Application(round_id=round_.id, student_id=student.id, slot_id=slot.id)
    application.consented_at = now
    application.withdrawn_at = None
    db.session.add(application)
    db.session.flush()
    consents.sign(application, slot, round_, signature=signature.strip(), now=now)
    audit.record(actor, "applied", application, now=now, slot_id=slot.id)
    return application


def _require_free(student: Student, slot_id: int, round_: Round) -> None:
    """Refuse what the rules of eligibility keep a student from applying to."""
    verdict = eligibility.of_student(student.id, [slot_id], round_)[slot_id]
    if any(each.reason is Reason.PROFILE for each in verdict.gates):
        raise DomainError("profile_incomplete", missing=student.missing)
    if not verdict.may_apply:
        raise DomainError("not_eligible", slot_id=slot_id)


def withdraw(actor: Actor, application: Application, *, now: datetime) -> None:
    """Take the consent back at once. After the lock the frozen input stays, the view is gone all the same."""
    revoked = consents.revoke(application.id, now=now)
    if application.withdrawn_at is None:
        application.withdrawn_at = now
        audit.record(actor, "withdrew", application, now=now)
    elif revoked:
        audit.record(actor, "revoked consent", application, now=now)


def withdraw_from_round(actor: Actor, round_: Round, student: Student, *, now: datetime) -> None:
    """Leave a round before lists close: the student's list is ignored, every facility loses the view.

    Lists of facilities keep the name, inactive; :func:`return_to_round` puts everything back.
    """
    policies.require_open(round_, now)
    enrol_participants(round_)
    row = db.session.get_one(RoundStudent, (round_.id, student.id))
    if row.withdrawn_at is None:
        row.withdrawn_at = now
        audit.record(actor, "left round", round_, now=now, student_id=student.id)


def return_to_round(actor: Actor, round_: Round, student: Student, *, now: datetime) -> None:
    """Take part again before lists close, with the applications and the list as they were left."""
    policies.require_open(round_, now)
    enrol_participants(round_)
    _return_to_round(actor, round_, student, now=now)


def _return_to_round(actor: Actor, round_: Round, student: Student, *, now: datetime) -> None:
    row = db.session.get_one(RoundStudent, (round_.id, student.id))
    if row.withdrawn_at is not None:
        row.withdrawn_at = None
        audit.record(actor, "returned to round", round_, now=now, student_id=student.id)


def _existing(round_id: int, student_id: int, slot_id: int) -> Application | None:
    return db.session.scalar(
        sa.select(Application).where(
            Application.round_id == round_id,
            Application.student_id == student_id,
            Application.slot_id == slot_id,
        )
    )


def _plain(name: str) -> str:
    return " ".join(name.casefold().split())
