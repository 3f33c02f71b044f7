"""Reports that wait to be looked at."""

from __future__ import annotations

from datetime import datetime

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from marketplace.access import Actor
from marketplace.accounts.models import Role
from marketplace.reports import services
from marketplace.todo import TodoItem


def contribute(actor: Actor, now: datetime) -> list[TodoItem]:
    """One item for those who look at reports."""
    if not (actor.has(Role.COORDINATOR) or actor.has(Role.OPERATOR)):
        return []
    count = services.waiting(actor)
    if not count:
        return []
    title = ngettext("%(num)d report of a problem", "%(num)d reports of a problem", count)
    text = _("Somebody reports that a rule was broken.")
    return [TodoItem(title, text=text, url=url_for("reports.queue"), action=_("Look at it"), kind="urgent")]
