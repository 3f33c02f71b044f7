"""Appeals on the home: those that wait for a coordinator, and a student's answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from marketplace.access import Actor
from marketplace.accounts.models import Role
from marketplace.appeals import queries
from marketplace.rounds.models import Round
from marketplace.rounds.phases import PUBLISHED
from marketplace.todo import TodoItem

#: How long an answer stays on the student's home.
FRESH = timedelta(days=30)


def contribute(actor: Actor, now: datetime) -> list[TodoItem]:
    """One item for each round with appeals that wait, or for each answer."""
    found = []
    if actor.has(Role.COORDINATOR):
        found += [replace(_waiting(each, count), text=each.name) for each, count in queries.waiting(actor)]
    if actor.has(Role.STUDENT):
        found += [
            TodoItem(
                _("Your appeal in %(round)s is answered", round=round_.name),
                url=url_for("appeals.mine", round_id=round_.id),
                action=_("Read the answer"),
                kind="waiting",
            )
            for round_, appeal in queries.answered(actor)
            if appeal.decided_at is not None and now - appeal.decided_at < FRESH
        ]
    return found


def of_round(round_: Round) -> list[TodoItem]:
    """The item of one round's coordinators."""
    count = queries.waiting_in(round_.id) if round_.phase in PUBLISHED else 0
    return [_waiting(round_, count)] if count else []


def _waiting(round_: Round, count: int) -> TodoItem:
    return TodoItem(
        ngettext("%(num)d appeal waits for you", "%(num)d appeals wait for you", count),
        url=url_for("appeals.of_round", round_id=round_.id),
        action=_("Read it") if count == 1 else _("Read them"),
        kind="urgent",
    )
