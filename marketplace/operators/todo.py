"""What an operator should do: add a school, look at mail that failed."""

from __future__ import annotations

from datetime import datetime

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from marketplace.access import Actor
from marketplace.accounts.models import Role
from marketplace.filters import instant
from marketplace.operators import queries
from marketplace.runs import beats, superseding
from marketplace.todo import TodoItem


def contribute(actor: Actor, now: datetime) -> list[TodoItem]:
    """A first school, and mail whose last try failed."""
    if not actor.has(Role.OPERATOR):
        return []
    found = []
    if beats.late(now):
        ended = beats.last()
        found.append(
            TodoItem(
                _("The nightly job does not run"),
                text=_("It last ended %(when)s.", when=instant(ended.ended_at))
                if ended
                else _("It has never run. Rounds are not opened, rehearsed, locked or decided without it."),
                url=url_for("operators.overview"),
                action=_("See this installation"),
                kind="urgent",
            )
        )
    failed = queries.mail_state().failed
    if failed:
        found.append(
            TodoItem(
                ngettext("%(num)d mail could not be sent", "%(num)d mails could not be sent", failed),
                text=_("The reason stands beside each."),
                url=url_for("operators.failed_mail"),
                action=_("Look at them"),
                kind="urgent",
            )
        )
    found += [
        TodoItem(
            _("%(round)s: confirm another run, or leave it", round=round_.name),
            text=_("Its school has one coordinator, who asks for it; you are the second person."),
            url=url_for("supersession.operator_reads", round_id=round_.id),
            action=_("Read what is asked"),
            kind="urgent",
        )
        for round_ in superseding.to_confirm(actor)
    ]
    if not queries.schools(limit=1):
        found.append(
            TodoItem(
                _("Add the first school"),
                text=_("Its coordinator invites students and facilities."),
                url=url_for("operators.new_school"),
                action=_("Add school"),
            )
        )
    return found
