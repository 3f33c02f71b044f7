"""Read applications: a student's own, and a facility's applicants while the consent stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from marketplace.access import Actor
from marketplace.accounts.models import User
from marketplace.applications import consents
from marketplace.applications.models import Application, Consent, Disclosure
from marketplace.applications.models import Seen as Part
from marketplace.db import db, unindexed
from marketplace.errors import NotFound
from marketplace.facilities.models import Facility
from marketplace.rounds import queries as rounds
from marketplace.rounds.models import Round, RoundSlot, RoundStudent
from marketplace.rounds.phases import OVER
from marketplace.schools.models import Programme
from marketplace.slots.models import Slot, SlotState
from marketplace.students.models import Student

_ROUND: sa.BindParameter[int] = sa.bindparam("round", type_=sa.Integer)


def active(round_id: int | sa.BindParameter[int]) -> sa.ColumnElement[bool]:
    """An application of the round that counts: consent stands, slot and student still take part.

    The two inner queries depend on nothing outside, so that each runs once, whatever a planner knows; and the
    round's rows are read once: SQLite would look up every student with every slot in the index.
    """
    slots = (
        sa.select(RoundSlot.slot_id)
        .join(Slot, Slot.id == RoundSlot.slot_id)
        .where(
            RoundSlot.round_id == round_id,
            RoundSlot.withdrawn_at.is_(None),
            Slot.state == SlotState.POSTED,
        )
    )
    students = sa.select(RoundStudent.student_id).where(
        RoundStudent.round_id == round_id, RoundStudent.withdrawn_at.is_(None)
    )
    return sa.and_(
        Application.round_id == round_id,
        Application.withdrawn_at.is_(None),
        unindexed(Application.slot_id).in_(slots),
        unindexed(Application.student_id).in_(students),
    )


def of_student(round_id: int, student_id: int) -> Sequence[Application]:
    """The slots a student may rank: active applications, by facility and title."""
    return db.session.scalars(_of_student(), {"round": round_id, "student": student_id}).all()


@lru_cache(maxsize=1)
def _of_student() -> sa.Select[Application]:
    return (
        sa.select(Application)
        .join(Slot, Slot.id == Application.slot_id)
        .join(Facility, Facility.id == Slot.facility_id)
        .where(Application.student_id == sa.bindparam("student"), active(_ROUND))
        .options(
            joinedload(Application.slot).joinedload(Slot.facility),
            joinedload(Application.slot).joinedload(Slot.site),
        )
        .order_by(Facility.name, Slot.title, Slot.id)
    )


def count_of_student(round_id: int, student_id: int) -> int:
    """How many slots a student may rank."""
    query = sa.select(sa.func.count()).where(Application.student_id == student_id, active(round_id))
    return db.session.scalar(query) or 0


def applied_rounds(actor: Actor) -> frozenset[int]:
    """Ids of the rounds in which an application of the person stands."""
    query = (
        sa.select(Application.round_id)
        .join(Student, Student.id == Application.student_id)
        .where(Student.user_id == actor.user_id, Application.withdrawn_at.is_(None))
        .distinct()
    )
    return frozenset(db.session.scalars(query))


def ever_of_student(round_id: int, student_id: int) -> Sequence[Application]:
    """Every application of a student in a round, withdrawn ones too: old versions of a list name them."""
    query = (
        sa.select(Application)
        .where(Application.round_id == round_id, Application.student_id == student_id)
        .options(joinedload(Application.slot).joinedload(Slot.facility))
        .order_by(Application.id)
    )
    return db.session.scalars(query).all()


def of_actor(actor: Actor) -> Sequence[tuple[Application, Round]]:
    """Every application of the person, withdrawn ones too, newest first."""
    query = (
        sa.select(Application, Round)
        .join(Student, Student.id == Application.student_id)
        .join(Round, Round.id == Application.round_id)
        .where(Student.user_id == actor.user_id)
        .options(
            joinedload(Application.slot).joinedload(Slot.facility),
            joinedload(Application.slot).joinedload(Slot.site),
        )
        .order_by(Application.consented_at.desc(), Application.id.desc())
    )
    return [(a, r) for a, r in db.session.execute(query)]


def own(actor: Actor, application_id: int, *, lock: bool = False) -> Application:
    """One of the person's own applications; with ``lock`` its row is held until commit."""
    query = (
        sa.select(Application)
        .join(Student, Student.id == Application.student_id)
        .where(Application.id == application_id, Student.user_id == actor.user_id)
        .options(joinedload(Application.slot, innerjoin=True).joinedload(Slot.facility, innerjoin=True))
    )
    if lock:
        query = query.with_for_update(of=Application).execution_options(populate_existing=True)
    found = db.session.scalars(query).one_or_none()
    if found is None:
        raise NotFound("application")
    return found


