"""What a coordinator should do about people who get no mail."""

from __future__ import annotations

from datetime import datetime

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from marketplace.access import Actor
from marketplace.accounts.models import Role
from marketplace.enrolment import returned
from marketplace.todo import TodoItem


def contribute(actor: Actor, now: datetime) -> list[TodoItem]:
    """One item for all addresses that fail."""
    known = returned.of(actor, now) if actor.has(Role.COORDINATOR) else []
    count = sum(each.link_id is None for each in known)  # links have an item of their own
    if not count:
        return []
    return [
        TodoItem(
            ngettext("Mail to %(num)d person comes back", "Mail to %(num)d people comes back", count),
            text=_("They hear of nothing until their address is mended."),
            url=url_for("returned.index"),
            action=_("Mend"),
            kind="urgent",
        )
    ]
