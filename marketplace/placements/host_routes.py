"""A host declines one of the students placed with them. Confirming is on the roster."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _

from marketplace import access, clock
from marketplace.accounts.models import Role
from marketplace.db import transaction
from marketplace.errors import DomainError, NotFound
from marketplace.placements import answers, queries
from marketplace.placements.blueprint import bp
from marketplace.placements.forms import ReasonForm
from marketplace.placements.routes import Answer
from marketplace.placements.words import sentence


@bp.route("/slots/<int:slot_id>/roster/<int:placement_id>/decline", methods=["GET", "POST"])
@access.requires(Role.FACILITY_CONTACT)
def refuse(round_id: int, slot_id: int, placement_id: int) -> Answer:
    """Say why, then decline one student before having confirmed."""
    actor = access.require_actor()
    round_, placement = queries.of_host(actor, round_id, slot_id, placement_id)
    back = redirect(url_for("results.roster", round_id=round_id, slot_id=slot_id))
    if placement.host_confirmed_at is not None:
        return back
    form = ReasonForm()
    if form.validate_on_submit():
        try:
            with transaction():
                answers.refuse(
                    actor, round_id, slot_id, placement_id, reason=form.reason.data or "", now=clock.now()
                )
        except NotFound:
            raise
        except DomainError as error:
            flash(sentence(error), "bad")
            return back
        flash(_("Declined. The coordinator reads why, and looks for another place for the student."), "good")
        return back
    page = render_template("placements/refuse.html", round=round_, placement=placement, form=form)
    return (page, 422) if form.errors else page