def left_rounds(actor: Actor) -> frozenset[int]:
    """The rounds that the person has left."""
    query = (
        sa.select(RoundStudent.round_id)
        .join(Student, Student.id == RoundStudent.student_id)
        .where(Student.user_id == actor.user_id, RoundStudent.withdrawn_at.is_not(None))
    )
    return frozenset(db.session.scalars(query))


def round_of(application: Application) -> Round:
    """The round an application belongs to."""
    return db.session.get_one(Round, application.round_id)


def applicants(round_id: int, slot_id: int) -> Sequence[Application]:
    """A slot's applicants with their profiles, by name. The caller has checked whose slot it is.

    Nobody without a standing consent is among them. Consents end with their round: none stands once it
    is closed, whether or not the nightly job has ended them yet.
    """
    query = (
        sa.select(Application)
        .join(Student, Student.id == Application.student_id)
        .join(User, User.id == Student.user_id)
        .join(Round, Round.id == Application.round_id)
        .where(
            Application.slot_id == slot_id,
            active(round_id),
            consents.standing(),
            Round.phase.not_in(OVER),
        )
        .options(
            joinedload(Application.student).joinedload(Student.user),
            joinedload(Application.student).joinedload(Student.programme).joinedload(Programme.school),
        )
        .order_by(User.name, Student.id)
    )
    return db.session.scalars(query).all()


def applicant(round_id: int, slot_id: int, application_id: int) -> Application:
    """One applicant of a slot, while the consent stands."""
    found = next((a for a in applicants(round_id, slot_id) if a.id == application_id), None)
    if found is None:
        raise NotFound("application")
    return found


def counts_by_slot(round_id: int) -> dict[int, int]:
    """Active applications per slot."""
    rows = db.session.execute(_counts_by_slot(), {"round": round_id})
    return {slot_id: count for slot_id, count in rows}


@lru_cache(maxsize=1)
def _counts_by_slot() -> sa.Select[int, int]:
    return sa.select(Application.slot_id, sa.func.count()).where(active(_ROUND)).group_by(Application.slot_id)


@dataclass(frozen=True)
class Choice:
    """A round through which a slot can be applied for, as its page offers it."""

    round: Round
    slot_id: int
    applied: bool
    student_id: int


def choices(actor: Actor, slot_id: int) -> Sequence[Choice]:
    """The student's rounds in which a slot takes part."""
    applied = (
        sa.select(Application.id)
        .join(Student, Student.id == Application.student_id)
        .where(
            Application.round_id == Round.id,
            Application.slot_id == slot_id,
            Application.withdrawn_at.is_(None),
            Student.user_id == actor.user_id,
        )
        .exists()
    )
    student_of = {round_.id: student_id for round_, student_id in rounds.rounds_with_student(actor)}
    query = (
        sa.select(Round, applied)
        .join(RoundSlot, RoundSlot.round_id == Round.id)
        .where(RoundSlot.slot_id == slot_id, RoundSlot.withdrawn_at.is_(None), Round.id.in_(student_of))
        .order_by(Round.ranking_closes_at, Round.id)
    )
    return [Choice(r, slot_id, done, student_of[r.id]) for r, done in db.session.execute(query)]


@dataclass(frozen=True)
class Seen:
    """What one person of a facility saw of a profile on one day, as the student reads it."""

    facility: str
    slot: str
    what: Part
    by: str
    at: datetime
    times: int


def disclosures(actor: Actor, application_id: int | None = None) -> Sequence[Seen]:
    """Who saw the person's profile, newest first; of one application or of all."""
    query = (
        sa.select(Facility.name, Slot.title, Disclosure.what, User.name, Disclosure.last_at, Disclosure.times)
        .join(Application, Application.id == Disclosure.application_id)
        .join(Student, Student.id == Application.student_id)
        .join(Slot, Slot.id == Application.slot_id)
        .join(Facility, Facility.id == Slot.facility_id)
        .join(User, User.id == Disclosure.user_id)
        .where(Student.user_id == actor.user_id)
        .order_by(Disclosure.last_at.desc(), Disclosure.id.desc())
        .limit(200)
    )
    if application_id is not None:
        query = query.where(Application.id == application_id)
    return [Seen(*row) for row in db.session.execute(query)]


def signatures(actor: Actor, application_id: int) -> Sequence[Consent]:
    """Every consent the person signed for one application, newest first."""
    query = (
        sa.select(Consent)
        .join(Application, Application.id == Consent.application_id)
        .join(Student, Student.id == Application.student_id)
        .where(Application.id == application_id, Student.user_id == actor.user_id)
        .order_by(Consent.id.desc())
    )
    return db.session.scalars(query).all()
