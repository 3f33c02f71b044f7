"""Read appeals: a student their own, coordinators those of their rounds. Someone else's does not exist."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from marketplace.access import Actor
from marketplace.appeals.models import Appeal, Remedy, Trial
from marketplace.db import db
from marketplace.errors import NotFound
from marketplace.rounds import queries as rounds
from marketplace.rounds.models import Round
from marketplace.rounds.phases import PUBLISHED
from marketplace.runs.models import Placement
from marketplace.slots.models import Slot
from marketplace.students.models import Student

_WAITS = sa.and_(Appeal.decided_at.is_(None), Appeal.withdrawn_at.is_(None))


def of_student(round_: Round, student: Student) -> Appeal | None:
    """The student's own appeal in a round."""
    query = sa.select(Appeal).where(Appeal.round_id == round_.id, Appeal.student_id == student.id)
    return db.session.scalars(query.options(joinedload(Appeal.remedy_slot).joinedload(Slot.facility))).first()


def of_round(round_: Round) -> Sequence[Appeal]:
    """Every appeal of a round that was not taken back: those that wait first, the oldest first."""
    query = sa.select(Appeal).where(Appeal.round_id == round_.id, Appeal.withdrawn_at.is_(None))
    query = query.options(joinedload(Appeal.student).joinedload(Student.user))
    return db.session.scalars(
        query.order_by(Appeal.decided_at.is_not(None), Appeal.filed_at, Appeal.id)
    ).all()


def one(round_: Round, appeal_id: int, *, lock: bool = False) -> Appeal:
    """One appeal of a round, with its student. Raises NotFound, also for one that was taken back."""
    query = sa.select(Appeal).where(
        Appeal.id == appeal_id, Appeal.round_id == round_.id, Appeal.withdrawn_at.is_(None)
    )
    query = query.options(
        joinedload(Appeal.student).joinedload(Student.user),
        joinedload(Appeal.student).joinedload(Student.programme),
        joinedload(Appeal.remedy_slot).joinedload(Slot.facility),
    )
    if lock:
        query = query.with_for_update(of=Appeal).execution_options(populate_existing=True)
    found = db.session.scalars(query).one_or_none()
    if found is None:
        raise NotFound("appeal")
    return found


def trials(appeal: Appeal) -> Sequence[Trial]:
    """The what-if runs of an appeal, oldest first."""
    query = sa.select(Trial).where(Trial.appeal_id == appeal.id)
    return db.session.scalars(query.order_by(Trial.id)).all()


def first_in_clearing(round_id: int) -> frozenset[int]:
    """Students whose upheld appeal gives them first priority in clearing, by id."""
    query = sa.select(Appeal.student_id).where(Appeal.round_id == round_id, Appeal.remedy == Remedy.CLEARING)
    return frozenset(db.session.scalars(query))


def place_given(appeal: Appeal) -> bool:
    """Whether the appeal's extra place was given, whatever became of it."""
    query = sa.select(Placement.id).where(
        Placement.round_id == appeal.round_id,
        Placement.student_id == appeal.student_id,
        Placement.slot_id == appeal.remedy_slot_id,
        Placement.made_at >= appeal.decided_at,
    )
    return db.session.scalar(query.limit(1)) is not None


def waiting(actor: Actor) -> Sequence[tuple[Round, int]]:
    """Rounds of the coordinator in which appeals wait, with how many."""
    if not any(each.phase in PUBLISHED for each in rounds.coordinated_rounds(actor)):
        return []
    rows = db.session.execute(
        sa.select(Round, sa.func.count())
        .join(Appeal, Appeal.round_id == Round.id)
        .where(Round.school_id.in_(actor.coordinated_schools), _WAITS)
        .group_by(Round.id)
        .order_by(Round.id)
    )
    return [(round_, count) for round_, count in rows]


def waiting_in(round_id: int) -> int:
    """How many appeals of a round wait."""
    query = sa.select(sa.func.count()).select_from(Appeal).where(Appeal.round_id == round_id, _WAITS)
    return db.session.scalar(query) or 0


def answered(actor: Actor) -> Sequence[tuple[Round, Appeal]]:
    """Appeals of the person that were decided, with their rounds."""
    rows = db.session.execute(
        sa.select(Round, Appeal)
        .join(Appeal, Appeal.round_id == Round.id)
        .join(Student, Student.id == Appeal.student_id)
        .where(Student.user_id == actor.user_id, Appeal.decided_at.is_not(None))
        .order_by(Appeal.id)
    )
    return [(round_, appeal) for round_, appeal in rows]
