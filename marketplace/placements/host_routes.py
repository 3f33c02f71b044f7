"""A host declines a student, or asks to be released or to host fewer. Confirming is on the roster."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _

from marketplace import access, clock
from marketplace.access import Actor
from marketplace.accounts.models import Role
from marketplace.db import transaction
from marketplace.errors import DomainError, NotFound
from marketplace.placements import answers, queries, requests
from marketplace.placements.blueprint import bp
from marketplace.placements.forms import FewerForm, ReasonForm
from marketplace.placements.policies import LIVE
from marketplace.placements.routes import Answer
from marketplace.placements.telling import told
from marketplace.placements.words import sentence
from marketplace.rounds import queries as rounds
from marketplace.rounds.phases import PUBLISHED


@bp.route("/slots/<int:slot_id>/roster/<int:placement_id>/decline", methods=["GET", "POST"])
@access.requires(Role.FACILITY_CONTACT)
def refuse(round_id: int, slot_id: int, placement_id: int) -> Answer:
    """Say why, then decline one student before having confirmed."""
    back = url_for("results.roster", round_id=round_id, slot_id=slot_id)
    return declining(access.require_actor(), round_id, slot_id, placement_id, back=back)


def declining(actor: Actor, round_id: int, slot_id: int, placement_id: int, *, back: str) -> Answer:
    """The page and the act, for whoever signed in and for whoever came by link: ``back`` is their roster."""
    round_, placement = queries.of_host(actor, round_id, slot_id, placement_id)
    if placement.host_confirmed_at is not None or round_.phase not in LIVE:
        return redirect(back)
    form = ReasonForm()
    if form.validate_on_submit():
        with told(_("Declined. The coordinator reads why, and looks for another place for the student.")):
            answers.refuse(
                actor, round_id, slot_id, placement_id, reason=form.reason.data or "", now=clock.now()
            )
        return redirect(back)
    page = render_template("placements/refuse.html", round=round_, placement=placement, form=form, back=back)
    return (page, 422) if form.errors else page


@bp.route("/slots/<int:slot_id>/roster/<int:placement_id>/release", methods=["GET", "POST"])
@access.requires(Role.FACILITY_CONTACT)
def ask_to_release(round_id: int, slot_id: int, placement_id: int) -> Answer:
    """Ask the coordinator to be released from a student one has confirmed."""
    actor = access.require_actor()
    round_, placement = queries.of_host(actor, round_id, slot_id, placement_id)
    back = redirect(url_for("results.roster", round_id=round_id, slot_id=slot_id))
    if placement.host_confirmed_at is None or round_.phase not in LIVE:
        return back
    form = ReasonForm()
    if form.validate_on_submit():
        with told(_("Sent. The student stays with you until the coordinator has decided.")):
            requests.ask_as_host(
                actor, round_id, slot_id, placement_id, reason=form.reason.data or "", now=clock.now()
            )
        return back
    page = render_template(
        "placements/ask.html",
        round=round_,
        placement=placement,
        form=form,
        back=url_for("results.roster", round_id=round_id, slot_id=slot_id),
        waiting=requests.waiting_about(round_id, slot_id, placement.id),
    )
    return (page, 422) if form.errors else page


@bp.route("/slots/<int:slot_id>/fewer", methods=["GET", "POST"])
@access.requires(Role.FACILITY_CONTACT)
def fewer(round_id: int, slot_id: int) -> Answer:
    """Ask to have fewer places, or none, after the results are out."""
    actor = access.require_actor()
    round_, slot = rounds.as_facility(actor, round_id, slot_id)
    if round_.phase not in PUBLISHED:
        raise NotFound("placement")
    form = FewerForm()
    if form.validate_on_submit():
        try:
            with transaction():
                requests.ask_for_fewer(
                    actor,
                    round_id,
                    slot_id,
                    places=form.places.data or 0,
                    reason=form.reason.data or "",
                    now=clock.now(),
                )
        except DomainError as error:
            round_, slot = rounds.as_facility(actor, round_id, slot_id)
            most = _("That is not fewer than now: %(n)s.", n=slot.capacity)
            field = form.places if error.reason == "not_fewer" else form.reason
            field.errors = [most if error.reason == "not_fewer" else sentence(error)]
        else:
            flash(_("Sent. Nothing changes until the coordinator has decided."), "good")
            return redirect(url_for("results.roster", round_id=round_id, slot_id=slot_id))
    page = render_template(
        "placements/fewer.html",
        round=round_,
        slot=slot,
        form=form,
        waiting=requests.waiting_about(round_id, slot_id, None),
    )
    return (page, 422) if form.errors else page
