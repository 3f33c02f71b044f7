"""What a coordinator should decide about places, and a facility share out."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from marketplace.access import Actor
from marketplace.accounts.models import Role
from marketplace.capacities import contention, queries
from marketplace.rounds.models import Round
from marketplace.todo import TodoItem


def contribute(actor: Actor, now: datetime) -> list[TodoItem]:
    """Facilities that wait for an answer, by round; slots whose places no one shared out."""
    found = _to_decide(actor) if actor.has(Role.COORDINATOR) else []
    return found + (_to_share(actor) if actor.has(Role.FACILITY_CONTACT) else [])


def _to_share(actor: Actor) -> list[TodoItem]:
    return [
        TodoItem(
            _("Share out the places of “%(title)s” among schools", title=slot.title),
            text=_("More than one school's round has it. If you say nothing, each gets an equal part."),
            url=url_for("capacities.schools", slot_id=slot.id),
            action=_("Share out"),
        )
        for slot in contention.unshared(actor)
    ]


def _to_decide(actor: Actor) -> list[TodoItem]:
    mine = Round.school_id.in_(actor.coordinated_schools)
    return [
        replace(item, title=f"{name}: {item.title}")
        for round_id, name, count in queries.waiting(mine)
        for item in [_item(round_id, count)]
    ]


def of_round(round_: Round) -> list[TodoItem]:
    """The same for the coordinators of one round, on its own page."""
    return [_item(round_id, count) for round_id, _name, count in queries.waiting(Round.id == round_.id)]


def _item(round_id: int, count: int) -> TodoItem:
    return TodoItem(
        ngettext("%(num)d facility asks for other places", "%(num)d facilities ask for other places", count),
        text=_("The round counts on the places of these slots; you approve or decline."),
        url=url_for("capacities.of_round", round_id=round_id),
        action=_("Decide"),
    )
