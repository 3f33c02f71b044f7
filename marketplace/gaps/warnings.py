"""Mail 30, 14 and 7 days before the drop-dead date of a round whose placements wait for agreements.

Coordinators are told which facilities lack one. Students are told only after the release, and only those
placed at such a facility.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from marketplace.accounts.models import User
from marketplace.db import db
from marketplace.facilities.models import Facility
from marketplace.filters import day
from marketplace.gaps import queries
from marketplace.gaps.queries import Need
from marketplace.mail import reminders
from marketplace.mail import services as mail
from marketplace.rounds import queries as rounds
from marketplace.rounds.models import Round
from marketplace.students.models import Student

STEPS = (30, 14, 7)


def send(now: datetime) -> int:
    """Write the warnings that are due; how many were written."""
    written = 0
    for round_ in queries.conditional_rounds(now.date()):
        assert round_.agreements_due_on is not None
        step = reminders.step((round_.agreements_due_on - now.date()).days, STEPS)
        needs = queries.needs(round_) if step is not None else {}
        waited = {key: need for key, need in needs.items() if need.students}
        if step is not None and waited:
            written += _warn(round_, step, waited, now)
    return written


def _warn(round_: Round, step: int, needs: dict[tuple[int, int], Need], now: datetime) -> int:
    written = 0
    key = f"round:{round_.id}:agreements:{round_.agreements_due_on}:{step}"
    people = [(i, email, _to_school(round_, needs)) for i, email in _coordinators(round_)]
    if round_.released_at is not None:
        people += [(i, email, _to_student(round_)) for i, email in _placed(needs)]
    for user_id, address, body in people:
        written += mail.enqueue_once(
            f"{key}:{user_id}",
            recipient=address,
            subject=f"{round_.name}: agreements must be signed by {day(round_.agreements_due_on)}",
            body=body,
            now=now,
        )
    return written


def _coordinators(round_: Round) -> list[tuple[int, str]]:
    return list(rounds.addresses(round_.id, round_.school_id)["coordinators"])


def _placed(needs: dict[tuple[int, int], Need]) -> list[tuple[int, str]]:
    ids = set().union(*(need.students for need in needs.values()))
    rows = db.session.execute(
        sa.select(User.id, User.email)
        .join(Student, Student.user_id == User.id)
        .where(Student.id.in_(ids), User.active)
        .distinct()
        .order_by(User.id)
    )
    return [(user_id, email) for user_id, email in rows]


def _to_school(round_: Round, needs: dict[tuple[int, int], Need]) -> str:
    hosts = sa.select(Facility.id, Facility.name).where(Facility.id.in_([f for _school, f in needs]))
    names = {facility_id: name for facility_id, name in db.session.execute(hosts)}
    lines = sorted(f"- {names[f]}: students waiting: {len(n.students)}" for (_s, f), n in needs.items())
    return (
        f"Placements of “{round_.name}” at these facilities wait for an affiliation agreement:\n\n"
        + "\n".join(lines)
        + f"\n\nWithout a signature by {day(round_.agreements_due_on)} they fall away."
        " The board of missing agreements shows who sees to each.\n"
    )


def _to_student(round_: Round) -> str:
    return (
        f"Your placement from “{round_.name}” is conditional: the affiliation agreement between your school"
        f" and the facility must be signed by {day(round_.agreements_due_on)}. It is not signed yet.\n\n"
        "You don't have to do anything. Your coordinator sees to it and knows what else is possible.\n"
    )
