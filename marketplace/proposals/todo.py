"""Proposals that wait for an answer."""

from __future__ import annotations

from datetime import datetime

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from marketplace.access import Actor
from marketplace.accounts.models import Role
from marketplace.proposals import services
from marketplace.todo import TodoItem


def contribute(actor: Actor, now: datetime) -> list[TodoItem]:
    """One item for those who answer."""
    if not (actor.has(Role.COORDINATOR) or actor.has(Role.OPERATOR)):
        return []
    count = services.waiting(actor)
    if not count:
        return []
    title = ngettext("%(num)d place or school was proposed", "%(num)d places or schools were proposed", count)
    text = _("Nobody writes to them unless you do.")
    return [TodoItem(title, text=text, url=url_for("proposals.queue"), action=_("Read"))]
