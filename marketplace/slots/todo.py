"""What a student should do about slots: find some."""

from __future__ import annotations

from datetime import datetime

from flask import url_for
from flask_babel import gettext as _

from marketplace.access import Actor
from marketplace.slots import queries
from marketplace.students import queries as students
from marketplace.todo import TodoItem


def contribute(actor: Actor, now: datetime) -> list[TodoItem]:
    """An empty shortlist, once the person is a student."""
    mine = [s.id for s in students.for_user(actor.user_id) if s.approved_at is not None]
    if not mine or queries.has_shortlist(mine):
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
