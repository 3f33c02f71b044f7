"""Apply to a slot with a signed consent, and withdraw it. Applying never implies ranking."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from marketplace.access import Actor
from marketplace.applications.models import Application, Disclosure
from marketplace.audit import services as audit
from marketplace.db import db
from marketplace.errors import DomainError, NotFound, WrongPhase
from marketplace.rounds import policies, queries
from marketplace.rounds.models import Round, RoundStudent
from marketplace.rounds.phases import Phase
from marketplace.rounds.services import enrol_participants
from marketplace.slots.models import Slot
from marketplace.students.models import Student

CONSENT_TEXT = (
    "I agree that {facility} may see my profile (name, programme, level, credentials, skills, availability, "
    "travel limit, experience and statement) to decide about my application for “{slot}” in the round "
    "“{round}”, and my e-mail address if I am placed there. The consent ends when the round closes, and I "
    "can take it back at any time; then {facility} loses the view at once."
)


def consent_text(slot: Slot, round_: Round) -> str:
    """The sentence that is signed: records, purpose, recipient and end (34 CFR 99.30)."""
    return CONSENT_TEXT.format(facility=slot.facility.name, slot=slot.title, round=round_.name)


def apply(actor: Actor, round_id: int, slot: Slot, *, signature: str, now: datetime) -> Application:
    """Apply, or apply again after withdrawing.

    Raises NotFound (not their round or slot), WrongPhase, DomainError("profile_incomplete") or
    DomainError("signature") where the typed name is not the student's.
    """
    round_, student = queries.as_student(actor, round_id, lock=True)
    policies.require_applications(round_, now)
    if not queries.slot_is_in(round_.id, slot.id):
        raise NotFound("slot")
    if student.missing:
        raise DomainError("profile_incomplete", missing=student.missing)
    if _plain(signature) != _plain(actor.name):
        raise DomainError("signature", name=actor.name)
    enrol_participants(round_)
    _return_to_round(actor, round_, student, now=now)
    known = _existing(round_.id, student.id, slot.id)
    if known is not None and known.withdrawn_at is None:
        return known  # a second click, or a second tab
    application = known or Application(round_id=round_.id, student_id=student.id, slot_id=slot.id)
    application.signature = signature.strip()
    application.consent_text = consent_text(slot, round_)
    application.consented_at = now
    application.withdrawn_at = None
    db.session.add(application)
    db.session.flush()
    audit.record(actor, "applied", application, now=now, slot_id=slot.id)
    return application


def withdraw(actor: Actor, application: Application, *, now: datetime) -> None:
    """Take the consent back at once. After the lock the frozen input stays, the view is gone all the same."""
    if application.withdrawn_at is None:
        application.withdrawn_at = now
        audit.record(actor, "withdrew", application, now=now)


def withdraw_from_round(actor: Actor, round_: Round, student: Student, *, now: datetime) -> None:
    """Leave a round before the lock; the student's list is ignored until they apply again."""
    if round_.phase not in (Phase.RECRUITING, Phase.APPLYING, Phase.RANKING):
        raise WrongPhase(round_.phase.value)
    row = db.session.get(RoundStudent, (round_.id, student.id))
    if row is not None:
        row.withdrawn_at = now
        audit.record(actor, "left round", round_, now=now, student_id=student.id)


def _return_to_round(actor: Actor, round_: Round, student: Student, *, now: datetime) -> None:
    row = db.session.get_one(RoundStudent, (round_.id, student.id))
    if row.withdrawn_at is not None:
        row.withdrawn_at = None
        audit.record(actor, "returned to round", round_, now=now, student_id=student.id)


def disclose(actor: Actor, application_id: int, *, now: datetime) -> None:
    """Note that `actor` opened the profile; the student can read it."""
    db.session.add(Disclosure(application_id=application_id, user_id=actor.user_id, at=now))
    db.session.flush()


def disclose_first(actor: Actor, application_ids: Sequence[int], *, now: datetime) -> None:
    """Note the applications that `actor` has never seen before."""
    seen = set(
        db.session.scalars(
            sa.select(Disclosure.application_id).where(
                Disclosure.user_id == actor.user_id, Disclosure.application_id.in_(application_ids)
            )
        )
    )
    new = (i for i in application_ids if i not in seen)
    db.session.add_all(Disclosure(application_id=i, user_id=actor.user_id, at=now) for i in new)
    db.session.flush()


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
