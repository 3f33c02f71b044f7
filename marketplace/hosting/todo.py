"""What contacts should do about their facility, and who should verify one."""

from __future__ import annotations

from datetime import datetime

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from marketplace.access import Actor
from marketplace.accounts.models import Role
from marketplace.facilities import queries as facilities
from marketplace.hosting import offers, queries
from marketplace.todo import TodoItem


def contribute(actor: Actor, now: datetime) -> list[TodoItem]:
    """A site to add, a first slot to post, drafts to finish, facilities to verify."""
    found = _of_contact(actor, now) if actor.facilities else []
    if actor.has(Role.COORDINATOR) or actor.has(Role.OPERATOR):
        waiting = len(facilities.unverified())
        if waiting:
            found.append(
                TodoItem(
                    ngettext(
                        "%(num)d facility waits to be verified",
                        "%(num)d facilities wait to be verified",
                        waiting,
                    ),
                    text=_("Until then nobody sees their slots."),
                    url=url_for("verification.waiting"),
                    action=_("Look at them"),
                )
            )
    return found


def _of_contact(actor: Actor, now: datetime) -> list[TodoItem]:
    found = []
    for facility in facilities.mine(actor):
        if not facility.sites:
            found.append(
                TodoItem(
                    _("Add a site of %(name)s", name=facility.name),
                    text=_("A slot needs the address where students will work."),
                    url=url_for("facilities.add_site", facility_id=facility.id),
                    action=_("Add site"),
                )
            )
        elif facility.verified_at is None:
            found.append(
                TodoItem(
                    _("%(name)s is being verified", name=facility.name),
                    text=_("You can write slots meanwhile. Students see them afterwards."),
                    kind="waiting",
                )
            )
    if not queries.has_slots(actor):
        found.append(
            TodoItem(
                _("Post your first slot"),
                text=_("It takes about five minutes; most of it is filled in."),
                url=url_for("facilities.mine"),
                action=_("Our slots"),
            )
        )
    waiting = offers.waiting(actor, now)
    if waiting:
        found.append(
            TodoItem(
                ngettext("Is %(num)d slot still on offer?", "Are %(num)d slots still on offer?", waiting),
                text=_("Students find only what was confirmed lately."),
                url=url_for("facilities.mine"),
                action=_("Our slots"),
            )
        )
    drafts = queries.drafts_of(actor)
    if drafts:
        found.append(
            TodoItem(
                ngettext("%(num)d draft is not posted", "%(num)d drafts are not posted", drafts),
                url=url_for("facilities.mine"),
                action=_("Our slots"),
            )
        )
    return found
