"""What a coordinator should decide about places."""

from __future__ import annotations

from datetime import datetime

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from marketplace.access import Actor
from marketplace.accounts.models import Role
from marketplace.capacities import queries
from marketplace.todo import TodoItem


def contribute(actor: Actor, now: datetime) -> list[TodoItem]:
    """Facilities that wait for an answer, by round."""
    if not actor.has(Role.COORDINATOR):
        return []
    return [
        TodoItem(
            f"{name}: "
            + ngettext(
                "%(num)d facility asks for other places", "%(num)d facilities ask for other places", count
            ),
            text=_("The round counts on the places of these slots; you approve or decline."),
            url=url_for("capacities.of_round", round_id=round_id),
            action=_("Decide"),
            kind="now",
        )
        for round_id, name, count in queries.waiting(actor)
    ]
