"""Read the facts and ask the rules: for one student and many slots, or for the pairs of a round.

A handful of queries each, however many rows there are.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from marketplace.agreements import queries as agreements
from marketplace.conflicts.models import Employment, Exclusion, Side
from marketplace.db import db
from marketplace.eligibility import placed
from marketplace.eligibility.facts import Asked, Checked, Policy, SlotFacts, StudentFacts, Verdict
from marketplace.eligibility.rules import Book, out_of_state
from marketplace.facilities.models import Facility, Site
from marketplace.requirements.models import RequirementItem, RequirementRecord, RequirementSet, Standing
from marketplace.rounds.models import AgreementRule, Round, RoundSlot, RoundStudent
from marketplace.schools.models import Programme, School
from marketplace.slots.models import Slot, SlotState
from marketplace.students.models import Student
from marketplace.vocabulary import Modality

Ids = sa.Select[int]
_MODALITIES = {each.value: each for each in Modality}


def policy_of(round_: Round | None) -> Policy:
    """What a round says about agreements."""
    if round_ is None:
        return Policy()
    return Policy(round_.agreement_rule, round_.agreements_due_on)


def of_student(student_id: int, slot_ids: Collection[int], round_: Round | None = None) -> dict[int, Verdict]:
    """The verdict for one student on each of these slots that exists."""
    chosen = sa.select(Slot.id).where(Slot.id.in_(slot_ids))
    students = _students(sa.select(Student.id).where(Student.id == student_id), round_)
    slots = _slots(chosen, round_)
    student = students.get(student_id)
    if student is None:
        return {}
    book = book_for(policy_of(round_), [student], slots.values())
    return {slot.id: book.judge(student, slot) for slot in slots.values()}


@dataclass(frozen=True)
class Rules:
    """Everyone and everything enrolled in a round, and the rules as they stand for it."""

    students: Mapping[int, StudentFacts]
    slots: Mapping[int, SlotFacts]
    book: Book

    def verdict(self, student_id: int, slot_id: int) -> Verdict:
        """The verdict on one pair of the round."""
        return self.book.judge(self.students[student_id], self.slots[slot_id])


def of_round(round_: Round) -> Rules:
    """The rules of a round with the facts of all who take part."""
    students = _students(sa.select(RoundStudent.student_id).where(RoundStudent.round_id == round_.id), round_)
    slots = _slots(sa.select(RoundSlot.slot_id).where(RoundSlot.round_id == round_.id), round_)
    return Rules(students, slots, book_for(policy_of(round_), students.values(), slots.values()))


def of_slot(round_: Round, slot_id: int, student_ids: Collection[int]) -> dict[int, Verdict]:
    """The verdict on each of these students for one slot of a round."""
    students = _students(sa.select(Student.id).where(Student.id.in_(student_ids)), round_)
    slots = _slots(sa.select(Slot.id).where(Slot.id == slot_id), round_)
    book = book_for(policy_of(round_), students.values(), slots.values())
    return {i: book.judge(student, slots[slot_id]) for i, student in students.items()}


def book_for(policy: Policy, students: Iterable[StudentFacts], slots: Iterable[SlotFacts]) -> Book:
    """The rules for these students and slots."""
    people = list(students)
    schools = {student.school_id for student in people}
    checked = policy.rule is not AgreementRule.UNCHECKED
    states = {slot.state for slot in slots}
    abroad = frozenset(
        s.programme_id for s in people if any(out_of_state(s.school_state, state) for state in states)
    )
    return Book(
        policy,
        terms=agreements.terms_of(schools) if checked else (),
        asked=_asked(schools),
        stays=placed.stays(abroad) if abroad else (),
    )


def _students(ids: Ids, round_: Round | None) -> dict[int, StudentFacts]:
    """The facts of students, in three queries."""
    gone: sa.ColumnElement[bool] = sa.literal(False)
    query = sa.select(Student, Programme.school_id, School.state, School.out_of_state_limit)
    query = query.join(Programme, Programme.id == Student.programme_id)
    query = query.join(School, School.id == Programme.school_id)
    if round_ is not None:
        gone = RoundStudent.withdrawn_at.is_not(None)
        taking_part = sa.and_(RoundStudent.student_id == Student.id, RoundStudent.round_id == round_.id)
        query = query.outerjoin(RoundStudent, taking_part)
    rows = db.session.execute(query.add_columns(gone).where(Student.id.in_(ids)).order_by(Student.id)).all()
    excluded, employers = _conflicts(ids)
    checked = _checked(ids)
    return {
        student.id: StudentFacts(
            id=student.id,
            programme_id=student.programme_id,
            school_id=school_id,
            school_state=state,
            limit=limit,
            taking_part=student.approved_at is not None and not left,
            missing=tuple(student.missing),
            available_from=student.available_from,
            available_until=student.available_until,
            credentials=frozenset(student.credentials),
            excluded=excluded.get(student.id, {}),
            employers=employers.get(student.id, {}),
            checked=checked.get(student.id, {}),
        )
        for student, school_id, state, limit, left in rows
    }


def _conflicts(ids: Ids) -> tuple[dict[int, dict[int, frozenset[Side]]], dict[int, dict[int, str]]]:
    """Excluded facilities with the sides that did, and employers with the note, of each student."""
    excluded: dict[int, dict[int, frozenset[Side]]] = {}
    employers: dict[int, dict[int, str]] = {}
    sides = sa.select(Exclusion.student_id, Exclusion.facility_id, Exclusion.side, sa.null().label("differs"))
    works = sa.select(Employment.student_id, Employment.facility_id, sa.null(), Employment.differs)
    both: sa.CompoundSelect[int, int, str, str] = sa.union_all(
        sides.where(Exclusion.student_id.in_(ids), Exclusion.lifted_at.is_(None)),
        works.where(Employment.student_id.in_(ids)),
    )
    for student_id, facility_id, side, differs in db.session.execute(both):
        if side is None:
            employers.setdefault(student_id, {})[facility_id] = differs
        else:
            mine = excluded.setdefault(student_id, {})
            mine[facility_id] = mine.get(facility_id, frozenset()) | {Side(side)}
    return excluded, employers


def _checked(ids: Ids) -> dict[int, dict[str, Checked]]:
    """For each student and kind the newest entry that someone checked."""
    record = RequirementRecord
    query = (
        sa.select(record.student_id, record.kind, record.standing, record.expires_on)
        .where(record.student_id.in_(ids), record.standing != Standing.PENDING)
        .order_by(record.checked_at, record.id)
    )
    found: dict[int, dict[str, Checked]] = {}
    for student_id, kind, standing, expires_on in db.session.execute(query):
        found.setdefault(student_id, {})[kind] = Checked(standing, expires_on)
    return found


def _slots(ids: Ids, round_: Round | None) -> dict[int, SlotFacts]:
    """The facts of slots, in one query; the database answers what it can, for reading is most of the cost."""
    still: sa.ColumnElement[bool] = Slot.state == SlotState.POSTED
    if round_ is not None:
        still = sa.and_(still, RoundSlot.withdrawn_at.is_(None))
    query = (
        sa.select(
            Slot.id,
            Slot.facility_id,
            Slot.site_id,
            Site.state,
            Slot.starts_on,
            Slot.ends_on,
            sa.type_coerce(Slot.modality, sa.String),
            sa.cast(Slot.credentials, sa.Text),
            still,
            Facility.verified_at.is_not(None),
        )
        .join(Site, Site.id == Slot.site_id)
        .join(Facility, Facility.id == Slot.facility_id)
    )
    if round_ is not None:
        taking_part = sa.and_(RoundSlot.slot_id == Slot.id, RoundSlot.round_id == round_.id)
        query = query.outerjoin(RoundSlot, taking_part)
    found: dict[int, SlotFacts] = {}
    for row in db.session.execute(query.where(Slot.id.in_(ids))):
        id_, facility_id, site_id, state, starts_on, ends_on, modality, credentials, open_, verified = row
        found[id_] = SlotFacts(
            id_,
            facility_id,
            site_id,
            state,
            starts_on,
            ends_on,
            _MODALITIES[modality],
            () if credentials == "[]" else tuple(json.loads(credentials)),
            bool(open_),
            bool(verified),
        )
    return found


def _asked(school_ids: Collection[int]) -> list[Asked]:
    query = (
        sa.select(
            RequirementSet.school_id,
            RequirementSet.site_id,
            RequirementSet.modality,
            RequirementItem.kind,
            RequirementItem.due,
        )
        .join(RequirementItem, RequirementItem.set_id == RequirementSet.id)
        .where(RequirementSet.school_id.in_(school_ids))
        .order_by(RequirementSet.id, RequirementItem.kind)
    )
    return [Asked(*row) for row in db.session.execute(query)]
