"""A decided round under embargo: review the result, clear what holds it, release it now or at a set time."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from marketplace import access, clock
from marketplace.accounts.models import Role
from marketplace.coordination import review as reviews
from marketplace.coordination.decision_forms import HoldForm, PlanForm
from marketplace.db import transaction
from marketplace.errors import Conflict, DomainError, WrongPhase
from marketplace.rounds import queries as rounds
from marketplace.rounds.models import Round
from marketplace.rounds.phases import PUBLISHED, Phase
from marketplace.rounds.times import to_local
from marketplace.runs import holds, releasing
from marketplace.runs.queries import official_run

bp = Blueprint("decision", __name__, url_prefix="/rounds/<int:round_id>")


@bp.get("/review")
@access.requires(Role.COORDINATOR)
def review(round_id: int) -> str | Response:
    """The result in totals, under embargo."""
    round_ = rounds.coordinated(access.require_actor(), round_id)
    if round_.phase in PUBLISHED:
        return redirect(url_for("coordination.results", round_id=round_id))
    found = reviews.of_round(round_) if round_.phase is Phase.COMPUTED else None
    if found is None:
        flash(_("There is no result to review yet."), "info")
        return redirect(url_for("coordination.dashboard", round_id=round_id))
    return render_template("coordination/review.html", round=round_, review=found)


@bp.route("/holds/<int:hold_id>", methods=["GET", "POST"])
@access.requires(Role.COORDINATOR)
def hold(round_id: int, hold_id: int) -> str | Response | tuple[str, int]:
    """Look at one hold; clear it with a reason."""
    actor, now = access.require_actor(), clock.now()
    round_ = rounds.coordinated(actor, round_id)
    found = reviews.held(round_, hold_id)
    form = HoldForm()
    if form.validate_on_submit():
        try:
            with transaction():
                locked = rounds.coordinated(actor, round_id, lock=True)
                holds.clear(actor, locked, hold_id, reason=form.reason.data or "", now=now)
            flash(_("The hold is cleared, with your reason."), "good")
        except Conflict:
            flash(_("Somebody has cleared this hold already."), "info")
        return redirect(url_for("decision.review", round_id=round_id))
    page = render_template("coordination/hold.html", round=round_, held=found, form=form)
    return (page, 422) if form.errors else page


@bp.get("/release")
@access.requires(Role.COORDINATOR)
def ask_release(round_id: int) -> str | Response:
    """Release now, or set a time for it."""
    round_ = rounds.coordinated(access.require_actor(), round_id)
    if round_.phase is not Phase.COMPUTED:
        return redirect(url_for("coordination.dashboard", round_id=round_id))
    local = to_local(max(round_.release_planned_at, clock.now()), round_.zone)
    return _release_page(round_, PlanForm(release_at=local))


@bp.post("/release")
@access.requires(Role.COORDINATOR)
def release(round_id: int) -> Response:
    """Everyone sees their own result at the same moment."""
    actor, now = access.require_actor(), clock.now()
    try:
        with transaction():
            releasing.release(actor, rounds.coordinated(actor, round_id, lock=True), now=now)
    except DomainError as error:
        flash(_refused(error), "bad")
        return redirect(url_for("coordination.dashboard", round_id=round_id))
    flash(_("The results are out. Everyone in the round is told."), "good")
    return redirect(url_for("coordination.results", round_id=round_id))


@bp.post("/release/plan")
@access.requires(Role.COORDINATOR)
def plan(round_id: int) -> Response | tuple[str, int]:
    """Set the instant at which the results go out by themselves."""
    actor, now = access.require_actor(), clock.now()
    round_, form = rounds.coordinated(actor, round_id), PlanForm()
    if round_.phase is not Phase.COMPUTED:
        return redirect(url_for("coordination.dashboard", round_id=round_id))
    if form.validate_on_submit() and (at := form.instant(round_.zone)):
        try:
            with transaction():
                releasing.plan(actor, rounds.coordinated(actor, round_id, lock=True), at, now=now)
        except WrongPhase as error:
            flash(_refused(error), "bad")
            return redirect(url_for("coordination.dashboard", round_id=round_id))
        except DomainError:
            form.release_at.errors = [_("This time is over; choose one to come")]
        else:
            flash(_("The results go out by themselves at that time."), "good")
            return redirect(url_for("decision.ask_release", round_id=round_id))
    return _release_page(round_, form), 422


@bp.post("/release/plan/drop")
@access.requires(Role.COORDINATOR)
def drop_plan(round_id: int) -> Response:
    """Nothing goes out by itself."""
    actor, now = access.require_actor(), clock.now()
    try:
        with transaction():
            releasing.drop_plan(actor, rounds.coordinated(actor, round_id, lock=True), now=now)
    except WrongPhase:
        flash(_("Nothing is planned: the round is not waiting for its release."), "bad")
    else:
        flash(_("Nothing goes out by itself any more."), "good")
    return redirect(url_for("decision.ask_release", round_id=round_id))


def _release_page(round_: Round, form: PlanForm) -> str:
    run = official_run(round_.id)
    return render_template(
        "coordination/release.html",
        round=round_,
        form=form,
        plan=releasing.planned(round_),
        obstacle=releasing.obstacle(run.id) if run else None,
    )


def _refused(error: DomainError) -> str:
    """Why nothing was released."""
    if error.reason == "held":
        return _("Nothing was released: a hold stands. Look at it and clear it first.")
    if error.reason == "superseding":
        return _("Nothing was released: somebody asks to have the round matched again. Answer that first.")
    return _("Nothing was released: the round is not waiting for it.")
