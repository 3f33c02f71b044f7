"""What the pages about another run show: whom corrections can name, and a proposal in words."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from flask_babel import gettext as _

from marketplace.accounts.models import User
from marketplace.db import db
from marketplace.facilities.models import Facility
from marketplace.rounds.models import Round, RoundSlot, RoundStudent
from marketplace.runs import corrections, superseding
from marketplace.runs.corrections import Correction, Kind
from marketplace.runs.models import Seal, Supersession
from marketplace.runs.queries import official_run
from marketplace.slots.models import Slot
from marketplace.students.models import Student


@dataclass(frozen=True)
class Proposal:
    """What is asked for, by whom, in words."""

    row: Supersession
    asked_by: str
    corrections: Sequence[str]


def choices(round_: Round) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """(code, name) of the students and the slots that are in the input, by name."""
    problem = superseding.problem(round_.id)
    students, slots = _names(round_.id)
    inside = {student.id for student in problem.students} | {slot.id for slot in problem.slots}
    return (
        sorted(((c, name) for c, name in students.items() if c in inside), key=lambda pair: pair[::-1]),
        sorted(((c, name) for c, name in slots.items() if c in inside), key=lambda pair: pair[::-1]),
    )


def proposal(round_: Round) -> Proposal | None:
    """What is proposed about the result that waits, if anything is."""
    run = official_run(round_.id)
    row = superseding.opened(run.id) if run else None
    if row is None:
        return None
    students, slots = _names(round_.id)
    asker = db.session.get(User, row.proposed_by_id) if row.proposed_by_id else None
    asked = [Correction.from_dict(each) for each in row.corrections]
    said = [_said(each, students, slots) for each in asked]
    said += [_alone(name, round_, students) for name in sorted(_parted(round_, asked))]
    return Proposal(row, asker.name if asker else "–", said)


def refused(reason: str) -> str:
    """Why a correction can't be made."""
    if reason == "nothing":
        return _("This would change nothing: the student did not list the slot, or it is so already")
    return _("This one is not in the sealed input")


def _said(each: Correction, students: dict[str, str], slots: dict[str, str]) -> str:
    names = {"student": students.get(each.student or "", "–"), "slot": slots.get(each.slot or "", "–")}
    if each.kind is Kind.STUDENT_GONE:
        return _("%(student)s withdrew", **names)
    if each.kind is Kind.SLOT_GONE:
        return _("%(slot)s was withdrawn", **names)
    if each.kind is Kind.NOT_ELIGIBLE:
        return _("%(student)s may not be placed at %(slot)s", **names)
    return _("%(student)s may be placed at %(slot)s after all", **names)


def _parted(round_: Round, asked: Sequence[Correction]) -> set[str]:
    problem = json.loads(superseding.problem(round_.id).to_json())
    return set().union(*corrections.ended(problem, asked))


def _alone(code: str, round_: Round, students: dict[str, str]) -> str:
    """What becomes of the other one of a couple."""
    own = any(code in lists for lists in db.session.get_one(Seal, round_.id).apart.values())
    name = students.get(code, "–")
    if own:
        return _("%(student)s is no couple any more and is matched alone, by their own list", student=name)
    return _(
        "%(student)s is no couple any more; no own list was sealed for that, so they stay unmatched",
        student=name,
    )


def _names(round_id: int) -> tuple[dict[str, str], dict[str, str]]:
    students = db.session.execute(
        sa.select(RoundStudent.code, User.name)
        .join(Student, Student.id == RoundStudent.student_id)
        .join(User, User.id == Student.user_id)
        .where(RoundStudent.round_id == round_id)
    )
    slots = db.session.execute(
        sa.select(RoundSlot.code, Facility.name, Slot.title)
        .join(Slot, Slot.id == RoundSlot.slot_id)
        .join(Facility, Facility.id == Slot.facility_id)
        .where(RoundSlot.round_id == round_id)
    )
    return {c: name for c, name in students}, {c: f"{where}, {title}" for c, where, title in slots}
