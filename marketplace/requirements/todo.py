"""What students and coordinators should do about requirements."""

from __future__ import annotations

from datetime import datetime

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from marketplace.access import Actor
from marketplace.accounts.models import Role
from marketplace.requirements import queries
from marketplace.students import queries as students
from marketplace.todo import TodoItem

_OPEN = ("missing", "expired")


def contribute(actor: Actor, now: datetime) -> list[TodoItem]:
    """Open items of the student's checklist; entries that wait for a coordinator."""
    found: list[TodoItem] = []
    if actor.has(Role.STUDENT):
        for student in students.for_user(actor.user_id):
            if student.approved_at is not None:
                rows = queries.checklist(student)
                found += _of_student(sum(1 for row in rows if row.due and row.state(now.date()) in _OPEN))
    if actor.has(Role.COORDINATOR):
        found += _of_coordinator(queries.waiting(actor))
    return found


def _of_student(count: int) -> list[TodoItem]:
    if not count:
        return []
    return [
        TodoItem(
            ngettext(
                "%(num)d thing is open on your checklist", "%(num)d things are open on your checklist", count
            ),
            text=_("Checks and courses that sites ask for take weeks. Begin early."),
            url=url_for("requirements.mine"),
            action=_("My checklist"),
        )
    ]


def _of_coordinator(count: int) -> list[TodoItem]:
    if not count:
        return []
    return [
        TodoItem(
            ngettext(
                "%(num)d entry of a student waits to be checked",
                "%(num)d entries of students wait to be checked",
                count,
            ),
            text=_("What a student enters counts once you have checked it."),
            url=url_for("requirements.people"),
            action=_("Check"),
        )
    ]
