"""A person's saved searches, and the page behind a mail's stop link."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from marketplace import access, clock
from marketplace.alerts import letters, queries, services
from marketplace.alerts.models import Cadence
from marketplace.db import transaction
from marketplace.errors import DomainError, NotFound
from marketplace.slots.search_form import address_of, canonical

bp = Blueprint("alerts", __name__)


@bp.get("/searches")
@access.signed_in
def mine() -> str:
    """The person's saved searches."""
    searches = queries.mine(access.require_actor())
    return render_template("alerts/mine.html", searches=searches, cadences=Cadence, words=cadence_words())


@bp.post("/searches")
@access.signed_in
def save() -> Response:
    """Keep the search that is being looked at."""
    actor = access.require_actor()
    address = address_of(canonical(queries.typed_of(request.form.get("address", ""))))
    name = ", ".join(words for _name, _value, words in queries.form_of(address).in_force())
    try:
        with transaction():
            services.save(actor, address if name else "", name=name, now=clock.now())
    except DomainError as error:
        flash(_refusal(error), "error")
        return redirect(url_for("alerts.mine"))
    flash(_("Saved. We write to you when a new slot fits; choose here how often."), "good")
    return redirect(url_for("alerts.mine"))


@bp.post("/searches/<int:search_id>/cadence")
@access.signed_in
def change(search_id: int) -> Response:
    """Choose how often to be mailed about one."""
    chosen = request.form.get("cadence", "")
    with transaction():
        found = services.set_cadence(access.require_actor(), search_id, chosen, now=clock.now())
        often = cadence_words()[found.cadence]
    flash(_("Saved: %(often)s.", often=often), "good")
    return redirect(url_for("alerts.mine"))


@bp.post("/searches/<int:search_id>/remove")
@access.signed_in
def remove(search_id: int) -> Response:
    """Drop one. What it searched for is offered again, to undo it."""
    actor = access.require_actor()
    with transaction():
        address = queries.own(actor, search_id).address
        services.remove(actor, search_id)
    flash(_("The search is removed. To have it back, press Save this search below."), "info")
    return redirect(f"{url_for('slots.search')}?{address}")


@bp.route("/alerts/stop/<stop_token>", methods=["GET", "POST"])
@access.public
def stop(stop_token: str) -> str | Response:
    """Stop the mail of whoever got this link. Opening it changes nothing."""
    user_id = letters.person_of(stop_token)
    if user_id is None:
        raise NotFound("token")
    if request.method == "POST":
        with transaction():
            services.stop_all(user_id)
    return render_template("alerts/stop.html", stopped=request.method == "POST")


def cadence_words() -> dict[Cadence, str]:
    """How often, for people."""
    return {
        Cadence.DAILY: _("Every morning, if there is news"),
        Cadence.WEEKLY: _("Once a week, if there is news"),
        Cadence.NEVER: _("No mail"),
    }


def _refusal(error: DomainError) -> str:
    if error.reason == "too_long":
        return _("This search is too long to keep. Take away a filter or some words.")
    if error.reason == "too_many":
        return _("You keep %(most)s searches, which is the most. Remove one first.", **error.details)
    return _("Choose a filter or type a word first: there is nothing to save.")
