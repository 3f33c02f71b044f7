"""A student says where they can't be placed and where they work; a coordinator reads the report."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from marketplace import access, clock
from marketplace.accounts.models import Role
from marketplace.conflicts import queries, services, words
from marketplace.conflicts.forms import EmployerForm, ExcludeForm
from marketplace.conflicts.models import Cause
from marketplace.db import transaction
from marketplace.errors import DomainError
from marketplace.students import queries as students

bp = Blueprint("conflicts", __name__, url_prefix="/conflicts")

Answer = str | Response | tuple[str, int]


@bp.route("/mine", methods=["GET", "POST"])
@access.requires(Role.STUDENT)
def mine() -> Answer:
    """Where the student can't be placed; name another facility."""
    actor = access.require_actor()
    student = students.own(actor)
    form = ExcludeForm().offer(queries.facilities())
    if form.validate_on_submit():
        with transaction():
            services.exclude_as_student(
                actor,
                form.facility.data,
                cause=Cause(form.cause.data),
                words=form.words.data or "",
                now=clock.now(),
            )
        flash(_("Saved. You won't be placed there, and the facility isn't told."), "good")
        return redirect(url_for("conflicts.mine"))
    excluded, works = queries.of_student(student.id)
    page = render_template("conflicts/mine.html", form=form, excluded=excluded, works=works, words=words)
    return (page, 422) if form.errors else page


@bp.post("/mine/<int:facility_id>/take-back")
@access.requires(Role.STUDENT)
def take_back(facility_id: int) -> Response:
    """The student could be placed there after all."""
    with transaction():
        services.take_back(access.require_actor(), facility_id, now=clock.now())
    flash(_("Taken back. You can be placed there again."), "info")
    return redirect(url_for("conflicts.mine"))


@bp.route("/mine/employer", methods=["GET", "POST"])
@access.requires(Role.STUDENT)
def employer() -> Answer:
    """Say where one works, and how the project differs."""
    actor = access.require_actor()
    student = students.own(actor)
    _excluded, works = queries.of_student(student.id)
    wanted = request.args.get("facility", type=int)
    known = next((work for work in works if work.facility_id == wanted), None)
    form = EmployerForm(
        data={"facility": known.facility_id, "differs": known.differs} if known else None
    ).offer(queries.facilities())
    if form.validate_on_submit():
        with transaction():
            services.say_employer(actor, form.facility.data, differs=form.differs.data or "", now=clock.now())
        flash(_("Saved. Your coordinator sees it."), "good")
        return redirect(url_for("conflicts.mine"))
    page = render_template("conflicts/employer.html", form=form)
    return (page, 422) if form.errors else page


@bp.post("/mine/employer/<int:facility_id>/remove")
@access.requires(Role.STUDENT)
def leave(facility_id: int) -> Response:
    """The student no longer works there."""
    with transaction():
        services.leave_employer(access.require_actor(), facility_id, now=clock.now())
    flash(_("Removed."), "info")
    return redirect(url_for("conflicts.mine"))


@bp.get("")
@access.requires(Role.COORDINATOR)
def report() -> str:
    """What both sides said, and what adds up."""
    actor = access.require_actor()
    return render_template(
        "conflicts/report.html",
        exclusions=queries.of_schools(actor),
        patterns=queries.patterns(actor),
        employed=queries.employed(actor),
        words=words,
    )


@bp.route("/<int:exclusion_id>/lift", methods=["GET", "POST"])
@access.requires(Role.COORDINATOR)
def lift(exclusion_id: int) -> str | Response:
    """Confirm, then end a facility's exclusion that is none."""
    actor = access.require_actor()
    found = queries.own(actor, exclusion_id)
    if request.method == "GET":
        return render_template("conflicts/lift.html", exclusion=found, words=words)
    try:
        with transaction():
            services.lift(actor, exclusion_id, now=clock.now())
    except DomainError:
        flash(_("Only the student can take back what the student said."), "bad")
    else:
        flash(_("The pair can be matched again."), "info")
    return redirect(url_for("conflicts.report"))
