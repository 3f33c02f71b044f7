"""What a student, or someone who wants to be one, should do next."""

from __future__ import annotations

from datetime import datetime

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from marketplace.access import Actor
from marketplace.accounts.models import Role
from marketplace.students import queries
from marketplace.students.models import Student
from marketplace.todo import TodoItem


def contribute(actor: Actor, now: datetime) -> list[TodoItem]:
    """The state of the person's requests and profiles; for coordinators, who waits for them."""
    found = [_of(student) for student in queries.for_user(actor.user_id)]
    items = [item for item in found if item is not None]
    if actor.has(Role.COORDINATOR):
        items += _of_coordinator(actor)
    return items


def _of(student: Student) -> TodoItem | None:
    programme = student.programme
    if student.approved_at is None:
        return TodoItem(
            _("Waiting for %(school)s", school=programme.school.name),
            text=_("You asked to join %(name)s. A coordinator there answers.", name=programme.name),
            url=url_for("students.join"),
            action=_("See your request"),
            kind="waiting",
        )
    if not student.missing:
        return None
    count = len(student.missing)
    return TodoItem(
        _("Complete your profile"),
        text=ngettext(
            "One thing is missing before you can apply.",
            "%(num)d things are missing before you can apply.",
            count,
        ),
        url=url_for("students.profile", programme=student.id),
        action=_("Complete profile"),
    )


def _of_coordinator(actor: Actor) -> list[TodoItem]:
    count = len(queries.waiting(actor))
    if not count:
        return []
    return [
        TodoItem(
            ngettext("One person asks to join", "%(num)d people ask to join", count),
            text=_("Check that they are students of your school."),
            url=url_for("students.requests"),
            action=_("Answer"),
        )
    ]
