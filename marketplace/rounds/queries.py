"""Read rounds, scoped by actor: a round that is not theirs does not exist for them."""

from __future__ import annotations

from collections.abc import Sequence, Set
from datetime import datetime
from functools import lru_cache
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from marketplace.access import Actor
from marketplace.accounts.models import Membership, Role, User
from marketplace.db import db
from marketplace.errors import NotFound
from marketplace.facilities.models import Facility
from marketplace.memo import once
from marketplace.rounds.models import Round, RoundProgramme, RoundSlot, RoundStudent
from marketplace.rounds.phases import OVER, Phase
from marketplace.schools.models import Programme
from marketplace.slots.models import Slot, SlotState
from marketplace.students.models import Student

_Query = TypeVar("_Query", bound=sa.Executable)
_HIDDEN = (Phase.DRAFT, Phase.CANCELLED)
#: A slot that a round may take: posted, at a verified facility.
_CANDIDATE = sa.and_(Slot.state == SlotState.POSTED, Facility.verified_at.is_not(None))


def coordinated(actor: Actor, round_id: int, *, lock: bool = False) -> Round:
    """A round of a school that `actor` coordinates; with ``lock`` its row is held until commit."""
    query = (
        sa.select(Round)
        .where(Round.id == round_id, Round.school_id.in_(actor.coordinated_schools))
        .options(joinedload(Round.school, innerjoin=True))
    )
    return _one(_as_it_is(query.with_for_update(of=Round)) if lock else query)


@once
def coordinated_rounds(actor: Actor) -> Sequence[Round]:
    """All rounds of the actor's schools, newest first."""
    query = (
        sa.select(Round)
        .where(Round.school_id.in_(actor.coordinated_schools))
        .options(joinedload(Round.school))
        .order_by(Round.ranking_closes_at.desc(), Round.id.desc())
    )
    return db.session.scalars(query).all()


def is_student_in(actor: Actor) -> sa.ColumnElement[bool]:
    """A visible round in which the person is an approved student."""
    return is_person_in(actor.user_id)


def is_person_in(user: int | sa.BindParameter[int]) -> sa.ColumnElement[bool]:
    """The same for a person's id, or for the name it is given under when the statement runs."""
    taking_part = (
        sa.select(RoundProgramme.round_id)
        .join(Student, Student.programme_id == RoundProgramme.programme_id)
        .where(
            RoundProgramme.round_id == Round.id,
            Student.user_id == user,
            Student.approved_at.is_not(None),
        )
        .exists()
    )
    return sa.and_(Round.phase.not_in(_HIDDEN), taking_part)


def as_student(actor: Actor, round_id: int, *, lock: bool = False) -> tuple[Round, Student]:
    """A round in which `actor` is a student, and the student row.

    ``lock`` shares the round's row lock, and has one student's own acts wait for each other.
    """
    values = {"user": actor.user_id, "round": round_id}
    found = _one(_round_of_student(lock=lock), values)
    student = db.session.scalars(_student_of_round(lock=lock), values).first()
    if student is None:
        raise NotFound("round")
    return found, student


@lru_cache(maxsize=2)
def _round_of_student(*, lock: bool) -> sa.Select[Round]:
    mine = is_person_in(sa.bindparam("user", type_=sa.Integer))
    query = sa.select(Round).where(Round.id == sa.bindparam("round"), mine).options(joinedload(Round.school))
    return _as_it_is(query.with_for_update(read=True, of=Round)) if lock else query


@lru_cache(maxsize=2)
def _student_of_round(*, lock: bool) -> sa.Select[Student]:
    query = (
        sa.select(Student)
        .join(RoundProgramme, RoundProgramme.programme_id == Student.programme_id)
        .where(
            RoundProgramme.round_id == sa.bindparam("round"),
            Student.user_id == sa.bindparam("user"),
            Student.approved_at.is_not(None),
        )
        .options(joinedload(Student.user), joinedload(Student.programme))
        .order_by(Student.id)
    )
    # NO KEY UPDATE: rows that only refer to the student need not wait.
    return _as_it_is(query.with_for_update(key_share=True, of=Student)) if lock else query


def rounds_of_student(actor: Actor) -> Sequence[Round]:
    """The rounds in which `actor` is a student, the next to close first."""
    return [round_ for round_, _student_id in rounds_with_student(actor)]


