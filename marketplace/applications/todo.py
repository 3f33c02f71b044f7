"""What a student should do before and while applications are open: find slots, and apply."""

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
from marketplace.rounds.models import Round
from marketplace.slots import queries as slots
from marketplace.students import queries as students
from marketplace.todo import TodoItem


def contribute(actor: Actor, now: datetime) -> list[TodoItem]:
    """Rounds that take applications and have none of the student's yet."""
    if not actor.has(Role.STUDENT):
        return []
    mine = rounds.rounds_of_student(actor)
    open_ = [r for r in mine if policies.accepts_applications(r, now)]
    applied = queries.applied_rounds(actor)
    waiting = [_apply(round_, now) for round_ in open_ if round_.id not in applied]
    return waiting or ([] if applied else _look_around(actor))


def _apply(round_: Round, now: datetime) -> TodoItem:
    return TodoItem(
        _("Apply for %(round)s", round=round_.name),
        text=_("You can only be placed at slots you applied to. Three or more is wise."),
        due=_("Applications close %(when)s", when=until(round_.applying_closes_at, now)),
        due_at=round_.applying_closes_at,
        url=url_for("slots.search"),
        action=_("Find slots"),
    )


def _look_around(actor: Actor) -> list[TodoItem]:
    """An empty shortlist, for a student with nothing to apply to and no application under way."""
    mine = [s.id for s in students.for_user(actor.user_id) if s.approved_at is not None]
    if not mine or slots.has_shortlist(mine):
        return []
    return [
        TodoItem(
            _("Find slots you would like"),
            text=_("Search by task, place and hours, and keep what you like. Nobody else sees it."),
            url=url_for("slots.search"),
            action=_("Find slots"),
            kind="idea",
        )
    ]
