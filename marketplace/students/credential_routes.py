"""Students enter the numbers of their credentials; coordinators check them."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import StringField
from wtforms.validators import Length, Optional

from marketplace import access, clock
from marketplace.accounts.models import Role
from marketplace.db import transaction
from marketplace.errors import Conflict
from marketplace.students import credentials, queries
from marketplace.students.models import Student
from marketplace.vocabulary import CREDENTIALS

bp = Blueprint("credentials", __name__, url_prefix="/credentials")


@bp.route("/mine", methods=["GET", "POST"])
@access.requires(Role.STUDENT)
def mine() -> str | Response | tuple[str, int]:
    """The numbers of one's own credentials."""
    actor = access.require_actor()
    student = queries.own(actor, request.args.get("programme", type=int))
    student_id, known = student.id, credentials.held(student.id)
    form = _form(student)(data={_name(code): each.number for code, each in known.items()})
    if form.validate_on_submit():
        numbers = {code: form[_name(code)].data or "" for code in student.credentials}
        with transaction():
            credentials.enter(actor, student_id, numbers, now=clock.now())
        flash(_("Saved. Your coordinator checks them."), "good")
        return redirect(url_for("students.profile", programme=student_id))
    fields = [(form[_name(code)], known.get(code)) for code in student.credentials]
    page = render_template("students/credentials.html", student=student, form=form, fields=fields)
    return (page, 422) if form.errors else page


@bp.get("")
@access.requires(Role.COORDINATOR)
def index() -> str:
    """The numbers that students entered."""
    found = credentials.of_schools(access.require_actor())
    return render_template("students/credentials_check.html", found=found, labels=CREDENTIALS)


@bp.post("/<int:held_id>/check")
@access.requires(Role.COORDINATOR)
def check(held_id: int) -> Response:
    """Note that a number was checked."""
    number = request.form.get("number", "")
    try:
        with transaction():
            found = credentials.check(access.require_actor(), held_id, number=number, now=clock.now())
            code = found.code
    except Conflict:
        flash(_("The student changed the number meanwhile. Nothing was noted: look again."), "bad")
    else:
        flash(_("Noted: you checked %(code)s.", code=CREDENTIALS.label(code)), "good")
    return redirect(url_for("credentials.index"))


@bp.post("/<int:held_id>/uncheck")
@access.requires(Role.COORDINATOR)
def uncheck(held_id: int) -> Response:
    """Take a check back."""
    with transaction():
        credentials.uncheck(access.require_actor(), held_id, now=clock.now())
    flash(_("The check is taken back."), "info")
    return redirect(url_for("credentials.index"))


def _name(code: str) -> str:
    return "number_" + code.lower().replace("-", "_")


def _form(student: Student) -> type[FlaskForm]:
    """A form with a field a credential."""
    checks = [Optional(), Length(max=60, message=_("Use at most 60 characters"))]
    fields = {_name(c): StringField(CREDENTIALS.label(c), validators=checks) for c in student.credentials}
    return type("NumbersForm", (FlaskForm,), fields)
