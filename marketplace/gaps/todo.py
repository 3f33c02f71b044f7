"""What a coordinator should do about missing agreements."""

from __future__ import annotations

from datetime import datetime

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from marketplace.access import Actor
from marketplace.accounts.models import Role
from marketplace.gaps import queries
from marketplace.todo import TodoItem


def contribute(actor: Actor, now: datetime) -> list[TodoItem]:
    """Missing agreements for which students wait; urgent where time has run out by the usual pace."""
    if not actor.has(Role.COORDINATOR):
        return []
    waited = [gap for gap in queries.gaps(actor, now.date()) if gap.students]
    if not waited:
        return []
    return [
        TodoItem(
            ngettext("%(num)d agreement is missing", "%(num)d agreements are missing", len(waited)),
            text=_("Students applied to places that no agreement covers."),
            url=url_for("gaps.board"),
            action=_("See which"),
            kind="urgent" if any(gap.days_left < 0 for gap in waited) else "now",
        )
    ]
