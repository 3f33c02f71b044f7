"""Read the facts and ask the rules: for one student and many slots, or for the pairs of a round.

A handful of queries each, however many rows there are.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from marketplace.agreements import queries as agreements
from marketplace.conflicts.models import Side
from marketplace.db import db
from marketplace.eligibility import placed, statements
from marketplace.eligibility.facts import Asked, Checked, Policy, SlotFacts, StudentFacts, Verdict
from marketplace.eligibility.rules import Book, out_of_state
from marketplace.eligibility.statements import Which
from marketplace.memo import once
from marketplace.rounds.models import AgreementRule, Round
from marketplace.students.models import missing_in
from marketplace.vocabulary import Modality

#: Naming more facilities than this costs more than reading all agreements of the schools.
MANY = 100
_MODALITIES = {each.value: each for each in Modality}


def policy_of(round_: Round | None) -> Policy:
    """What a round says about agreements."""
    if round_ is None:
        return Policy()
    return Policy(round_.agreement_rule, round_.agreements_due_on)


def of_student(student_id: int, slot_ids: Collection[int], round_: Round | None = None) -> dict[int, Verdict]:
    """The verdict for one student on each of these slots that exists."""
    return of_student_by(student_id, slot_ids, round_.id if round_ else None, policy_of(round_))


def of_student_by(
    student_id: int, slot_ids: Collection[int], round_id: int | None, policy: Policy
) -> dict[int, Verdict]:
    """The same by the policy of a round, or of none."""
    student = _one(student_id, round_id)
    if student is None:
        return {}
    slots = _slots(Which.NAMED, round_id, tuple(slot_ids))
    book = book_for(policy, [student], slots.values(), few=True)
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
    students, slots = _students(Which.ROUND, round_.id), _slots(Which.ROUND, round_.id)
    return Rules(students, slots, book_for(policy_of(round_), students.values(), slots.values()))


def of_slot(round_: Round, slot_id: int, student_ids: Collection[int]) -> dict[int, Verdict]:
    """The verdict on each of these students for one slot of a round."""
    students = _students(Which.NAMED, round_.id, tuple(student_ids))
    slots = _slots(Which.NAMED, round_.id, (slot_id,))
    book = book_for(policy_of(round_), students.values(), slots.values(), few=True)
    return {i: book.judge(student, slots[slot_id]) for i, student in students.items()}


def book_for(
    policy: Policy, students: Iterable[StudentFacts], slots: Iterable[SlotFacts], *, few: bool = False
) -> Book:
    """The rules for these people and slots. With ``few`` slots only their own agreements are read."""
    people, places = list(students), list(slots)
    schools = frozenset(student.school_id for student in people)
    checked = policy.rule is not AgreementRule.UNCHECKED
    states = {slot.state for slot in places}
    facilities = frozenset(slot.facility_id for slot in places) if few else None
    if facilities is not None and len(facilities) > MANY:
        facilities = None
    abroad = frozenset(
        s.programme_id for s in people if any(out_of_state(s.school_state, state) for state in states)
    )
    return Book(
        policy,
        terms=agreements.terms_of(schools, facilities) if checked else (),
        asked=_asked(schools),
        stays=placed.stays(abroad) if abroad else (),
    )


@once
def _one(student_id: int, round_id: int | None) -> StudentFacts | None:
    return _students(Which.ONE, round_id, (student_id,)).get(student_id)


def _students(which: Which, round_id: int | None, ids: tuple[int, ...] = ()) -> dict[int, StudentFacts]:
    """The facts of students, in three queries."""
    chosen: dict[str, Any] = {"student": ids[0]} if which is Which.ONE else {}
    if which is Which.NAMED:
        chosen = {"students": ids}
    statement = statements.students(which, in_round=round_id is not None)
    rows = db.session.execute(statement, chosen | ({"round": round_id} if round_id is not None else {})).all()
    notes = _noted(which, chosen if which is not Which.ROUND else {"round": round_id})
    held = placed.held([row.id for row in rows])
    nothing = _Notes()
    return {
        row.id: StudentFacts(
            id=row.id,
            programme_id=row.programme_id,
            school_id=row.school_id,
            school_state=row.state,
            limit=row.out_of_state_limit,
            taking_part=row.approved_at is not None and not row.left,
            missing=tuple(missing_in(row)),
            available_from=row.available_from,
            available_until=row.available_until,
            credentials=frozenset(row.credentials),
            excluded=known.excluded,
            employers=known.employers,
            checked=known.checked,
            field=row.field,
            hours=row.hours,
            modalities=frozenset(_MODALITIES[each] for each in row.modalities or ()),
            term=(row.term_starts_on, row.term_ends_on) if row.term_starts_on else None,
            held=tuple(each for each in held.get(row.id, ()) if each.round_id != round_id),
        )
        for row in rows
        for known in [notes.get(row.id, nothing)]
    }


@dataclass(frozen=True, slots=True)
class _Notes:
    """Of one student: excluded facilities with the sides that did, employers with how the project differs,
    and for each kind of requirement the newest entry that someone checked."""

    excluded: dict[int, frozenset[Side]] = field(default_factory=dict)
    employers: dict[int, str] = field(default_factory=dict)
    checked: dict[str, Checked] = field(default_factory=dict)


def _noted(which: Which, values: dict[str, Any]) -> dict[int, _Notes]:
    found: dict[int, _Notes] = {}
    for row in db.session.execute(statements.noted(which), values):
        student_id, facility_id, side, differs, kind, standing, expires_on, _checked_at, _id = row
        mine = found.setdefault(student_id, _Notes())
        if kind is not None:
            mine.checked[kind] = Checked(standing, expires_on)
        elif side is not None:
            mine.excluded[facility_id] = mine.excluded.get(facility_id, frozenset()) | {Side(side)}
        else:
            mine.employers[facility_id] = differs
    return found


def _slots(which: Which, round_id: int | None, ids: tuple[int, ...] = ()) -> dict[int, SlotFacts]:
    """The facts of slots, in one query."""
    values: dict[str, Any] = {"round": round_id} if round_id is not None else {}
    if which is Which.NAMED:
        values["slots"] = ids
    found: dict[int, SlotFacts] = {}
    for row in db.session.execute(statements.slots(which, in_round=round_id is not None), values):
        (
            id_,
            facility_id,
            site_id,
            state,
            starts_on,
            ends_on,
            modality,
            credentials,
            open_,
            verified,
            hours,
            open_to,
        ) = row
        found[id_] = SlotFacts(
            id_,
            facility_id,
            site_id,
            state,
            starts_on,
            ends_on,
            _MODALITIES[modality],
            _codes(credentials),
            bool(open_),
            bool(verified),
            hours,
            _codes(open_to),
        )
    return found


@lru_cache(maxsize=4096)
def _codes(text: str) -> tuple[str, ...]:
    """A stored list of codes: the same few lists stand in most slots."""
    return tuple(json.loads(text))


@once
def _asked(school_ids: frozenset[int]) -> list[Asked]:
    return [Asked(*row) for row in db.session.execute(statements.asked(), {"schools": list(school_ids)})]
