"""A student applies to a slot, sees what they applied for, and takes a consent back."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from marketplace import access, clock
from marketplace.accounts.models import Role
from marketplace.applications import consents, queries, services
from marketplace.applications.forms import ApplyForm
from marketplace.db import transaction
from marketplace.eligibility import queries as eligibility
from marketplace.eligibility.facts import Verdict
from marketplace.errors import DomainError, NotFound, WrongPhase
from marketplace.rounds import policies
from marketplace.rounds import queries as rounds
from marketplace.slots import queries as slots

bp = Blueprint("applications", __name__)

TakePart = Callable[..., None]


@bp.app_context_processor
def _slot_actions() -> dict[str, object]:
    """What the page of a slot offers a student: to apply, in each round it takes part in."""
    actor = access.current_actor() if request.endpoint == "slots.detail" else None
    if actor is None or not actor.has(Role.STUDENT) or not request.view_args:
        return {}
    now = clock.now()
    found = queries.choices(actor, request.view_args["slot_id"])
    open_ = [choice for choice in found if choice.round.phase in policies.OPEN]
    return {
        "applying": found,
        "applying_now": now,
        "takes_applications": lambda r: policies.accepts_applications(r, now),
        "verdicts": {choice.round.id: _verdict(choice) for choice in open_},
    }


def _verdict(choice: queries.Choice) -> Verdict:
    """What the rules say about the student who looks, as one of the round."""
    found = eligibility.of_student(choice.student_id, [choice.slot_id], choice.round)
    return found.get(choice.slot_id, Verdict())


@bp.get("/applications")
@access.requires(Role.STUDENT)
def mine() -> str:
    """The student's applications, and who opened their profile."""
    actor, now = access.require_actor(), clock.now()
    found = queries.of_actor(actor)
    return render_template(
        "applications/mine.html",
        applications=found,
        rounds=rounds.rounds_of_student(actor),
        left=queries.left_rounds(actor),
        seen=queries.disclosures(actor),
        now=now,
        policies=policies,
        is_public=slots.is_public,
    )


@bp.route("/rounds/<int:round_id>/slots/<int:slot_id>/apply", methods=["GET", "POST"])
@access.requires(Role.STUDENT)
def apply(round_id: int, slot_id: int) -> str | Response | tuple[str, int]:
    """Read the consent, sign it, and apply."""
    actor, now = access.require_actor(), clock.now()
    form = ApplyForm()
    if form.validate_on_submit() and (answer := _apply(form, round_id, slot_id)):
        return answer
    round_, student = rounds.as_student(actor, round_id)
    if not rounds.slot_is_in(round_id, slot_id):
        raise NotFound("slot")
    slot = slots.get_public_slot(slot_id)
    page = render_template(
        "applications/apply.html",
        round=round_,
        slot=slot,
        student=student,
        verdict=eligibility.of_student(student.id, [slot_id], round_)[slot_id],
        consent=consents.text_for(slot, round_),
        open=policies.accepts_applications(round_, now),
        form=form,
    )
    return (page, 422) if form.errors else page


def _apply(form: ApplyForm, round_id: int, slot_id: int) -> Response | None:
    """Apply; the answer, or None with the error on the form."""
    actor = access.require_actor()
    slot = slots.get_public_slot(slot_id)
    title = slot.title
    try:
        with transaction():
            services.apply(actor, round_id, slot, signature=form.signature.data or "", now=clock.now())
    except WrongPhase:
        flash(_("Applications for this round are not open now. Nothing was sent."), "bad")
        return redirect(url_for("slots.detail", slot_id=slot_id))
    except DomainError as error:
        if error.reason in {"not_eligible", "profile_incomplete"}:
            flash(_("You can't apply here as things stand. This page says why."), "bad")
            return redirect(url_for("applications.apply", round_id=round_id, slot_id=slot_id))
        if error.reason != "signature":
            raise
        form.signature.errors = [_("Type your name as it stands in your account: %(name)s", name=actor.name)]
        return None
    flash(_("You applied to “%(title)s”. Rank it when ranking opens.", title=title), "good")
    return redirect(url_for("applications.mine"))


@bp.route("/applications/<int:application_id>/withdraw", methods=["GET", "POST"])
@access.requires(Role.STUDENT)
def withdraw(application_id: int) -> str | Response:
    """Confirm, then take the consent back."""
    actor, now = access.require_actor(), clock.now()
    application = queries.own(actor, application_id)
    if request.method == "GET":
        round_ = queries.round_of(application)
        return render_template(
            "applications/withdraw.html",
            application=application,
            again=policies.accepts_applications(round_, now),
            lists_open=round_.phase in policies.OPEN,
        )
    with transaction():
        services.withdraw(actor, queries.own(actor, application_id, lock=True), now=now)
    flash(_("Your consent is taken back. The facility no longer sees your profile."), "good")
    return redirect(url_for("applications.mine"))


@bp.get("/applications/<int:application_id>")
@access.requires(Role.STUDENT)
def show(application_id: int) -> str:
    """What the student signed for one application, until when it holds, and who looked."""
    actor = access.require_actor()
    application = queries.own(actor, application_id)
    return render_template(
        "applications/show.html",
        application=application,
        round=queries.round_of(application),
        signatures=queries.signatures(actor, application_id),
        seen=queries.disclosures(actor, application_id),
        last_day=consents.last_day,
    )


@bp.route("/rounds/<int:round_id>/leave", methods=["GET", "POST"])
@access.requires(Role.STUDENT)
def leave(round_id: int) -> str | Response:
    """Confirm, then leave a round before lists close."""
    return _take_part(round_id, services.withdraw_from_round, "applications/leave.html", left=True)


@bp.route("/rounds/<int:round_id>/return", methods=["GET", "POST"])
@access.requires(Role.STUDENT)
def come_back(round_id: int) -> str | Response:
    """Confirm, then take part in a round again."""
    return _take_part(round_id, services.return_to_round, "applications/come_back.html", left=False)


def _take_part(round_id: int, work: TakePart, template: str, *, left: bool) -> str | Response:
    actor, now = access.require_actor(), clock.now()
    round_, _student = rounds.as_student(actor, round_id)
    if request.method == "GET":
        return render_template(template, round=round_, open=policies.is_open(round_, now))
    name = round_.name
    try:
        with transaction():
            work(actor, *rounds.as_student(actor, round_id, lock=True), now=now)
    except WrongPhase:
        flash(_("Lists of this round are closed: nothing was changed. Speak to your coordinator."), "bad")
    else:
        said = _("You left %(round)s.", round=name) if left else _("You are in %(round)s again.", round=name)
        flash(said, "good")
    return redirect(url_for("applications.mine"))
