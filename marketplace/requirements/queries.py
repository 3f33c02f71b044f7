"""Read requirement sets and where students stand. A student sees their own, a coordinator their school's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from marketplace.access import Actor
from marketplace.accounts.models import User
from marketplace.db import db
from marketplace.errors import NotFound
from marketplace.facilities.models import Facility, Site
from marketplace.paging import Page
from marketplace.requirements.models import Due, RequirementItem, RequirementRecord, RequirementSet, Standing
from marketplace.schools.models import Programme
from marketplace.students.models import Student
from marketplace.vocabulary import REQUIREMENTS, Modality

PAGE_SIZE = 50
_ORDER = {entry.code: number for number, entry in enumerate(REQUIREMENTS)}


@dataclass(frozen=True)
class Row:
    """One line of a checklist. ``checked`` is the newest entry that someone checked, ``said`` a newer one
    that nobody has."""

    kind: str
    due: Due | None
    where: tuple[str, ...]
    checked: RequirementRecord | None
    said: RequirementRecord | None

    def state(self, today: date) -> str:
        """In one word: cleared, expired, not-cleared, waiting or missing."""
        entry = self.checked
        if entry is not None and entry.standing is Standing.CLEARED:
            return "expired" if entry.expires_on is not None and entry.expires_on < today else "cleared"
        if self.said is not None:
            return "waiting"
        return "missing" if entry is None else "not-cleared"


def sets_of(actor: Actor) -> Sequence[RequirementSet]:
    """The sets of the actor's schools, the school-wide ones first."""
    query = (
        sa.select(RequirementSet)
        .where(RequirementSet.school_id.in_(actor.coordinated_schools))
        .options(*_WHOLE)
        .order_by(RequirementSet.site_id.is_not(None), RequirementSet.name, RequirementSet.id)
    )
    return db.session.scalars(query).all()


_WHOLE = (
    joinedload(RequirementSet.school),
    joinedload(RequirementSet.site).joinedload(Site.facility),
    selectinload(RequirementSet.items),
)


def own_set(actor: Actor, set_id: int) -> RequirementSet:
    """One set of a school the actor coordinates. Raises NotFound."""
    query = sa.select(RequirementSet).where(
        RequirementSet.id == set_id, RequirementSet.school_id.in_(actor.coordinated_schools)
    )
    found = db.session.scalars(query.options(*_WHOLE)).one_or_none()
    if found is None:
        raise NotFound("requirements")
    return found


def sites(limit: int = 2000) -> Sequence[Site]:
    """The sites of verified facilities, by facility and name."""
    query = (
        sa.select(Site)
        .join(Facility, Facility.id == Site.facility_id)
        .where(Facility.verified_at.is_not(None))
        .options(joinedload(Site.facility))
        .order_by(Facility.name, Site.name, Site.id)
        .limit(limit)
    )
    return db.session.scalars(query).all()


def student_of(actor: Actor, student_id: int) -> Student:
    """An approved student of a school the actor coordinates. Raises NotFound."""
    query = (
        sa.select(Student)
        .join(Programme, Programme.id == Student.programme_id)
        .where(
            Student.id == student_id,
            Student.approved_at.is_not(None),
            Programme.school_id.in_(actor.coordinated_schools),
        )
        .options(joinedload(Student.user), joinedload(Student.programme).joinedload(Programme.school))
    )
    found = db.session.scalars(query).one_or_none()
    if found is None:
        raise NotFound("student")
    return found


def checklist(student: Student) -> list[Row]:
    """Everything the student's school asks anywhere, and what stands entered beyond that."""
    asked = _asked(student.programme.school_id)
    entries = records([student.id]).get(student.id, {})
    kinds = sorted({*asked, *entries}, key=lambda kind: (_ORDER.get(kind, len(_ORDER)), kind))
    return [_row(kind, asked.get(kind), entries.get(kind, ())) for kind in kinds]


def records(student_ids: Collection[int]) -> dict[int, dict[str, list[RequirementRecord]]]:
    """Every entry of these students by kind, oldest first."""
    query = (
        sa.select(RequirementRecord)
        .where(RequirementRecord.student_id.in_(student_ids))
        .options(joinedload(RequirementRecord.verifier))
        .order_by(RequirementRecord.id)
    )
    found: dict[int, dict[str, list[RequirementRecord]]] = {}
    for entry in db.session.scalars(query):
        found.setdefault(entry.student_id, {}).setdefault(entry.kind, []).append(entry)
    return found


@dataclass(frozen=True)
class Person:
    """A student on the coordinator's list: how many items are in which state."""

    student: Student
    counts: Counter[str]
    asked: int


