"""What a student should do while applications are open."""

from __future__ import annotations

from datetime import datetime

from flask import url_for
from flask_babel import gettext as _

from marketplace.access import Actor
from marketplace.accounts.models import Role
from marketplace.applications import queries
from marketplace.filters import until
from marketplace.rounds import policies
from marketplace.rounds import queries as rounds
from marketplace.todo import TodoItem


def contribute(actor: Actor, now: datetime) -> list[TodoItem]:
    """Rounds that take applications and have none of the student's yet."""
    if not actor.has(Role.STUDENT):
        return []
    open_ = [r for r in rounds.rounds_of_student(actor) if policies.accepts_applications(r, now)]
    applied = queries.applied_rounds(actor) if open_ else frozenset()
    return [
        TodoItem(
            _("Apply for %(round)s", round=round_.name),
            text=_("You can only be placed at slots you applied to. Three or more is wise."),
            due=_("Applications close %(when)s", when=until(round_.applying_closes_at, now)),
            due_at=round_.applying_closes_at,
            url=url_for("slots.search"),
            action=_("Find slots"),
        )
        for round_ in open_
        if round_.id not in applied
    ]
