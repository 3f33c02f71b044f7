"""A coordinator gives the extra place of an upheld appeal."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from marketplace import access, clock
from marketplace.accounts.models import Role
from marketplace.db import transaction
from marketplace.errors import DomainError
from marketplace.placements import extra, queries
from marketplace.placements.blueprint import bp
from marketplace.placements.routes import Answer


@bp.route("/appeals/<int:appeal_id>/place", methods=["GET", "POST"])
@access.requires(Role.COORDINATOR)
def extra_place(round_id: int, appeal_id: int) -> Answer:
    """Confirm, then place the student there."""
    actor = access.require_actor()
    round_ = queries.released(actor, round_id)
    appeal = extra.waiting(round_, appeal_id)
    if request.method == "GET":
        return render_template("placements/extra.html", round=round_, appeal=appeal)
    try:
        with transaction():
            extra.give(actor, round_id, appeal_id, now=clock.now())
    except DomainError as error:
        lapsed = error.reason == "no_consent"
        flash(
            _("The student's consent for this facility does not stand. Ask them to give it again.")
            if lapsed
            else _("The place was given already."),
            "bad",
        )
        return redirect(url_for("appeals.show", round_id=round_id, appeal_id=appeal_id))
    flash(_("Given. Both sides get a mail and confirm or decline."), "good")
    return redirect(url_for("placements.desk", round_id=round_id))
