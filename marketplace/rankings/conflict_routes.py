"""A facility says that an applicant must not be placed with it; the school's coordinators alone read why."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from marketplace import access, clock
from marketplace.accounts.models import Role
from marketplace.applications import disclosures
from marketplace.applications import queries as applications
from marketplace.applications.models import Seen
from marketplace.conflicts import queries as conflicts
from marketplace.conflicts import services
from marketplace.conflicts.forms import FacilityExcludeForm
from marketplace.conflicts.models import Cause, Side
from marketplace.db import fresh_write, transaction
from marketplace.rounds import queries as rounds

bp = Blueprint("applicant_conflicts", __name__, url_prefix="/rounds/<int:round_id>/slots/<int:slot_id>")


@bp.route("/applicants/<int:application_id>/conflict", methods=["GET", "POST"])
@access.requires(Role.FACILITY_CONTACT)
def say(round_id: int, slot_id: int, application_id: int) -> str | Response | tuple[str, int]:
    """Say it, or take it back."""
    actor, now = access.require_actor(), clock.now()
    round_, slot = rounds.as_facility(actor, round_id, slot_id)
    application = applications.applicant(round_id, slot_id, application_id)
    student_id, facility_id = application.student_id, slot.facility_id
    back = redirect(url_for("applicants.edit", round_id=round_id, slot_id=slot_id))
    if request.method == "POST" and "take-back" in request.form:
        with transaction():
            services.take_back_as_facility(actor, student_id, facility_id, now=now)
        flash(_("Taken back."), "info")
        return back
    form = FacilityExcludeForm().offer()
    if form.validate_on_submit():
        with transaction():
            services.exclude_as_facility(
                actor,
                student_id,
                facility_id,
                cause=Cause(form.cause.data),
                words=form.words.data or "",
                now=now,
            )
        flash(_("Saved. The student can't be placed with you; only the school reads why."), "good")
        return back
    page = render_template(
        "rankings/conflict.html",
        form=form,
        round=round_,
        slot=slot,
        application=application,
        standing=conflicts.standing(student_id, facility_id, Side.FACILITY),
    )
    with fresh_write():  # the page names the applicant
        disclosures.note(actor, [application_id], Seen.LINE, now=now)
    return (page, 422) if form.errors else page
