"""Confirm whom to remind of what, then remind them."""

from __future__ import annotations

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from marketplace import access, clock
from marketplace.access import Actor
from marketplace.accounts.models import Role
from marketplace.coordination import audience, reminders
from marketplace.coordination.models import ReminderKind
from marketplace.db import transaction
from marketplace.errors import NotFound, WrongPhase
from marketplace.rounds import queries as rounds
from marketplace.rounds.models import Round

bp = Blueprint("reminders", __name__, url_prefix="/rounds/<int:round_id>/remind")

#: The page a reminder leads to; a contact's own start page lists their slots.
_PAGES = {
    ReminderKind.NO_APPLICATION: "slots.search",
    ReminderKind.NO_LIST: "rankings.edit",
    ReminderKind.DRAFT_ONLY: "rankings.edit",
    ReminderKind.NO_ANSWER: "home.start",
}


@bp.get("/<reminder_kind>")
@access.requires(Role.COORDINATOR)
def ask(round_id: int, reminder_kind: str) -> str | Response:
    """Who would get what. Nothing is sent by opening the page."""
    actor, now, kind = access.require_actor(), clock.now(), _kind(reminder_kind)
    round_ = rounds.coordinated(actor, round_id)
    try:
        audience.require_open(round_, kind, now)
    except WrongPhase:
        return _too_late(round_id)
    people = audience.of(round_, kind, now)
    return render_template(
        "coordination/remind.html",
        round=round_,
        kind=kind.value,
        people=people,
        letters=_examples(actor, round_, kind, people),
    )


@bp.post("/<reminder_kind>")
@access.requires(Role.COORDINATOR)
def send(round_id: int, reminder_kind: str) -> Response:
    """Send the reminders."""
    actor, now, kind = access.require_actor(), clock.now(), _kind(reminder_kind)
    try:
        with transaction():
            round_ = rounds.coordinated(actor, round_id, lock=True)
            count = reminders.send(actor, round_, kind, link=_link(round_id, kind), now=now)
    except WrongPhase:
        return _too_late(round_id)
    if count:
        told = ngettext("%(num)d reminder is on its way.", "%(num)d reminders are on their way.", count)
        flash(told, "good")
    else:
        flash(_("There is nobody left to remind today."), "info")
    return redirect(url_for("coordination.dashboard", round_id=round_id))


def _examples(
    actor: Actor, round_: Round, kind: ReminderKind, people: audience.Audience
) -> list[reminders.Letter]:
    """The first letter of each wording: students who can't rank read another."""
    first = {person.stuck: person for person in reversed(people.due)}
    link = _link(round_.id, kind)
    return [reminders.letter(round_, kind, first[each], sender=actor, link=link) for each in sorted(first)]


def _link(round_id: int, kind: ReminderKind) -> str:
    page = _PAGES[kind]
    path = url_for(page, round_id=round_id) if page == "rankings.edit" else url_for(page)
    return str(current_app.config["PUBLIC_URL"]) + path


def _kind(text: str) -> ReminderKind:
    try:
        return ReminderKind(text)
    except ValueError:
        raise NotFound("reminder") from None


def _too_late(round_id: int) -> Response:
    flash(_("Nobody was reminded: what they would be asked to do is not open now."), "info")
    return redirect(url_for("coordination.dashboard", round_id=round_id))