@once
def rounds_with_student(actor: Actor) -> Sequence[tuple[Round, int]]:
    """(round, student's id) of the rounds in which `actor` is a student, the next to close first."""
    rows = db.session.execute(_rounds_with_student(), {"user": actor.user_id})
    return [(round_, found) for round_, found in rows]


@lru_cache(maxsize=1)
def _rounds_with_student() -> sa.Select[Round, int]:
    student = (
        sa.select(sa.func.min(Student.id))
        .join(RoundProgramme, RoundProgramme.programme_id == Student.programme_id)
        .where(
            RoundProgramme.round_id == Round.id,
            Student.user_id == sa.bindparam("user"),
            Student.approved_at.is_not(None),
        )
        .scalar_subquery()
    )
    return (
        sa.select(Round, student.label("student"))
        .where(Round.phase.not_in(_HIDDEN), student.is_not(None))
        .order_by(Round.ranking_closes_at, Round.id)
    )


def as_facility(actor: Actor, round_id: int, slot_id: int, *, lock: bool = False) -> tuple[Round, Slot]:
    """A round and one of its slots that belongs to a facility of `actor`."""
    own = (Slot.facility_id.in_(actor.facilities), Round.phase.not_in(_HIDDEN))
    return _with_slot(round_id, slot_id, *own, lock=lock)


def slot_of_coordinated(
    actor: Actor, round_id: int, slot_id: int, *, lock: bool = False
) -> tuple[Round, Slot]:
    """A round of a school that `actor` coordinates, and one of its slots."""
    own = (Round.school_id.in_(actor.coordinated_schools), RoundSlot.withdrawn_at.is_(None))
    return _with_slot(round_id, slot_id, *own, lock=lock)


def _with_slot(round_id: int, slot_id: int, *own: sa.ColumnElement[bool], lock: bool) -> tuple[Round, Slot]:
    query = (
        sa.select(Round, Slot)
        .join(RoundSlot, RoundSlot.round_id == Round.id)
        .join(Slot, Slot.id == RoundSlot.slot_id)
        .where(Round.id == round_id, Slot.id == slot_id, *own)
        .options(joinedload(Slot.facility), joinedload(Slot.site), joinedload(Round.school))
    )
    if lock:
        query = _as_it_is(query.with_for_update(read=True, of=Round))
    row = db.session.execute(query).one_or_none()
    if row is None:
        raise NotFound("slot")
    return row[0], row[1]


@once
def slots_of_facility(actor: Actor) -> Sequence[tuple[Round, Slot]]:
    """(round, slot) for every slot of the actor's facilities that takes part in a round."""
    query = (
        sa.select(Round, Slot)
        .join(RoundSlot, RoundSlot.round_id == Round.id)
        .join(Slot, Slot.id == RoundSlot.slot_id)
        .where(
            Slot.facility_id.in_(actor.facilities),
            Round.phase.not_in(_HIDDEN),
            RoundSlot.withdrawn_at.is_(None),
        )
        .options(joinedload(Slot.facility))
        .order_by(Round.ranking_closes_at, Slot.title, Slot.id)
    )
    return [(r, s) for r, s in db.session.execute(query)]


def round_slots(round_id: int) -> Sequence[RoundSlot]:
    """The slots that take part, by facility and title."""
    query = (
        sa.select(RoundSlot)
        .join(Slot, Slot.id == RoundSlot.slot_id)
        .join(Facility, Facility.id == Slot.facility_id)
        .where(RoundSlot.round_id == round_id, RoundSlot.withdrawn_at.is_(None))
        .options(
            joinedload(RoundSlot.slot).joinedload(Slot.facility),
            joinedload(RoundSlot.slot).joinedload(Slot.site),
        )
        .order_by(Facility.name, Slot.title, Slot.id)
    )
    return db.session.scalars(query).all()


def slot_is_in(round_id: int, slot_id: int) -> bool:
    """Whether a slot takes part in a round and is still posted."""
    query = (
        sa.select(sa.literal(1))
        .select_from(RoundSlot)
        .join(Slot, Slot.id == RoundSlot.slot_id)
        .where(
            RoundSlot.round_id == round_id,
            RoundSlot.slot_id == slot_id,
            RoundSlot.withdrawn_at.is_(None),
            Slot.state == SlotState.POSTED,
        )
    )
    return db.session.scalar(query) is not None


