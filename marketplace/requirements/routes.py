"""A coordinator keeps requirement sets and checks what students enter; a student keeps a checklist."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from marketplace import access, clock
from marketplace.accounts.models import Role
from marketplace.db import transaction
from marketplace.errors import DomainError, NotFound
from marketplace.paging import page_number
from marketplace.requirements import queries, services
from marketplace.requirements.forms import CheckForm, EntryForm, SetForm, costs_form, stored
from marketplace.requirements.models import RequirementSet, Standing
from marketplace.schools import queries as schools
from marketplace.students import queries as students
from marketplace.vocabulary import REQUIREMENTS

bp = Blueprint("requirements", __name__, url_prefix="/requirements")
#: What stands last on a checklist: what waits for others, then what is done.
_SETTLED = {"waiting": 1, "cleared": 2}

Answer = str | Response | tuple[str, int]


@bp.get("")
@access.requires(Role.COORDINATOR)
def index() -> str:
    """The sets of the coordinator's schools."""
    return render_template("requirements/index.html", sets=queries.sets_of(access.require_actor()))


@bp.route("/new", methods=["GET", "POST"])
@access.requires(Role.COORDINATOR)
def new() -> Answer:
    """Make a set."""
    return _set_page(SetForm(), None)


@bp.route("/<int:set_id>", methods=["GET", "POST"])
@access.requires(Role.COORDINATOR)
def edit(set_id: int) -> Answer:
    """Change a set."""
    found = queries.own_set(access.require_actor(), set_id)
    return _set_page(SetForm(data=stored(found)), found)


def _set_page(form: SetForm, found: RequirementSet | None) -> Answer:
    actor = access.require_actor()
    form.offer(schools.coordinated(actor), queries.sites(), found)
    if form.validate_on_submit() and _saved(form, found):
        flash(_("Saved. Checklists and slots follow it from now on."), "good")
        return redirect(url_for("requirements.index"))
    found = queries.own_set(actor, found.id) if found is not None else None
    page = render_template("requirements/set.html", form=form, set=found)
    return (page, 422) if form.errors else page


def _saved(form: SetForm, found: RequirementSet | None) -> bool:
    actor, set_id = access.require_actor(), found.id if found else None
    school_id = found.school_id if found else form.school.data
    try:
        with transaction():
            services.save_set(actor, school_id, set_id=set_id, now=clock.now(), **form.fields())
    except DomainError as error:
        if error.reason == "name_taken":
            form.name.errors = [_("Your school has a set of this name")]
        else:
            form.for_start.errors = [_("Tick at least one item here or below")]
        return False
    return True


@bp.route("/<int:set_id>/costs", methods=["GET", "POST"])
@access.requires(Role.COORDINATOR)
def costs(set_id: int) -> Answer:
    """What the items of a set usually cost a student."""
    actor = access.require_actor()
    found = queries.own_set(actor, set_id)
    form = costs_form(found)
    if form.validate_on_submit():
        with transaction():
            services.set_costs(actor, set_id, form.costs(), now=clock.now())
        flash(_("The costs are saved. Students see them on the page of each slot."), "good")
        return redirect(url_for("requirements.index"))
    page = render_template("requirements/costs.html", set=found, form=form)
    return (page, 422) if form.errors else page


@bp.route("/<int:set_id>/remove", methods=["GET", "POST"])
@access.requires(Role.COORDINATOR)
def remove(set_id: int) -> str | Response:
    """Confirm, then delete a set."""
    actor = access.require_actor()
    found = queries.own_set(actor, set_id)
    if request.method == "GET":
        return render_template("requirements/remove.html", set=found)
    with transaction():
        services.remove_set(actor, set_id, now=clock.now())
    flash(_("The set is removed. What students entered is kept."), "info")
    return redirect(url_for("requirements.index"))


@bp.get("/students")
@access.requires(Role.COORDINATOR)
def people() -> str:
    """The students of the coordinator's schools and how ready they are."""
    number, today = page_number(request.args.get("page")), clock.now().date()
    page = queries.people(access.require_actor(), today, page=number)
    return render_template("requirements/people.html", page=page)


@bp.get("/students/<int:student_id>")
@access.requires(Role.COORDINATOR)
def student(student_id: int) -> str:
    """One student's checklist."""
    found = queries.student_of(access.require_actor(), student_id)
    return render_template(
        "requirements/student.html",
        student=found,
        rows=queries.checklist(found),
        today=clock.now().date(),
    )


@bp.route("/students/<int:student_id>/<kind>", methods=["GET", "POST"])
@access.requires(Role.COORDINATOR)
def check(student_id: int, kind: str) -> Answer:
    """Enter what was found for one item of a student."""
    actor = access.require_actor()
    found = queries.student_of(actor, student_id)
    row = _row(queries.checklist(found), kind)
    form = CheckForm(obj=row.said or row.checked, standing=Standing.CLEARED.value)
    if form.validate_on_submit():
        try:
            with transaction():
                services.check(
                    actor,
                    student_id,
                    kind,
                    standing=Standing(form.standing.data),
                    done_on=form.done_on.data,
                    expires_on=form.expires_on.data,
                    now=clock.now(),
                )
        except DomainError as error:
            _blame(form, error)
        else:
            flash(_("Saved. Only the student and your school's coordinators see it."), "good")
            return redirect(url_for("requirements.student", student_id=student_id))
    found = queries.student_of(actor, student_id)
    page = render_template(
        "requirements/check.html", form=form, student=found, kind=kind, label=REQUIREMENTS.label(kind)
    )
    return (page, 422) if form.errors else page


@bp.get("/mine")
@access.requires(Role.STUDENT)
def mine() -> str:
    """The student's own checklist, what is open first."""
    today = clock.now().date()
    found = students.own(access.require_actor(), request.args.get("programme", type=int))
    return render_template(
        "requirements/mine.html",
        student=found,
        rows=sorted(queries.checklist(found), key=lambda row: _SETTLED.get(row.state(today), 0)),
        today=today,
    )


@bp.route("/mine/<kind>", methods=["GET", "POST"])
@access.requires(Role.STUDENT)
def report(kind: str) -> Answer:
    """Say that an item is done, or when it will run out."""
    actor = access.require_actor()
    found = students.own(actor, request.args.get("programme", type=int))
    row = _row(queries.checklist(found), kind)
    form = EntryForm(obj=row.said)
    if form.validate_on_submit():
        try:
            with transaction():
                services.report(
                    actor,
                    kind,
                    done_on=form.done_on.data,
                    expires_on=form.expires_on.data,
                    now=clock.now(),
                    student_id=found.id,
                )
        except DomainError as error:
            _blame(form, error)
        else:
            flash(_("Saved. Your coordinator checks it."), "good")
            return redirect(url_for("requirements.mine", programme=request.args.get("programme", type=int)))
    page = render_template("requirements/report.html", form=form, kind=kind, label=REQUIREMENTS.label(kind))
    return (page, 422) if form.errors else page


def _row(rows: list[queries.Row], kind: str) -> queries.Row:
    found = next((row for row in rows if row.kind == kind), None)
    if found is None:
        raise NotFound("requirement")
    return found


def _blame(form: EntryForm, error: DomainError) -> None:
    if error.reason == "in_future":
        form.done_on.errors = [_("This day is still to come")]
    elif error.reason == "ends_before_start":
        form.expires_on.errors = [_("This lies before the day it was done")]
    else:
        raise error
