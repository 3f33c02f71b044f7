"""Read conversations: a student's own, a facility's, and those that wait for a coordinator."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from statistics import median

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from marketplace.access import Actor
from marketplace.accounts.models import Role
from marketplace.applications import consents
from marketplace.applications.models import Application
from marketplace.db import db
from marketplace.errors import NotFound
from marketplace.messages.models import Side, Thread, ThreadState
from marketplace.paging import Page
from marketplace.rounds.models import Round, RoundStudent
from marketplace.rounds.phases import OVER
from marketplace.runs.models import Placement
from marketplace.slots.models import Slot
from marketplace.students.models import Student

PAGE_SIZE = 30
#: The figure is the median of this many answered conversations, and shown from this many on.
LAST_ANSWERED = 20
SHOWN_FROM = 5


def of_student(actor: Actor) -> sa.ColumnElement[bool]:
    """The person's own conversations."""
    return Thread.student_id.in_(sa.select(Student.id).where(Student.user_id == actor.user_id))


def of_facility(actor: Actor) -> sa.ColumnElement[bool]:
    """Conversations that reached a facility of the actor."""
    return sa.and_(Thread.facility_id.in_(actor.facilities), Thread.state == ThreadState.OPEN)


def held_for(actor: Actor) -> sa.ColumnElement[bool]:
    """Conversations that wait for a coordinator of the student's school."""
    return sa.and_(Thread.school_id.in_(actor.coordinated_schools), Thread.state == ThreadState.HELD)


def readable(actor: Actor) -> sa.ColumnElement[bool]:
    """What the person may read as one of the two sides."""
    return sa.or_(of_student(actor), of_facility(actor))


def page_of(condition: sa.ColumnElement[bool], *, page: int) -> Page[Thread]:
    """One page of conversations, the newest message first."""
    total = db.session.scalar(sa.select(sa.func.count(Thread.id)).where(condition)) or 0
    query = (
        _whole(sa.select(Thread).where(condition))
        .order_by(Thread.last_at.desc(), Thread.id.desc())
        .limit(PAGE_SIZE)
        .offset((page - 1) * PAGE_SIZE)
    )
    return Page(list(db.session.scalars(query)), page, PAGE_SIZE, total)


def one(condition: sa.ColumnElement[bool], thread_id: int, *, lock: bool = False) -> Thread:
    """One conversation with its messages, where `condition` allows it. Raises NotFound."""
    query = _whole(sa.select(Thread).where(Thread.id == thread_id, condition))
    query = query.options(selectinload(Thread.messages))
    if lock:
        query = query.with_for_update(of=Thread).execution_options(populate_existing=True)
    found = db.session.scalars(query).one_or_none()
    if found is None:
        raise NotFound("thread")
    return found


def about(student_id: int, slot_id: int) -> Thread | None:
    """The student's conversation about a slot, if there is one."""
    return db.session.scalar(
        sa.select(Thread).where(Thread.student_id == student_id, Thread.slot_id == slot_id)
    )


def count(condition: sa.ColumnElement[bool]) -> int:
    """How many conversations there are."""
    return db.session.scalar(sa.select(sa.func.count(Thread.id)).where(condition)) or 0


def unanswered(actor: Actor) -> tuple[int, int]:
    """Conversations whose last word is the other side's: (as a student, as a facility)."""
    mine = sa.and_(of_student(actor), Thread.last_side == Side.FACILITY, Thread.state == ThreadState.OPEN)
    theirs = sa.and_(of_facility(actor), Thread.last_side == Side.STUDENT)
    as_student = count(mine) if actor.has(Role.STUDENT) else 0
    return as_student, count(theirs) if actor.facilities else 0


def known_by_name(threads: Sequence[Thread]) -> dict[int, int]:
    """Thread id to the application whose standing consent lets the slot's facility know the name."""
    placed = sa.exists().where(
        Placement.round_id == Application.round_id,
        Placement.student_id == Application.student_id,
        Placement.slot_id == Application.slot_id,
        Placement.ended_at.is_(None),
    )
    rows = db.session.execute(
        sa.select(Thread.id, Application.id)
        .join(
            Application,
            sa.and_(Application.student_id == Thread.student_id, Application.slot_id == Thread.slot_id),
        )
        .join(Round, Round.id == Application.round_id)
        .join(
            RoundStudent,
            sa.and_(
                RoundStudent.round_id == Application.round_id,
                RoundStudent.student_id == Application.student_id,
            ),
        )
        .where(
            Thread.id.in_([thread.id for thread in threads]),
            consents.standing(),
            Application.withdrawn_at.is_(None),
            RoundStudent.withdrawn_at.is_(None),
            sa.or_(Round.phase.not_in(OVER), placed),
        )
        .order_by(Application.id)
    )
    return {thread_id: application_id for thread_id, application_id in rows}


@dataclass(frozen=True)
class ResponseTime:
    """How fast a facility answers: the median of its last answered conversations."""

    median: timedelta
    of: int


def response_time(facility_id: int) -> ResponseTime | None:
    """The figure of a facility; None while there are too few to say anything of."""
    rows = db.session.execute(
        sa.select(Thread.reached_at, Thread.answered_at)
        .where(Thread.facility_id == facility_id, Thread.answered_at.is_not(None))
        .order_by(Thread.answered_at.desc(), Thread.id)
        .limit(LAST_ANSWERED)
    )
    waits = [answered - reached for reached, answered in rows if answered and reached]
    if len(waits) < SHOWN_FROM:
        return None
    seconds = median(wait.total_seconds() for wait in waits)
    return ResponseTime(timedelta(seconds=seconds), len(waits))


def _whole(query: sa.Select[Thread]) -> sa.Select[Thread]:
    return query.options(
        joinedload(Thread.slot, innerjoin=True).joinedload(Slot.facility, innerjoin=True),
        joinedload(Thread.student, innerjoin=True).joinedload(Student.user, innerjoin=True),
        joinedload(Thread.student, innerjoin=True).joinedload(Student.programme, innerjoin=True),
    )
