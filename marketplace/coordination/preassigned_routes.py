"""The page of places that are given before the match."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import SelectField, StringField
from wtforms.validators import DataRequired, Length

from marketplace import access, clock
from marketplace.accounts.models import Role
from marketplace.coordination import preassigning
from marketplace.db import transaction
from marketplace.errors import DomainError, WrongPhase
from marketplace.rounds import policies, preassigned
from marketplace.rounds import queries as rounds

bp = Blueprint("preassigned", __name__, url_prefix="/rounds/<int:round_id>/preassigned")


class PlaceForm(FlaskForm):
    """Whom to give which place, and why."""

    student = SelectField(
        lazy_gettext("Student"), coerce=int, validators=[DataRequired(lazy_gettext("Choose a student"))]
    )
    slot = SelectField(
        lazy_gettext("Slot"), coerce=int, validators=[DataRequired(lazy_gettext("Choose a slot"))]
    )
    reason = StringField(
        lazy_gettext("Why it is not left to the match"),
        validators=[DataRequired(lazy_gettext("Say why; the audit trail keeps it")), Length(max=300)],
    )


@bp.route("", methods=["GET", "POST"])
@access.requires(Role.COORDINATOR)
def places(round_id: int) -> str | Response | tuple[str, int]:
    """Who has a place already, and a form to give one."""
    actor, now = access.require_actor(), clock.now()
    round_ = rounds.coordinated(actor, round_id)
    form = PlaceForm()
    nobody = (0, _("Choose"))
    form.student.choices = [nobody] + [
        (row.student_id, f"{row.student.user.name}, {row.student.programme.name}")
        for row in rounds.participants(round_id)
        if row.withdrawn_at is None
    ]
    form.slot.choices = [nobody] + [
        (row.slot_id, f"{row.slot.facility.name}, {row.slot.title}") for row in rounds.round_slots(round_id)
    ]
    if form.validate_on_submit():
        try:
            with transaction():
                held = rounds.coordinated(actor, round_id, lock=True)
                preassigning.name(
                    actor, held, form.student.data, form.slot.data, reason=form.reason.data or "", now=now
                )
        except WrongPhase:
            flash(_("Lists are closed: places can't be given any more."), "bad")
            return redirect(url_for("preassigned.places", round_id=round_id))
        except DomainError as error:
            form[str(error.details["field"])].errors = [_words(error.reason)]
        else:
            flash(_("Given. The student got a mail; you can take it back until lists close."), "good")
            return redirect(url_for("preassigned.places", round_id=round_id))
    page = render_template(
        "coordination/preassigned.html",
        round=round_,
        form=form,
        open=policies.is_open(round_, now),
        rows=preassigned.of_round(round_id),
        impossible=preassigning.impossible(round_) if policies.is_open(round_, now) else frozenset(),
    )
    return (page, 422) if form.errors else page


@bp.post("/<int:student_id>/undo")
@access.requires(Role.COORDINATOR)
def undo(round_id: int, student_id: int) -> Response:
    """Take a given place back."""
    actor = access.require_actor()
    try:
        with transaction():
            held = rounds.coordinated(actor, round_id, lock=True)
            preassigning.undo(actor, held, student_id, now=clock.now())
    except WrongPhase:
        flash(_("Lists are closed: it can't be taken back any more."), "bad")
    else:
        flash(_("Taken back. The student's own list counts again."), "good")
    return redirect(url_for("preassigned.places", round_id=round_id))


def _words(reason: str) -> str:
    return {
        "missing": _("Say why; the audit trail keeps it"),
        "named_already": _("They have a place already; take that back first"),
        "no_application": _("They did not apply there: a facility sees nobody without their signed consent"),
        "in_couple": _("They are in a couple; they would have to leave it first"),
        "not_eligible": _("They can't be placed there; the eligibility page says why"),
        "full": _("All of its places are given already"),
    }[reason]
