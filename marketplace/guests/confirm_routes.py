"""A coordinator enters a facility's list; it counts once a contact confirms it by their own link."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from marketplace import access, clock
from marketplace.accounts.models import Role
from marketplace.db import transaction
from marketplace.errors import Conflict, NotFound, WrongPhase
from marketplace.guests import doors, invitations
from marketplace.guests.blueprint import bp
from marketplace.guests.rank_routes import ask_code, opened, receipt, save, shown
from marketplace.links.models import Purpose
from marketplace.rankings.desk import MOST_TIERS, Desk, Typed, on_behalf, posted_tiers

Answer = str | Response | tuple[str, int]


@bp.route("/rounds/<int:round_id>/slots/<int:slot_id>/on-behalf", methods=["GET", "POST"])
@access.requires(Role.COORDINATOR)
def enter_list(round_id: int, slot_id: int) -> Answer:
    """Enter a facility's list, and ask its contacts to confirm it."""
    desk = on_behalf(access.require_actor(), round_id, slot_id, now=clock.now())
    if request.method == "GET":
        return _entry(desk)
    base = request.form.get("base_version", "")
    if not base.isdecimal():
        raise NotFound("form")
    tiers, then_any = posted_tiers(desk, request.form), request.form.get("rest") == "any"
    try:
        with transaction():
            asked = invitations.enter_list(
                access.require_actor(),
                desk.round,
                desk.slot,
                tiers,
                then_any=then_any,
                base_version=int(base),
                now=clock.now(),
            )
    except Conflict:
        fresh = on_behalf(access.require_actor(), round_id, slot_id, now=clock.now())
        message = _("The list was changed meanwhile. Enter it again if it is still wanted.")
        return _entry(fresh, message, Typed(tiers, then_any)), 409
    except WrongPhase:
        fresh = on_behalf(access.require_actor(), round_id, slot_id, now=clock.now())
        return _entry(fresh, _("Ranking is closed.")), 422
    said = ngettext(
        "%(num)d contact was asked to confirm it.", "%(num)d contacts were asked to confirm it.", asked
    )
    flash(f"{_('The list is entered.')} {said}", "good")
    return redirect(url_for("coordination.slots", round_id=round_id))


@bp.route("/confirm/<confirm_token>", methods=["GET", "POST"])
@access.public
def confirm(confirm_token: str) -> Answer:
    """Look at the list that was entered for the facility, then put it in force."""
    token = doors.open_(confirm_token, Purpose.CONFIRM)
    if not doors.has_pass(token):
        return ask_code(confirm_token, token)
    actor, desk = opened(token)
    if desk.version != token.link.version or desk.current is None or desk.current.certified:
        certified = desk.current is not None and desk.current.certified
        page = render_template("guests/nothing_to_confirm.html", desk=desk, certified=certified)
        return (page, 409) if request.method == "POST" else page
    if request.method == "GET":
        return shown("rankings/applicants_certify.html", actor, desk, back_url=None)
    problem = save(actor, desk, desk.tiers, desk.then_any, certify=True, done=token)
    if problem:
        return render_template("guests/nothing_to_confirm.html", desk=desk, certified=False), 409
    return receipt(desk, None)


def _entry(desk: Desk, error: str | None = None, typed: Typed | None = None) -> str:
    return render_template(
        "rankings/applicants.html",
        desk=desk,
        error=error,
        most=MOST_TIERS,
        for_facility=desk.slot.facility.name,
        profile_url=lambda application_id: None,
        typed=typed,
    )
