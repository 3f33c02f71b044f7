"""Figures of a round for its coordinators. Never an order of anyone's list; before release no placement
of a named student."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from marketplace.accounts.models import User
from marketplace.applications.models import Application
from marketplace.applications.queries import active, counts_by_slot
from marketplace.coordination import preassigning
from marketplace.couples import queries as couples
from marketplace.db import db
from marketplace.facilities.models import Facility
from marketplace.rankings import queries as rankings
from marketplace.rounds import queries as rounds
from marketplace.rounds.models import Round, RoundStudent
from marketplace.runs.models import Assignment, MatchRun, RunKind, RunState
from marketplace.slots.models import Slot
from marketplace.students.models import Student


@dataclass(frozen=True)
class Participant:
    """One student of the round: how far their list is, never what is on it.

    ``state``: certified (the couple's list where that counts), draft, none, or given (a place already).
    """

    row: RoundStudent
    state: str
    applications: int

    @property
    def name(self) -> str:
        """The student's name."""
        return str(self.row.student.user.name)


def participants(round_: Round) -> list[Participant]:
    """The round's students with the state of their list and how often they applied."""
    own, _slots = rankings.states(round_.id)
    paired = couples.paired(round_.id) if round_.couples else ()
    given = preassigning.standing(round_)
    states = {**own, **dict.fromkeys(paired, "certified"), **dict.fromkeys(given, "given")}
    applied = {
        student_id: count
        for student_id, count in db.session.execute(
            sa.select(Application.student_id, sa.func.count())
            .where(active(round_.id))
            .group_by(Application.student_id)
        )
    }
    return [
        Participant(row, states.get(row.student_id, "none"), applied.get(row.student_id, 0))
        for row in rounds.participants(round_.id)
        if row.withdrawn_at is None
    ]


@dataclass(frozen=True)
class SlotState:
    """One slot of the round: applicants, and whether its facility answered."""

    slot: Slot
    applicants: int
    state: str


def slot_states(round_: Round) -> list[SlotState]:
    """The round's slots with their applicants and the state of their list."""
    _students, states = rankings.states(round_.id)
    counts = counts_by_slot(round_.id)
    return [
        SlotState(row.slot, counts.get(row.slot_id, 0), states.get(row.slot_id, "none"))
        for row in rounds.round_slots(round_.id)
    ]


def last_rehearsed(round_id: int) -> datetime | None:
    """When the newest rehearsal finished."""
    return db.session.scalar(
        sa.select(sa.func.max(MatchRun.finished_at)).where(
            MatchRun.round_id == round_id, MatchRun.kind == RunKind.REHEARSAL
        )
    )


def failed_runs(round_id: int) -> Sequence[MatchRun]:
    """Runs that gave up."""
    query = sa.select(MatchRun).where(MatchRun.round_id == round_id, MatchRun.state == RunState.FAILED)
    return db.session.scalars(query.order_by(MatchRun.id)).all()


def names(student_ids: Sequence[int]) -> dict[int, str]:
    """Student id to name."""
    rows = db.session.execute(
        sa.select(Student.id, User.name)
        .join(User, User.id == Student.user_id)
        .where(Student.id.in_(student_ids))
    )
    return {i: name for i, name in rows}


def assignments(round_id: int) -> Sequence[tuple[Assignment, Student, Slot | None]]:
    """Every released assignment, by student name: rows exist only after release."""
    query = (
        sa.select(Assignment, Student, Slot)
        .join(Student, Student.id == Assignment.student_id)
        .join(User, User.id == Student.user_id)
        .outerjoin(Slot, Slot.id == Assignment.slot_id)
        .outerjoin(Facility, Facility.id == Slot.facility_id)
        .where(Assignment.round_id == round_id)
        .options(
            joinedload(Student.user),
            joinedload(Student.programme),
            joinedload(Slot.facility),
            joinedload(Slot.site),
        )
        .order_by(User.name, Student.id)
    )
    return [(a, s, slot) for a, s, slot in db.session.execute(query)]