def people(actor: Actor, today: date, *, page: int) -> Page[Person]:
    """One page of the students of the actor's schools with their readiness, the most to check first."""
    to_check = (
        sa.select(sa.func.count(sa.distinct(RequirementRecord.kind)))
        .where(RequirementRecord.student_id == Student.id, RequirementRecord.standing == Standing.PENDING)
        .scalar_subquery()
    )
    query = (
        sa.select(Student)
        .join(Programme, Programme.id == Student.programme_id)
        .join(User, User.id == Student.user_id)
        .where(Programme.school_id.in_(actor.coordinated_schools), Student.approved_at.is_not(None))
    )
    total = db.session.execute(query.with_only_columns(sa.func.count())).scalar_one()
    shown = query.options(joinedload(Student.user), joinedload(Student.programme))
    shown = shown.order_by(to_check.desc(), User.name, Student.id)
    students = db.session.scalars(shown.limit(PAGE_SIZE).offset((page - 1) * PAGE_SIZE)).all()
    schools = {school_id: _asked(school_id) for school_id in sorted(actor.coordinated_schools)}
    entries = records([student.id for student in students])
    found = []
    for student in students:
        asked, mine = schools[student.programme.school_id], entries.get(student.id, {})
        states = [_row(kind, asked.get(kind), mine.get(kind, ())).state(today) for kind in {*asked, *mine}]
        found.append(Person(student, Counter(states), len(states)))
    return Page(found, page, PAGE_SIZE, total)


def waiting(actor: Actor) -> int:
    """How many entries of the actor's students wait to be checked."""
    query = (
        sa.select(sa.func.count(RequirementRecord.id))
        .join(Student, Student.id == RequirementRecord.student_id)
        .join(Programme, Programme.id == Student.programme_id)
        .where(
            RequirementRecord.standing == Standing.PENDING,
            Programme.school_id.in_(actor.coordinated_schools),
        )
    )
    return db.session.execute(query).scalar_one()


def expiring(first: date, last: date) -> Sequence[tuple[RequirementRecord, Student]]:
    """What was cleared and expires between two days, with whose it is, unless a newer entry was checked."""
    newer = sa.orm.aliased(RequirementRecord)
    later = sa.exists().where(
        newer.student_id == RequirementRecord.student_id,
        newer.kind == RequirementRecord.kind,
        newer.standing != Standing.PENDING,
        newer.id > RequirementRecord.id,
    )
    query = (
        sa.select(RequirementRecord, Student)
        .join(Student, Student.id == RequirementRecord.student_id)
        .where(
            RequirementRecord.standing == Standing.CLEARED,
            RequirementRecord.expires_on >= first,
            RequirementRecord.expires_on <= last,
            ~later,
        )
        .options(joinedload(Student.user))
        .order_by(RequirementRecord.id)
    )
    return [(entry, student) for entry, student in db.session.execute(query)]


def _asked(school_id: int) -> dict[str, tuple[Due, tuple[str, ...]]]:
    """What a school asks: kind to the earliest time it is due and the sets that name it."""
    query = (
        sa.select(RequirementItem.kind, RequirementItem.due, RequirementSet.name)
        .join(RequirementSet, RequirementSet.id == RequirementItem.set_id)
        .where(RequirementSet.school_id == school_id)
        .order_by(RequirementSet.site_id.is_not(None), RequirementSet.name)
    )
    found: dict[str, tuple[Due, tuple[str, ...]]] = {}
    for kind, due, name in db.session.execute(query):
        known = found.get(kind)
        earliest = Due.MATCH if Due.MATCH in (due, known[0] if known else due) else Due.START
        found[kind] = (earliest, (*(known[1] if known else ()), name))
    return found


def asked_at(school_id: int, site_id: int, modality: Modality) -> dict[str, tuple[Due, int | None]]:
    """What a school asks for at a site: kind to when it is due and the most that a set says it costs."""
    query = (
        sa.select(RequirementItem.kind, RequirementItem.due, RequirementItem.cost)
        .join(RequirementSet, RequirementSet.id == RequirementItem.set_id)
        .where(
            RequirementSet.school_id == school_id,
            sa.or_(RequirementSet.site_id.is_(None), RequirementSet.site_id == site_id),
            sa.or_(RequirementSet.modality.is_(None), RequirementSet.modality == modality),
        )
    )
    found: dict[str, tuple[Due, int | None]] = {}
    for kind, due, cost in db.session.execute(query):
        known_due, known_cost = found.get(kind, (due, None))
        amounts = [amount for amount in (known_cost, cost) if amount is not None]
        found[kind] = (Due.MATCH if Due.MATCH in (due, known_due) else Due.START, max(amounts, default=None))
    return {
        kind: found[kind] for kind in sorted(found, key=lambda kind: (_ORDER.get(kind, len(_ORDER)), kind))
    }


def _row(kind: str, asked: tuple[Due, tuple[str, ...]] | None, entries: Sequence[RequirementRecord]) -> Row:
    looked_at = [e for e in entries if e.standing is not Standing.PENDING]
    checked = max(looked_at, key=lambda e: (e.checked_at, e.id), default=None)
    pending = [e for e in entries if e.standing is Standing.PENDING]
    said = pending[-1] if pending and (checked is None or pending[-1].id > checked.id) else None
    return Row(kind, asked[0] if asked else None, asked[1] if asked else (), checked, said)
