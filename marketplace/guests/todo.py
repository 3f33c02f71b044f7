"""Links whose mail came back, on the home of whoever sent them."""

from __future__ import annotations

from datetime import datetime

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from marketplace.access import Actor
from marketplace.accounts.models import Role
from marketplace.links import queries
from marketplace.links.queries import State
from marketplace.todo import TodoItem


def contribute(actor: Actor, now: datetime) -> list[TodoItem]:
    """One item for all mails that could not be delivered."""
    if not (actor.has(Role.COORDINATOR) or actor.has(Role.FACILITY_CONTACT)):
        return []
    returned = [each for each in queries.sent_by(actor, now=now) if each.state is State.RETURNED]
    if not returned:
        return []
    return [
        TodoItem(
            ngettext(
                "%(num)d mail with a link could not be delivered",
                "%(num)d mails with links could not be delivered",
                len(returned),
            ),
            text=_("Mend the address; the link is then sent once more."),
            url=url_for("guests.sent_links"),
            action=_("Look at them"),
            kind="urgent",
        )
    ]
