"""Messages that wait for an answer or for a coordinator."""

from __future__ import annotations

from datetime import datetime

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from marketplace.access import Actor
from marketplace.accounts.models import Role
from marketplace.messages import queries
from marketplace.todo import TodoItem


def contribute(actor: Actor, now: datetime) -> list[TodoItem]:
    """One item a side."""
    found = []
    if actor.has(Role.STUDENT) or actor.facilities:
        found += _sides(*queries.unanswered(actor))
    if actor.coordinated_schools and (held := queries.count(queries.held_for(actor))):
        title = ngettext("%(num)d message to forward", "%(num)d messages to forward", held)
        text = _("Students wrote to facilities that ask to be reached through you.")
        found.append(TodoItem(title, text=text, url=url_for("messages.waiting"), action=_("Read")))
    return found


def _sides(as_student: int, as_facility: int) -> list[TodoItem]:
    found = []
    url, action = url_for("messages.index"), _("Read")
    if as_student:
        title = ngettext("A facility answered you", "%(num)d facilities answered you", as_student)
        found.append(TodoItem(title, url=url, action=action, kind="waiting"))
    if as_facility:
        title = ngettext("A student asks you something", "%(num)d students ask you something", as_facility)
        text = _("Your usual response time is shown on your page.")
        found.append(TodoItem(title, text=text, url=url, action=action))
    return found
