"""A student reads, confirms or declines their placement. Before the release the pages do not exist."""

from __future__ import annotations

from flask import redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from marketplace import access, clock
from marketplace.accounts.models import Role
from marketplace.errors import NotFound
from marketplace.placements import answers, clearing, queries, requests
from marketplace.placements.blueprint import bp
from marketplace.placements.forms import ReasonForm
from marketplace.placements.policies import LIVE
from marketplace.placements.telling import told
from marketplace.placements.words import STATES
from marketplace.rounds.phases import Phase

Answer = str | Response | tuple[str, int]


@bp.get("/placement")
@access.requires(Role.STUDENT)
def mine(round_id: int) -> str:
    """The student's place: where, until when to answer, and what came before."""
    round_, _student, found = queries.of_student(access.require_actor(), round_id)
    standing = next((p for p in found if p.ended_at is None), None)
    return render_template(
        "placements/mine.html",
        round=round_,
        placement=standing,
        earlier=[p for p in found if p.ended_at is not None],
        clash=queries.clash(standing, standing.student.user_id) if standing else None,
        window=clearing.current(round_id) if standing is None and round_.phase is Phase.CLEARING else None,
        waiting=requests.waiting_about(round_id, standing.slot_id, standing.id) if standing else None,
        states=STATES,
        live=round_.phase in LIVE,
    )


@bp.post("/placement/confirm")
@access.requires(Role.STUDENT)
def confirm(round_id: int) -> Response:
    """Take the place."""
    with told(_("Confirmed. Your coordinator and the facility see it.")):
        answers.confirm(access.require_actor(), round_id, now=clock.now())
    return redirect(url_for("placements.mine", round_id=round_id))


@bp.route("/placement/decline", methods=["GET", "POST"])
@access.requires(Role.STUDENT)
def decline(round_id: int) -> Answer:
    """Say why, then give the place back."""
    actor = access.require_actor()
    round_, _student, found = queries.of_student(actor, round_id)
    placement = next((p for p in found if p.ended_at is None), None)
    if placement is None:
        raise NotFound("placement")
    back = redirect(url_for("placements.mine", round_id=round_id))
    if placement.student_confirmed_at is not None or round_.phase not in LIVE:
        return back
    form = ReasonForm()
    if form.validate_on_submit():
        with told(_("Declined. Your coordinator reads why.")):
            answers.decline(actor, round_id, reason=form.reason.data or "", now=clock.now())
        return back
    page = render_template("placements/decline.html", round=round_, placement=placement, form=form)
    return (page, 422) if form.errors else page
