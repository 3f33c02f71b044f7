"""What a coordinator should do about signed agreements: renew those that end."""

from __future__ import annotations

from datetime import datetime

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from marketplace.access import Actor
from marketplace.accounts.models import Role
from marketplace.agreements import queries
from marketplace.agreements.models import Status
from marketplace.todo import TodoItem


def contribute(actor: Actor, now: datetime) -> list[TodoItem]:
    """Agreements that end in the next four months."""
    if not actor.has(Role.COORDINATOR):
        return []
    ending = [a for a in queries.of_schools(actor) if a.status(now.date()) is Status.EXPIRING]
    if not ending:
        return []
    return [
        TodoItem(
            ngettext("%(num)d agreement ends soon", "%(num)d agreements end soon", len(ending)),
            text=_("Placements beyond its last day are not covered."),
            url=url_for("agreements.index", show=Status.EXPIRING.value),
            action=_("Renew"),
        )
    ]