def relied_on(now: datetime) -> sa.ColumnElement[bool]:
    """A slot that a round counts on: one that is announced and not over, or in preparation."""
    prepared = sa.and_(Round.phase == Phase.DRAFT, Round.ranking_closes_at > now)
    announced_ = Round.phase.not_in((Phase.DRAFT, *OVER))
    return (
        sa.exists()
        .where(RoundSlot.slot_id == Slot.id, RoundSlot.withdrawn_at.is_(None))
        .where(Round.id == RoundSlot.round_id, sa.or_(announced_, prepared))
    )


def candidate_slots(limit: int = 500) -> Sequence[Slot]:
    """Posted slots of verified facilities, which a coordinator may take into a round."""
    query = (
        sa.select(Slot)
        .join(Facility, Facility.id == Slot.facility_id)
        .where(_CANDIDATE)
        .options(joinedload(Slot.facility), joinedload(Slot.site))
        .order_by(Facility.name, Slot.title, Slot.id)
        .limit(limit)
    )
    return db.session.scalars(query).all()


def candidates_among(slot_ids: Set[int]) -> frozenset[int]:
    """Those of `slot_ids` that a coordinator may take into a round."""
    query = sa.select(Slot.id).join(Facility, Facility.id == Slot.facility_id)
    return frozenset(db.session.scalars(query.where(Slot.id.in_(slot_ids), _CANDIDATE)))


def announced(round_id: int) -> Round:
    """A round whose rules are public."""
    query = sa.select(Round).where(Round.id == round_id, Round.phase != Phase.DRAFT)
    return _one(query.options(joinedload(Round.school)))


def places(round_id: int) -> tuple[int, int]:
    """(slots, places) that take part."""
    query = (
        sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(Slot.capacity), 0))
        .select_from(RoundSlot)
        .join(Slot, Slot.id == RoundSlot.slot_id)
        .where(RoundSlot.round_id == round_id, RoundSlot.withdrawn_at.is_(None))
    )
    slots, places = db.session.execute(query).one()
    return slots, places


def programmes(round_id: int) -> Sequence[Programme]:
    """The programmes that take part."""
    query = (
        sa.select(Programme)
        .join(RoundProgramme, RoundProgramme.programme_id == Programme.id)
        .where(RoundProgramme.round_id == round_id)
        .options(joinedload(Programme.school))
        .order_by(Programme.name, Programme.id)
    )
    return db.session.scalars(query).all()


def participants(round_id: int) -> Sequence[RoundStudent]:
    """The round's students with their names, by name."""
    query = (
        sa.select(RoundStudent)
        .join(Student, Student.id == RoundStudent.student_id)
        .join(User, User.id == Student.user_id)
        .where(RoundStudent.round_id == round_id)
        .options(
            joinedload(RoundStudent.student).joinedload(Student.user),
            joinedload(RoundStudent.student).joinedload(Student.programme),
        )
        .order_by(User.name, Student.id)
    )
    return db.session.scalars(query).all()


def addresses(round_id: int, school_id: int) -> dict[str, Sequence[tuple[int, str]]]:
    """(user id, e-mail) of the round's people by role: students, facility contacts, coordinators."""

    def people(*conditions: sa.ColumnElement[bool], join: type | None = None) -> Sequence[tuple[int, str]]:
        query = sa.select(User.id, User.email).distinct()
        query = query.join(Student, Student.user_id == User.id) if join is Student else query.join(Membership)
        rows = db.session.execute(query.where(User.active, *conditions).order_by(User.id))
        return [(user_id, email) for user_id, email in rows]

    in_round = sa.select(RoundStudent.student_id).where(
        RoundStudent.round_id == round_id, RoundStudent.withdrawn_at.is_(None)
    )
    hosts = (
        sa.select(Slot.facility_id)
        .join(RoundSlot, RoundSlot.slot_id == Slot.id)
        .where(RoundSlot.round_id == round_id, RoundSlot.withdrawn_at.is_(None))
    )
    return {
        "students": people(Student.id.in_(in_round), join=Student),
        "contacts": people(Membership.role == Role.FACILITY_CONTACT, Membership.facility_id.in_(hosts)),
        "coordinators": people(Membership.role == Role.COORDINATOR, Membership.school_id == school_id),
    }


def _as_it_is(query: _Query) -> _Query:
    """Have a locking read fill in what the session knew from before: the point of the lock is the truth."""
    return query.execution_options(populate_existing=True)


def _one(query: sa.Select[Round], values: dict[str, int] | None = None) -> Round:
    found = db.session.scalars(query, values).one_or_none()
    if found is None:
        raise NotFound("round")
    return found
