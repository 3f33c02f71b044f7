"""A coordinator looks at a repair before it happens, and applies exactly that."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from marketplace import access, clock
from marketplace.accounts.models import Role
from marketplace.db import transaction
from marketplace.errors import DomainError
from marketplace.placements import queries, repairs
from marketplace.placements.blueprint import bp
from marketplace.placements.forms import ReasonForm
from marketplace.placements.routes import Answer
from marketplace.placements.telling import told
from marketplace.placements.words import STATES, sentence


@bp.route("/repair", methods=["GET", "POST"])
@access.requires(Role.COORDINATOR)
def repair(round_id: int) -> Answer:
    """Who would get which open place; apply it with a reason."""
    actor = access.require_actor()
    round_ = queries.released(actor, round_id)
    form = ReasonForm()
    if form.validate_on_submit() and (done := _apply(round_id, form)):
        return done
    try:
        proposal, problem = repairs.propose(round_), ""
    except DomainError as error:
        proposal, problem = repairs.Proposal([], [], ""), sentence(error)
    page = render_template(
        "placements/repair.html", round=round_, proposal=proposal, problem=problem, form=form, states=STATES
    )
    return (page, 422) if form.errors else page


def _apply(round_id: int, form: ReasonForm) -> Response | None:
    try:
        with transaction():
            count = repairs.apply(
                access.require_actor(),
                round_id,
                request.form.get("digest", ""),
                reason=form.reason.data or "",
                now=clock.now(),
            )
    except DomainError as error:
        flash(sentence(error), "bad")
        return redirect(url_for("placements.repair", round_id=round_id))
    said = ngettext("%(num)d student has a new place.", "%(num)d students have a new place.", count)
    flash(f"{said} {_('They and the hosts are told.')}", "good")
    return redirect(url_for("placements.desk", round_id=round_id))


@bp.route("/slots/<int:slot_id>/too-many", methods=["GET", "POST"])
@access.requires(Role.COORDINATOR)
def too_many(round_id: int, slot_id: int) -> Answer:
    """A slot has fewer places than students: who would lose theirs; let them go, with a reason."""
    actor = access.require_actor()
    round_ = queries.released(actor, round_id)
    over = repairs.over(round_, slot_id)
    form = ReasonForm()
    if form.validate_on_submit():
        with told(_("Done. They are told; see whether a repair finds them another place.")):
            round_ = queries.released(actor, round_id, lock=True)
            places = repairs.over(round_, slot_id).places
            repairs.displace(actor, round_, slot_id, places, reason=form.reason.data or "", now=clock.now())
        return redirect(url_for("placements.repair", round_id=round_id))
    try:
        goes, problem = repairs.who_goes(round_, slot_id, over.places), ""
    except DomainError as error:
        goes, problem = [], sentence(error)
    page = render_template(
        "placements/too_many.html", round=round_, place=over, goes=goes, problem=problem, form=form
    )
    return (page, 422) if form.errors else page
