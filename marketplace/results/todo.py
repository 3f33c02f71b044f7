"""Results that are out, on the home of whom they concern."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import url_for
from flask_babel import gettext as _

from marketplace.access import Actor
from marketplace.accounts.models import Role
from marketplace.rounds import queries as rounds
from marketplace.rounds.phases import PUBLISHED
from marketplace.todo import TodoItem

#: How long a result stays on the home.
FRESH = timedelta(days=60)


def contribute(actor: Actor, now: datetime) -> list[TodoItem]:
    """A student's results, a facility's rosters."""
    found: list[TodoItem] = []
    if actor.has(Role.STUDENT):
        found += [
            TodoItem(
                _("Your result of %(round)s is out", round=round_.name),
                url=url_for("results.mine", round_id=round_.id),
                action=_("See my result"),
            )
            for round_ in rounds.rounds_of_student(actor)
            if round_.phase in PUBLISHED and round_.released_at and now - round_.released_at < FRESH
        ]
    if actor.has(Role.FACILITY_CONTACT):
        found += [
            TodoItem(
                _("Who is placed with you: “%(title)s”", title=slot.title),
                text=round_.name,
                url=url_for("results.roster", round_id=round_.id, slot_id=slot.id),
                action=_("See the roster"),
            )
            for round_, slot in rounds.slots_of_facility(actor)
            if round_.phase in PUBLISHED and round_.released_at and now - round_.released_at < FRESH
        ]
    return found
