"""Have a decided round matched again before its release: one coordinator asks, another person confirms."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from marketplace import access, clock
from marketplace.accounts.models import Role
from marketplace.coordination import supersede_pages as pages
from marketplace.coordination.supersede_forms import SupersedeForm
from marketplace.db import transaction
from marketplace.errors import Conflict, DomainError, WrongPhase
from marketplace.rounds import queries as rounds
from marketplace.rounds.models import Round
from marketplace.rounds.phases import Phase
from marketplace.runs import superseding

bp = Blueprint("supersession", __name__)


@bp.route("/rounds/<int:round_id>/supersede", methods=["GET", "POST"])
@access.requires(Role.COORDINATOR)
def ask(round_id: int) -> str | Response | tuple[str, int]:
    """Ask for another run; or, where one is asked for, read it and answer."""
    actor = access.require_actor()
    round_ = rounds.coordinated(actor, round_id)
    if round_.phase is not Phase.COMPUTED:
        flash(_("Only a result that waits for its release can be replaced."), "bad")
        return redirect(url_for("coordination.dashboard", round_id=round_id))
    if (proposal := pages.proposal(round_)) is not None:
        may = superseding.may_confirm(actor, round_, proposal.row)
        return render_template("coordination/superseding.html", round=round_, proposal=proposal, may=may)
    form = SupersedeForm(*pages.choices(round_))
    if request.method == "POST" and request.form.get("more"):
        form.one_more()
    elif form.validate_on_submit() and _propose(form, round_):
        flash(_("Another person must confirm it now. Nothing is released meanwhile."), "good")
        return redirect(url_for("supersession.ask", round_id=round_id))
    failed = request.method == "POST" and not request.form.get("more")
    page = render_template("coordination/supersede.html", round=round_, form=form)
    return (page, 422) if failed else page


def _propose(form: SupersedeForm, round_: Round) -> bool:
    actor, asked = access.require_actor(), form.asked()
    if form.errors:
        return False
    try:
        with transaction():
            locked = rounds.coordinated(actor, round_.id, lock=True)
            superseding.propose(actor, locked, asked, reason=form.reason.data or "", now=clock.now())
    except WrongPhase:
        raise
    except Conflict:
        return True  # somebody else asked a moment ago: the page shows what
    except DomainError as error:
        position = error.details.get("position")
        if isinstance(position, int):
            form.blame(position, pages.refused(error.reason))
        else:
            form.corrections[0].form.kind.errors = [_("Choose at least one correction")]
        return False
    return True


@bp.post("/rounds/<int:round_id>/supersede/confirm")
@access.requires(Role.COORDINATOR)
def confirm(round_id: int) -> Response:
    """The second coordinator agrees."""
    actor = access.require_actor()
    try:
        with transaction():
            superseding.confirm(actor, rounds.coordinated(actor, round_id, lock=True), now=clock.now())
    except DomainError as error:
        return _refused(error, url_for("coordination.dashboard", round_id=round_id))
    flash(_("The match is made again. Everyone in the round is told why."), "good")
    return redirect(url_for("coordination.dashboard", round_id=round_id))


@bp.post("/rounds/<int:round_id>/supersede/withdraw")
@access.requires(Role.COORDINATOR)
def withdraw(round_id: int) -> Response:
    """Take the proposal back, or decline it."""
    actor = access.require_actor()
    try:
        with transaction():
            superseding.withdraw(actor, rounds.coordinated(actor, round_id, lock=True), now=clock.now())
    except DomainError as error:
        return _refused(error, url_for("coordination.dashboard", round_id=round_id))
    flash(_("The result stands as it is."), "good")
    return redirect(url_for("decision.review", round_id=round_id))


@bp.get("/operator/rounds/<int:round_id>/supersede")
@access.requires(Role.OPERATOR)
def operator_reads(round_id: int) -> str:
    """What the only coordinator of a school asks for. Nothing of the result is on the page."""
    round_ = superseding.for_operator(access.require_actor(), round_id)
    proposal = pages.proposal(round_)
    return render_template(
        "coordination/superseding.html", round=round_, proposal=proposal, may=True, operator=True
    )


@bp.post("/operator/rounds/<int:round_id>/supersede")
@access.requires(Role.OPERATOR)
def operator_confirms(round_id: int) -> Response:
    """An operator is the second person where a school has one coordinator."""
    actor = access.require_actor()
    with transaction():
        round_ = superseding.for_operator(actor, round_id, lock=True)
        superseding.confirm(actor, round_, now=clock.now())
    flash(_("The match is made again. Everyone in the round is told why."), "good")
    return redirect(url_for("operators.overview"))


def _refused(error: DomainError, target: str) -> Response:
    if error.reason == "not_another":
        flash(_("Somebody else must confirm it: not the person who asked."), "bad")
    else:
        flash(_("Nothing waits for an answer any more."), "bad")
    return redirect(target)
