"""A student asks to be released; a coordinator reads requests and decides them."""

from __future__ import annotations

from flask import redirect, render_template, url_for
from flask_babel import gettext as _

from marketplace import access, clock
from marketplace.accounts.models import Role
from marketplace.errors import DomainError, NotFound
from marketplace.placements import queries, repairs, requests
from marketplace.placements.blueprint import bp
from marketplace.placements.forms import DecideForm, ReasonForm
from marketplace.placements.policies import LIVE
from marketplace.placements.routes import Answer
from marketplace.placements.telling import told
from marketplace.placements.words import sentence


@bp.route("/placement/release", methods=["GET", "POST"])
@access.requires(Role.STUDENT)
def ask(round_id: int) -> Answer:
    """Ask the coordinator to be released from the place one has confirmed."""
    actor = access.require_actor()
    round_, _student, found = queries.of_student(actor, round_id)
    placement = next((p for p in found if p.ended_at is None), None)
    if placement is None:
        raise NotFound("placement")
    back = redirect(url_for("placements.mine", round_id=round_id))
    if placement.student_confirmed_at is None or round_.phase not in LIVE:
        return back
    form = ReasonForm()
    if form.validate_on_submit():
        with told(_("Sent. You keep the place until your coordinator has decided.")):
            requests.ask_as_student(actor, round_id, reason=form.reason.data or "", now=clock.now())
        return back
    page = render_template(
        "placements/ask.html",
        round=round_,
        placement=placement,
        form=form,
        back=url_for("placements.mine", round_id=round_id),
        waiting=requests.waiting_about(round_id, placement.slot_id, placement.id),
    )
    return (page, 422) if form.errors else page


@bp.route("/requests/<int:request_id>", methods=["GET", "POST"])
@access.requires(Role.COORDINATOR)
def decide(round_id: int, request_id: int) -> Answer:
    """Read a request and who would lose a place by it; grant it or not, with a reason."""
    actor = access.require_actor()
    round_ = queries.released(actor, round_id)
    asked = requests.one(round_, request_id)
    back = redirect(url_for("placements.desk", round_id=round_id))
    if asked.decided_at is not None:
        return back
    form = DecideForm()
    form.decision.choices = {"yes": _("Grant it"), "no": _("Don’t grant it")}
    if form.validate_on_submit():
        with told(_("Decided. Whoever is concerned is told.")):
            requests.decide(
                actor,
                round_id,
                request_id,
                granted=form.decision.data == "yes",
                answer=form.reason.data or "",
                now=clock.now(),
            )
        return back
    try:
        goes = [] if asked.places is None else repairs.who_goes(round_, asked.slot_id, asked.places)
        problem = ""
    except DomainError as error:
        goes, problem = [], sentence(error)
    page = render_template(
        "placements/request.html", round=round_, asked=asked, goes=goes, problem=problem, form=form
    )
    return (page, 422) if form.errors else page
