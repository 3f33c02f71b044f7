"""The pages of a wish for other places: the facility's, and the coordinator's of a round."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import IntegerField, StringField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

from marketplace import access, clock
from marketplace.accounts.models import Role
from marketplace.capacities import queries, services, sharing
from marketplace.db import transaction
from marketplace.errors import Conflict, DomainError, WrongPhase
from marketplace.rounds import queries as rounds
from marketplace.slots import policies
from marketplace.slots import services as slots

bp = Blueprint("capacities", __name__)


@bp.app_context_processor
def _shares() -> dict[str, object]:
    """What a round's rules page says of slots that are shared out among schools."""
    if request.endpoint != "rounds.rules" or not request.view_args:
        return {}
    return {"shares": sharing.said(request.view_args["round_id"])}


class PlacesForm(FlaskForm):
    """How many places instead, and why."""

    capacity = IntegerField(
        lazy_gettext("Places"),
        validators=[
            InputRequired(lazy_gettext("Give a number from 1 to 200")),
            NumberRange(1, 200, lazy_gettext("Give a number from 1 to 200")),
        ],
    )
    minimum = IntegerField(
        lazy_gettext("At least"),
        validators=[Optional(), NumberRange(0, 200, lazy_gettext("Give a number up to 200"))],
    )
    reason = StringField(
        lazy_gettext("Why"),
        validators=[DataRequired(lazy_gettext("Say why it changes")), Length(max=300)],
    )


@bp.route("/posting/<int:slot_id>/places", methods=["GET", "POST"])
@access.requires(Role.FACILITY_CONTACT)
def ask(slot_id: int) -> str | Response | tuple[str, int]:
    """A contact asks for other places."""
    actor, now = access.require_actor(), clock.now()
    slot = slots.own(actor, slot_id)
    form = PlacesForm(data={"capacity": slot.capacity, "minimum": slot.minimum or None})
    if form.validate_on_submit():
        try:
            with transaction():
                services.ask(
                    actor,
                    slot_id,
                    capacity=form.capacity.data or 0,
                    minimum=form.minimum.data or 0,
                    reason=form.reason.data or "",
                    now=now,
                )
        except DomainError as error:
            form[str(error.details["field"])].errors = [_words(error.reason)]
        else:
            flash(_("Asked. You get a mail when it is decided; until then nothing changes."), "good")
            return redirect(url_for("capacities.ask", slot_id=slot_id))
        slot = slots.own(actor, slot_id)
    asked = queries.of_slot(slot_id)
    page = render_template(
        "capacities/ask.html", slot=slot, form=form, asked=asked, counting=queries.counting(slot_id)
    )
    return (page, 422) if form.errors else page


@bp.post("/posting/<int:slot_id>/places/undo")
@access.requires(Role.FACILITY_CONTACT)
def take_back(slot_id: int) -> Response:
    """A contact takes the wish back before it is decided."""
    with transaction():
        services.take_back(access.require_actor(), slot_id, now=clock.now())
    flash(_("Taken back."), "good")
    return redirect(url_for("capacities.ask", slot_id=slot_id))


@bp.route("/posting/<int:slot_id>/schools", methods=["GET", "POST"])
@access.requires(Role.FACILITY_CONTACT)
def schools(slot_id: int) -> str | Response | tuple[str, int]:
    """A contact shares the slot's places out among the schools that could come."""
    actor = access.require_actor()
    slot = slots.own(actor, slot_id)
    found = sharing.schools(slot_id)
    typed = {school.id: request.form.get(f"school-{school.id}", "").strip() for school in found}
    problem = ""
    if request.method == "POST":
        problem = _share(slot_id, typed)
        if not problem:
            flash(_("Saved."), "good")
            return redirect(url_for("capacities.schools", slot_id=slot_id))
        slot = slots.own(actor, slot_id)
    else:
        typed = {i: str(most) for i, most in sharing.given([slot_id]).get(slot_id, {}).items()}
    held = policies.Hold.CAPACITY in policies.held(slot_id)
    page = render_template(
        "capacities/schools.html",
        slot=slot,
        schools=found,
        typed=typed,
        shares=sharing.shares([slot_id]).get(slot_id, {}),
        contended=sharing.is_contended(slot_id),
        problem=problem,
        held=held,
    )
    return (page, 422) if problem else page


def _share(slot_id: int, typed: dict[int, str]) -> str:
    """Save what was typed; the sentence about what is wrong, or nothing."""
    given = {school_id: text for school_id, text in typed.items() if text}
    if not all(text.isdecimal() and int(text) <= 200 for text in given.values()):
        return _("Give whole numbers up to 200, or nothing for any number")
    try:
        with transaction():
            sharing.share(
                access.require_actor(),
                slot_id,
                {school_id: int(text) for school_id, text in given.items()},
                now=clock.now(),
            )
    except DomainError as error:
        return {
            "slot_in_round": _("A round counts on these places already; they can't be shared out any more"),
            "too_many": _("More places are shared out than the slot has"),
            "out_of_state": _("A limit on students of another state applies here, and a slot has one limit"),
            "unknown_school": _("This school's students can't come by any round"),
        }[error.reason]
    return ""


@bp.get("/rounds/<int:round_id>/places")
@access.requires(Role.COORDINATOR)
def of_round(round_id: int) -> str:
    """What facilities ask of a round, and what was decided."""
    return _of_round(round_id)


def _of_round(round_id: int, problem: str = "", of: int = 0) -> str:
    round_ = rounds.coordinated(access.require_actor(), round_id)
    return render_template(
        "capacities/round.html",
        round=round_,
        asked=queries.of_round(round_id),
        sealed=round_.phase in services.SEALED,
        problem=problem,
        of=of,
        answer=request.form.get("answer", ""),
    )


@bp.post("/rounds/<int:round_id>/places/<int:wish_id>")
@access.requires(Role.COORDINATOR)
def decide(round_id: int, wish_id: int) -> Response | tuple[str, int]:
    """Approve or decline."""
    actor = access.require_actor()
    try:
        with transaction():
            changed = services.decide(
                actor,
                rounds.coordinated(actor, round_id),
                wish_id,
                approve=request.form.get("decision") == "approve",
                answer=request.form.get("answer", ""),
                now=clock.now(),
            )
    except WrongPhase:
        flash(_("Lists are sealed and the result is not out: places can't change now."), "bad")
    except Conflict:
        flash(_("It was decided already."), "info")
    except DomainError as error:
        return _of_round(round_id, _words(error.reason), wish_id), 422
    else:
        approved = _("Approved. The slot changed; it stands in the round's public log.")
        flash(
            approved if changed else _("Written down; the facility hears of it when all is decided."), "good"
        )
    return redirect(url_for("capacities.of_round", round_id=round_id))


def _words(reason: str) -> str:
    return {
        "missing": _("Say why; the facility reads it"),
        "minimum_above_places": _("At least can't be more than the places"),
        "unchanged": _("This is what the slot has already"),
        "waiting": _("You asked already; take that back first"),
        "not_counted": _("No round counts on this slot; change it on its own page"),
        "fewer": _("The results are out: ask for fewer places on the slot's page of who comes"),
        "given": _("More places than that are given before the match; take one of those back first"),
        "placed": _(
            "More students are placed here than that. Decline it; the facility can ask for fewer places on "
            "the slot's page of who comes"
        ),
        "shape": _("A slot of this kind can't have that many places"),
    }[reason]
