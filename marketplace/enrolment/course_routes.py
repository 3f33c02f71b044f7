"""A coordinator keeps the courses of a programme."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from marketplace import access, clock
from marketplace.accounts.models import Role
from marketplace.db import transaction
from marketplace.enrolment import queries
from marketplace.errors import DomainError
from marketplace.schools import courses
from marketplace.schools.forms import CourseForm
from marketplace.schools.models import Course, Programme

bp = Blueprint("courses", __name__, url_prefix="/school")

Answer = str | Response | tuple[str, int]
_FIELDS = ("name", "hours", "modalities", "starts_on", "ends_on")


@bp.route("/programmes/<int:programme_id>/courses/new", methods=["GET", "POST"])
@access.requires(Role.COORDINATOR)
def add(programme_id: int) -> Answer:
    """Add a course to a programme."""
    programme = queries.programme(access.require_actor(), programme_id)
    form = CourseForm(data={"hours": programme.required_hours}).offer()
    return _answer(form, programme, None)


@bp.route("/courses/<int:course_id>", methods=["GET", "POST"])
@access.requires(Role.COORDINATOR)
def edit(course_id: int) -> Answer:
    """Change a course."""
    course = courses.own(access.require_actor(), course_id)
    form = CourseForm(data={name: getattr(course, name) for name in _FIELDS}).offer()
    return _answer(form, course.programme, course)


@bp.route("/courses/<int:course_id>/remove", methods=["GET", "POST"])
@access.requires(Role.COORDINATOR)
def remove(course_id: int) -> Answer:
    """Confirm, then remove a course."""
    actor = access.require_actor()
    course = courses.own(actor, course_id)
    programme_id = course.programme_id
    if request.method != "POST":
        return render_template("enrolment/course_remove.html", course=course)
    with transaction():
        courses.remove(actor, course_id, now=clock.now())
    flash(_("The course is removed."), "info")
    return redirect(url_for("schools.programme", programme_id=programme_id))


def _answer(form: CourseForm, programme: Programme, course: Course | None) -> Answer:
    actor, programme_id = access.require_actor(), programme.id
    course_id = course.id if course is not None else None
    if form.validate_on_submit() and _saved(form, programme, course_id):
        flash(_("The course is saved."), "good")
        return redirect(url_for("schools.programme", programme_id=programme_id))
    # Read again: a refused change was rolled back, and what was loaded with it.
    programme = queries.programme(actor, programme_id)
    course = courses.own(actor, course_id) if course_id is not None else None
    page = render_template("enrolment/course.html", form=form, programme=programme, course=course)
    return (page, 422) if form.errors else page


def _saved(form: CourseForm, programme: Programme, course_id: int | None) -> bool:
    actor, now = access.require_actor(), clock.now()
    fields: dict[str, Any] = {name: form[name].data for name in _FIELDS}
    fields["modalities"] = fields["modalities"] or []
    try:
        with transaction():
            if course_id is None:
                courses.add(actor, programme, now=now, **fields)
            else:
                courses.edit(actor, course_id, now=now, **fields)
    except DomainError as error:
        form[str(error.details["field"])].errors = [_fault(error.reason)]
        return False
    return True


def _fault(reason: str) -> str:
    return {
        "name_taken": _("The programme has a course of this name"),
        "half_a_term": _("Give both days of the term, or none"),
        "ends_before_start": _("The last day lies before the first"),
    }[reason]
