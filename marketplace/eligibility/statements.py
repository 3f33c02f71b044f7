"""The statements that read the facts. Each is built once; from one page to the next only its values change.

Values: ``student`` or ``students``, ``slots``, ``round``, ``schools``.
"""

from __future__ import annotations

from enum import Enum
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from marketplace.conflicts.models import Employment, Exclusion
from marketplace.facilities.models import Facility, Site
from marketplace.requirements.models import RequirementItem, RequirementRecord, RequirementSet, Standing
from marketplace.rounds.models import RoundSlot, RoundStudent
from marketplace.schools.models import Course, Programme, School
from marketplace.slots.models import Slot, SlotState
from marketplace.students.models import Student, StudentCourse


class Which(Enum):
    """Whose facts are read: one student's, those of the rows named, or of all that a round holds."""

    ONE = "one"
    NAMED = "named"
    ROUND = "round"


_STUDENT, _SLOT = Student.__table__.c, Slot.__table__.c
_IN_ROUND, _TAKEN = RoundStudent.__table__.c, RoundSlot.__table__.c
_EXCLUSION, _EMPLOYMENT, _RECORD = (
    Exclusion.__table__.c,
    Employment.__table__.c,
    RequirementRecord.__table__.c,
)
_ROUND = sa.bindparam("round", type_=sa.Integer)


@lru_cache(maxsize=8)
def students(which: Which, *, in_round: bool) -> sa.Select[Any]:
    """What the rules look at of each student; ``left`` once they left the round.

    Of a programme's only course everyone is; of several whoever chose it.
    """
    programme, course, chosen = Programme.__table__.c, Course.__table__.c, StudentCourse.__table__.c
    other = Course.__table__.alias("other").c
    beside = sa.select(other.id).where(other.programme_id == course.programme_id, other.id != course.id)
    alone = ~beside.correlate(Course.__table__).exists()
    theirs = sa.and_(course.programme_id == programme.id, sa.or_(course.id == chosen.course_id, alone))
    tables: Any = Student.__table__.join(Programme.__table__).join(School.__table__)
    tables = tables.outerjoin(StudentCourse.__table__, chosen.student_id == _STUDENT.id)
    tables = tables.outerjoin(Course.__table__, theirs)
    left: sa.ColumnElement[bool] = sa.literal(False)
    if in_round:
        left = _IN_ROUND.withdrawn_at.is_not(None)
        taking_part = sa.and_(_IN_ROUND.student_id == _STUDENT.id, _IN_ROUND.round_id == _ROUND)
        tables = tables.outerjoin(RoundStudent.__table__, taking_part)
    profile = [_STUDENT.id, _STUDENT.programme_id, _STUDENT.approved_at, _STUDENT.home_zip]
    profile += [_STUDENT.available_from, _STUDENT.available_until, _STUDENT.skills, _STUDENT.statement]
    school = (School.__table__.c.state, School.__table__.c.out_of_state_limit)
    asked = (
        programme.field,
        sa.func.coalesce(course.hours, programme.required_hours).label("hours"),
        course.modalities,
        course.starts_on.label("term_starts_on"),
        course.ends_on.label("term_ends_on"),
    )
    return (
        sa.select(*profile, _STUDENT.credentials, programme.school_id, *school, *asked, left.label("left"))
        .select_from(tables)
        .where(_students(_STUDENT.id, which))
        .order_by(_STUDENT.id)
    )


@lru_cache(maxsize=8)
def noted(which: Which) -> sa.CompoundSelect[Any]:
    """Conflicts, employers, and the entries of requirements that someone checked, the newest last.

    An exclusion has a side, an employer says how the project differs, an entry has its kind.
    """
    columns = [_EXCLUSION.facility_id, _EXCLUSION.side, _EMPLOYMENT.differs, _RECORD.kind, _RECORD.standing]
    columns += [_RECORD.expires_on, _RECORD.checked_at, _RECORD.id]

    def rows(table: Any, *known: Any) -> sa.Select[Any]:
        given = {column.name: column for column in known}
        filled = [
            given.get(each.name, sa.cast(sa.null(), each.type)).label(f"{each.table.name}_{each.name}")
            for each in columns
        ]
        return sa.select(table.c.student_id, *filled).where(_students(table.c.student_id, which))

    excluded = rows(Exclusion.__table__, _EXCLUSION.facility_id, _EXCLUSION.side)
    checked = rows(
        RequirementRecord.__table__,
        *(_RECORD.kind, _RECORD.standing, _RECORD.expires_on, _RECORD.checked_at, _RECORD.id),
    )
    found = sa.union_all(
        excluded.where(_EXCLUSION.lifted_at.is_(None)),
        rows(Employment.__table__, _EMPLOYMENT.facility_id, _EMPLOYMENT.differs),
        checked.where(_RECORD.standing != Standing.PENDING),
    )
    return found.order_by("requirement_record_checked_at", "requirement_record_id")


@lru_cache(maxsize=8)
def slots(which: Which, *, in_round: bool) -> sa.Select[Any]:
    """What the rules look at of each slot; the database answers what it can: reading is most of the cost."""
    site, facility = Site.__table__.c, Facility.__table__.c
    tables: Any = Slot.__table__.join(Site.__table__, site.id == _SLOT.site_id)
    tables = tables.join(Facility.__table__, facility.id == _SLOT.facility_id)
    still: sa.ColumnElement[bool] = _SLOT.state == SlotState.POSTED
    if in_round:
        still = sa.and_(still, _TAKEN.withdrawn_at.is_(None))
        tables = tables.outerjoin(
            RoundSlot.__table__, sa.and_(_TAKEN.slot_id == _SLOT.id, _TAKEN.round_id == _ROUND)
        )
    named = _SLOT.id.in_(sa.bindparam("slots", expanding=True))
    of_round = _SLOT.id.in_(sa.select(_TAKEN.slot_id).where(_TAKEN.round_id == _ROUND))
    return (
        sa.select(
            _SLOT.id,
            _SLOT.facility_id,
            _SLOT.site_id,
            site.state,
            _SLOT.starts_on,
            _SLOT.ends_on,
            sa.type_coerce(_SLOT.modality, sa.String),
            sa.cast(_SLOT.credentials, sa.Text),
            still,
            facility.verified_at.is_not(None),
            _SLOT.hours,
            sa.cast(_SLOT.open_to, sa.Text),
        )
        .select_from(tables)
        .where(of_round if which is Which.ROUND else named)
    )


@lru_cache(maxsize=1)
def asked() -> sa.Select[Any]:
    """Every item of the schools' requirement sets."""
    sets, items = RequirementSet.__table__.c, RequirementItem.__table__.c
    return (
        sa.select(sets.school_id, sets.site_id, sets.modality, items.kind, items.due)
        .join_from(RequirementSet.__table__, RequirementItem.__table__, items.set_id == sets.id)
        .where(sets.school_id.in_(sa.bindparam("schools", expanding=True)))
        .order_by(sets.id, items.kind)
    )


def _students(column: sa.ColumnElement[int], which: Which) -> sa.ColumnElement[bool]:
    if which is Which.ONE:
        return column == sa.bindparam("student", type_=sa.Integer)
    if which is Which.NAMED:
        return column.in_(sa.bindparam("students", expanding=True))
    return column.in_(sa.select(_IN_ROUND.student_id).where(_IN_ROUND.round_id == _ROUND))
