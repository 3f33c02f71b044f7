"""Read placements, scoped by actor. Rows exist only from a round's release on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from functools import lru_cache
from typing import TypeVarTuple

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from marketplace.access import Actor
from marketplace.accounts.models import User
from marketplace.db import db
from marketplace.eligibility.facts import Held, Stay
from marketplace.errors import NotFound
from marketplace.placements.policies import LIVE
from marketplace.rounds import queries as rounds
from marketplace.rounds.models import Round
from marketplace.rounds.phases import PUBLISHED
from marketplace.runs.models import Placement
from marketplace.schools.models import Programme
from marketplace.slots.models import Slot
from marketplace.slots.policies import Hold
from marketplace.students.models import Student

Columns = TypeVarTuple("Columns")
_STANDS = Placement.ended_at.is_(None)


def stays(programme_ids: frozenset[int]) -> Iterable[Stay]:
    """Who of these programmes is placed where and when: every round's placements that stand."""
    rows = db.session.execute(_stays(), {"programmes": list(programme_ids)})
    return [Stay(*row) for row in rows]


@lru_cache(maxsize=1)
def _stays() -> sa.Select[int, int, int, date, date]:
    return (
        sa.select(Student.id, Student.programme_id, Slot.site_id, Slot.starts_on, Slot.ends_on)
        .join(Placement, Placement.student_id == Student.id)
        .join(Slot, Slot.id == Placement.slot_id)
        .where(Student.programme_id.in_(sa.bindparam("programmes", expanding=True)), _STANDS)
        .order_by(Student.id, Slot.id)
    )


def held(student_ids: Sequence[int]) -> dict[int, tuple[Held, ...]]:
    """The places that the people behind these students have confirmed and that stand."""
    found: dict[int, tuple[Held, ...]] = {}
    rows = db.session.execute(_held_by(), {"students": list(student_ids)})
    for student_id, round_id, slot_id, first, last in rows:
        found[student_id] = (*found.get(student_id, ()), Held(round_id, slot_id, first, last))
    return found


@lru_cache(maxsize=1)
def _held_by() -> sa.Select[int, int, int, date, date]:
    """One person may be a student of several schools."""
    mine, theirs = Student.__table__.alias("mine").c, Student.__table__.alias("theirs")
    return (
        sa.select(mine.id, Placement.round_id, Slot.id, Slot.starts_on, Slot.ends_on)
        .join(theirs, theirs.c.user_id == mine.user_id)
        .join(Placement, Placement.student_id == theirs.c.id)
        .join(Slot, Slot.id == Placement.slot_id)
        .where(
            mine.id.in_(sa.bindparam("students", expanding=True)),
            _STANDS,
            Placement.student_confirmed_at.is_not(None),
        )
        .order_by(mine.id, Placement.id)
    )


def placed(round_id: int) -> list[tuple[int, int]]:
    """(student id, slot id) of a round's placements that stand."""
    query = sa.select(Placement.student_id, Placement.slot_id).where(Placement.round_id == round_id, _STANDS)
    return [(student_id, slot_id) for student_id, slot_id in db.session.execute(query)]


def schools_there(slot_ids: Iterable[int]) -> dict[int, dict[int, int]]:
    """Slot id to school id to how many of its students are placed there, by whatever round."""
    query = (
        sa.select(Placement.slot_id, Programme.school_id, sa.func.count())
        .join(Student, Student.id == Placement.student_id)
        .join(Programme, Programme.id == Student.programme_id)
        .where(Placement.slot_id.in_(list(slot_ids)), _STANDS)
        .group_by(Placement.slot_id, Programme.school_id)
    )
    found: dict[int, dict[int, int]] = {}
    for slot_id, school_id, count in db.session.execute(query):
        found.setdefault(slot_id, {})[school_id] = count
    return found


def holds_on(slot_id: int) -> frozenset[Hold]:
    """A slot in which students are placed is not closed by its facility alone: it asks for fewer places."""
    query = (
        sa.select(Placement.id)
        .join(Round, Round.id == Placement.round_id)
        .where(Placement.slot_id == slot_id, _STANDS, Round.phase.in_(LIVE))
        .limit(1)
    )
    return frozenset({Hold.CLOSING}) if db.session.scalar(query) is not None else frozenset()


def with_people(query: sa.Select[*Columns]) -> sa.Select[*Columns]:
    """`query` with what pages show of a placement: the student's name and programme, the place."""
    return query.options(
        joinedload(Placement.student, innerjoin=True).joinedload(Student.user, innerjoin=True),
        joinedload(Placement.student, innerjoin=True).joinedload(Student.programme, innerjoin=True),
        joinedload(Placement.slot, innerjoin=True).joinedload(Slot.facility, innerjoin=True),
        joinedload(Placement.slot, innerjoin=True).joinedload(Slot.site, innerjoin=True),
    )


