"""Give a student a place before the match, and take that back: a coordinator's act, for a reason.

Only where the student applied: the facility sees nobody without their signed consent. The student's list, if
there is one, is left aside.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from marketplace.access import Actor
from marketplace.applications.models import Application
from marketplace.applications.queries import active
from marketplace.audit import services as audit
from marketplace.couples import queries as couples
from marketplace.db import db
from marketplace.eligibility import queries as eligibility
from marketplace.errors import DomainError, NotFound
from marketplace.mail import services as mail
from marketplace.memo import once
from marketplace.rounds import policies, preassigned
from marketplace.rounds import queries as rounds
from marketplace.rounds.models import Preassigned, Round
from marketplace.runs import fixed, quotas
from marketplace.slots.models import Slot, SlotState
from marketplace.students.models import Student


def name(
    actor: Actor, round_: Round, student_id: int, slot_id: int, *, reason: str, now: datetime
) -> Preassigned:
    """Give `student_id` a place of `slot_id`. Raises WrongPhase once lists are closed.

    DomainError with a field where they have one, did not apply, may not be placed there, are in a couple, or
    where no place is left.
    """
    policies.require_open(round_, now)
    if not reason.strip():
        raise DomainError("missing", field="reason")
    _check(round_, student_id, slot_id)
    row = Preassigned(
        round_id=round_.id,
        student_id=student_id,
        slot_id=slot_id,
        reason=reason.strip()[:300],
        named_by_id=actor.user_id,
        named_at=now,
    )
    db.session.add(row)
    db.session.flush()
    audit.record(
        actor, "place preassigned", round_, now=now, student=student_id, slot=slot_id, reason=row.reason
    )
    _tell(round_, student_id, slot_id, "given", now=now)
    return row


def undo(actor: Actor, round_: Round, student_id: int, *, now: datetime) -> None:
    """Take it back: the student's own list counts again. Raises WrongPhase once lists are closed."""
    policies.require_open(round_, now)
    row = db.session.get(Preassigned, (round_.id, student_id))
    if row is None:
        raise NotFound("preassigned")
    db.session.delete(row)
    db.session.flush()
    audit.record(actor, "preassigned place taken back", round_, now=now, student=student_id, slot=row.slot_id)
    _tell(round_, student_id, row.slot_id, "taken back", now=now)


def standing(round_: Round) -> frozenset[int]:
    """The students who have a place before the match, as things are."""
    given = frozenset(student for student, _slot in preassigned.pairs(round_.id))
    return given - impossible(round_) if given else given


@once
def impossible(round_: Round) -> frozenset[int]:
    """The students whose place would fall away if lists closed now, as the match would read them."""
    pairs = preassigned.pairs(round_.id)
    if not pairs:
        return frozenset()
    rules = eligibility.of_round(round_)
    capacities = {
        row.slot_id: row.slot.capacity
        for row in rounds.round_slots(round_.id)
        if row.slot.state is SlotState.POSTED
    }
    applied: dict[int, set[int]] = {}
    query = sa.select(Application.student_id, Application.slot_id).where(active(round_.id))
    for student_id, slot_id in db.session.execute(query):
        applied.setdefault(student_id, set()).add(slot_id)
    found = quotas.of_slots(rules, capacities)
    types = {i: quotas.types(student) for i, student in rules.students.items()} if found else {}
    standing = fixed.standing(
        round_.id, rules, capacities=capacities, applied=applied, quotas=found, types=types
    )
    return frozenset(student for student, _slot in pairs) - standing.keys()


def _check(round_: Round, student_id: int, slot_id: int) -> None:
    if db.session.get(Preassigned, (round_.id, student_id)) is not None:
        raise DomainError("named_already", field="student")
    applied = sa.select(Application.id).where(
        active(round_.id), Application.student_id == student_id, Application.slot_id == slot_id
    )
    if db.session.scalar(applied) is None:
        raise DomainError("no_application", field="slot")
    if couples.of_student(round_.id, student_id) is not None:
        raise DomainError("in_couple", field="student")
    if not eligibility.of_slot(round_, slot_id, [student_id])[student_id].eligible:
        raise DomainError("not_eligible", field="slot")
    given = sum(1 for _student, slot in preassigned.pairs(round_.id) if slot == slot_id)
    if given >= db.session.get_one(Slot, slot_id).capacity:
        raise DomainError("full", field="slot")


def _tell(round_: Round, student_id: int, slot_id: int, what: str, *, now: datetime) -> None:
    student = db.session.get_one(Student, student_id, options=[sa.orm.joinedload(Student.user)])
    slot = db.session.get_one(Slot, slot_id, options=[sa.orm.joinedload(Slot.facility)])
    place = f"{slot.facility.name}, {slot.title}"
    body = (
        f"Your coordinator gave you a place in “{round_.name}” before the match: {place}.\n\n"
        "You need no list; if you have one, it is left aside. Ask your coordinator if it is not right.\n"
        if what == "given"
        else f"The place that your coordinator gave you in “{round_.name}” was taken back: {place}.\n\n"
        "Your own list counts again. If you have none, make one before lists close.\n"
    )
    mail.enqueue(
        f"round:{round_.id}:preassigned:{student_id}:{what}:{now.isoformat()}",
        recipient=student.user.email,
        subject=f"{round_.name}: a place was {what}",
        body=body,
        now=now,
    )
