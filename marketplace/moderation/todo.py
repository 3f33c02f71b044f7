"""Texts to read, for coordinators and operators; texts sent back, for those who wrote them."""

from __future__ import annotations

from datetime import datetime

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from marketplace.access import Actor
from marketplace.accounts.models import Role
from marketplace.moderation import queries
from marketplace.texts.models import PublicText
from marketplace.todo import TodoItem


def contribute(actor: Actor, now: datetime) -> list[TodoItem]:
    """One item for all texts that wait; one for each that was sent back."""
    found = [_sent_back(text.slot_id, text.facility_id, name, text.reason) for text, name in _own(actor)]
    if actor.has(Role.COORDINATOR) or actor.has(Role.OPERATOR):
        waiting = queries.count(actor)
        if waiting:
            found.append(
                TodoItem(
                    ngettext("%(num)d text waits to be read", "%(num)d texts wait to be read", waiting),
                    text=_("Nobody outside sees it until someone approves it."),
                    url=url_for("moderation.waiting"),
                    action=_("Read"),
                )
            )
    return found


def _own(actor: Actor) -> list[tuple[PublicText, str]]:
    return queries.of_contact(actor) if actor.facilities else []


def _sent_back(slot_id: int | None, facility_id: int, name: str, reason: str) -> TodoItem:
    url = (
        url_for("posting.edit", slot_id=slot_id)
        if slot_id is not None
        else url_for("facilities.edit", facility_id=facility_id)
    )
    return TodoItem(
        _("Change the text of %(name)s", name=name), text=reason, url=url, action=_("Change it"), kind="now"
    )