def of_student(actor: Actor, round_id: int, *, lock: bool = False) -> tuple[Round, Student, list[Placement]]:
    """A released round, the student, and their placements in it, newest first. Raises NotFound before."""
    round_, student = rounds.as_student(actor, round_id, lock=lock)
    if round_.phase not in PUBLISHED:
        raise NotFound("placement")
    query = sa.select(Placement).where(Placement.round_id == round_id, Placement.student_id == student.id)
    query = _held(query) if lock else query
    found = db.session.scalars(with_people(query).order_by(Placement.id.desc())).all()
    return round_, student, list(found)


def in_slot(round_id: int, slot_id: int, *, lock: bool = False) -> Sequence[Placement]:
    """The placements that stand in a slot. The caller has checked whose slot it is."""
    query = sa.select(Placement).where(Placement.round_id == round_id, Placement.slot_id == slot_id, _STANDS)
    query = _held(query) if lock else query
    return db.session.scalars(query.order_by(Placement.id)).all()


def number_in(round_id: int, slot_id: int) -> int:
    """How many placements of a round stand in a slot."""
    query = sa.select(sa.func.count()).select_from(Placement)
    return (
        db.session.scalar(query.where(Placement.round_id == round_id, Placement.slot_id == slot_id, _STANDS))
        or 0
    )


def of_host(
    actor: Actor, round_id: int, slot_id: int, placement_id: int, *, lock: bool = False
) -> tuple[Round, Placement]:
    """A placement that stands in a slot of the actor's facilities."""
    round_, slot = rounds.as_facility(actor, round_id, slot_id, lock=lock)
    query = sa.select(Placement).where(
        Placement.id == placement_id, Placement.round_id == round_id, Placement.slot_id == slot.id, _STANDS
    )
    return round_, _one(query, round_, lock=lock)


def of_round(
    actor: Actor, round_id: int, placement_id: int, *, lock: bool = False
) -> tuple[Round, Placement]:
    """A placement of a round that the actor coordinates."""
    round_ = rounds.coordinated(actor, round_id, lock=lock)
    query = sa.select(Placement).where(Placement.id == placement_id, Placement.round_id == round_id)
    return round_, _one(query, round_, lock=lock)


def released(actor: Actor, round_id: int, *, lock: bool = False) -> Round:
    """A round of the actor's schools whose results are out."""
    round_ = rounds.coordinated(actor, round_id, lock=lock)
    if round_.phase not in PUBLISHED:
        raise NotFound("placement")
    return round_


def all_of(round_id: int) -> Sequence[Placement]:
    """Every placement of a round, those that ended too, by student's name."""
    query = (
        sa.select(Placement)
        .join(Student, Student.id == Placement.student_id)
        .join(User, User.id == Student.user_id)
        .where(Placement.round_id == round_id)
        .order_by(User.name, Placement.student_id, Placement.id)
    )
    return db.session.scalars(with_people(query)).all()


def standing(round_id: int) -> Sequence[Placement]:
    """The placements of a round that stand, with slot and student."""
    query = sa.select(Placement).where(Placement.round_id == round_id, _STANDS)
    return db.session.scalars(with_people(query).order_by(Placement.id)).all()


def clash(placement: Placement, user_id: int) -> Placement | None:
    """Another place that the same person has confirmed, in any round, whose dates overlap."""
    first, last = placement.slot.starts_on, placement.slot.ends_on
    query = (
        sa.select(Placement)
        .join(Slot, Slot.id == Placement.slot_id)
        .join(Student, Student.id == Placement.student_id)
        .where(
            Student.user_id == user_id,
            Placement.id != placement.id,
            Placement.student_confirmed_at.is_not(None),
            _STANDS,
            Slot.starts_on <= last,
            Slot.ends_on >= first,
        )
        .order_by(Placement.id)
        .limit(1)
    )
    return db.session.scalars(with_people(query)).one_or_none()


def _held(query: sa.Select[Placement]) -> sa.Select[Placement]:
    """`query` with its rows held until commit, as they are now. A student and a host only share the round's
    lock: it is the placement's that has their acts wait for each other."""
    return query.with_for_update(of=Placement).execution_options(populate_existing=True)


def _one(query: sa.Select[Placement], round_: Round, *, lock: bool) -> Placement:
    query = _held(query) if lock else query
    found = db.session.scalars(with_people(query)).one_or_none()
    if found is None or round_.phase not in PUBLISHED:
        raise NotFound("placement")
    return found
