"""A student's own pages, and the request to join a programme."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from marketplace import access, clock
from marketplace.accounts.models import Role
from marketplace.db import transaction
from marketplace.errors import DomainError, NotFound
from marketplace.schools import courses
from marketplace.students import queries, services
from marketplace.students.forms import JoinForm, ProfileForm
from marketplace.students.models import Student

bp = Blueprint("students", __name__)


@bp.route("/profile", methods=["GET", "POST"])
@access.requires(Role.STUDENT)
def profile() -> str | Response | tuple[str, int]:
    """Write one's profile. A person in two programmes has two; ``?programme=`` chooses."""
    actor = access.require_actor()
    student = queries.own(actor, request.args.get("programme", type=int))
    data = {"course": queries.course_of(student.id)}
    form = ProfileForm(obj=student, data=data).offer(student, courses.of_programme(student.programme_id))
    if request.method == "GET":
        return _profile_page(student, form)
    if not form.validate_on_submit():
        return _profile_page(student, form), 422
    try:
        with transaction():
            services.save_profile(actor, student.id, now=clock.now(), **form.fields())
            if "course" in form:
                services.choose_course(actor, student.id, form.course.data or None, now=clock.now())
    except DomainError as error:
        form[str(error.details["field"])].errors = [_sentence(error)]
        return _profile_page(queries.own(actor, student.id), form), 422
    flash(_("Your profile is saved."), "good")
    return redirect(url_for("students.preview", programme=request.args.get("programme", type=int)))


@bp.get("/profile/preview")
@access.requires(Role.STUDENT)
def preview() -> str:
    """What facilities will see, before and after consent."""
    student = queries.own(access.require_actor(), request.args.get("programme", type=int))
    return render_template(
        "students/preview.html",
        student=student,
        card=queries.profile_card(student, background=True),
        missing=_missing(student),
    )


@bp.route("/join", methods=["GET", "POST"])
@access.signed_in
def join() -> str | Response | tuple[str, int]:
    """Ask to be taken into a programme."""
    actor = access.require_actor()
    programmes = queries.programmes_to_join()
    form = JoinForm()
    form.programme.choices = [("", _("Choose one"))] + [
        (str(each.id), f"{each.school.name}: {each.name}") for each in programmes
    ]
    code = 200
    if form.validate_on_submit():
        try:
            with transaction():
                services.ask_to_join(actor, int(form.programme.data), now=clock.now())
        except DomainError as error:
            form.programme.errors = [_sentence(error)]
        else:
            flash(_("Your request is sent. Your coordinator will answer it."), "good")
            return redirect(url_for("home.start"))
    if request.method == "POST":
        code = 422
    mine = queries.for_user(actor.user_id)
    return render_template("students/join.html", form=form, programmes=programmes, mine=mine), code


@bp.post("/join/<int:student_id>/withdraw")
@access.signed_in
def withdraw(student_id: int) -> Response:
    """Take back a request that nobody has answered."""
    with transaction():
        services.withdraw_request(access.require_actor(), student_id, now=clock.now())
    flash(_("Your request is withdrawn."), "info")
    return redirect(url_for("students.join"))


@bp.get("/students/requests")
@access.requires(Role.COORDINATOR)
def requests() -> str:
    """Who asks to join the coordinator's schools."""
    return render_template("students/requests.html", waiting=queries.waiting(access.require_actor()))


@bp.post("/students/requests/<int:student_id>/approve")
@access.requires(Role.COORDINATOR)
def approve(student_id: int) -> Response:
    """Take one person in."""
    with transaction():
        student = services.approve(access.require_actor(), student_id, now=clock.now())
        name = student.user.name
    flash(_("%(name)s is now a student of yours.", name=name), "good")
    return redirect(url_for("students.requests"))


@bp.route("/students/requests/<int:student_id>/refuse", methods=["GET", "POST"])
@access.requires(Role.COORDINATOR)
def refuse(student_id: int) -> str | Response:
    """Turn one request down, after a look at what that means."""
    actor = access.require_actor()
    if request.method == "GET":
        found = queries.waiting(actor, student_id)
        if not found:
            raise NotFound("student")
        return render_template("students/refuse.html", student=found[0])
    with transaction():
        services.refuse(actor, student_id, now=clock.now())
    flash(_("The request is turned down. The person is told by mail."), "info")
    return redirect(url_for("students.requests"))


def _profile_page(student: Student, form: ProfileForm) -> str:
    return render_template(
        "students/profile.html",
        student=student,
        form=form,
        missing=_missing(student),
        links=[
            (url_for("students.profile", programme=each.id), each.programme.name, each.id == student.id)
            for each in queries.for_user(student.user_id)
        ],
    )


def _missing(student: Student) -> list[tuple[str, str]]:
    words = {
        "home_zip": _("Home ZIP code, so that distances are right"),
        "available_from": _("When you become available"),
        "available_until": _("Until when you are available"),
        "skills": _("At least one skill"),
        "statement": _("A short statement"),
    }
    return [(name, words[name]) for name in student.missing]


def _sentence(error: DomainError) -> str:
    return {
        "unknown_zip": _("We don't know this ZIP code. Check its five digits."),
        "dates": _("Available until must be on or after available from."),
        "already_asked": _("You have already asked to join this programme, or you are in it."),
    }[error.reason]
