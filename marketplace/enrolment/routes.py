"""A coordinator sees the school's students, keeps its programmes, and invites people."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from marketplace import access, clock, vocabulary
from marketplace.accounts import services as accounts
from marketplace.accounts.models import Role
from marketplace.db import transaction
from marketplace.enrolment import addresses, queries
from marketplace.enrolment.addresses import Fault, Pasted
from marketplace.enrolment.forms import BringInForm, InviteColleagueForm, InviteStudentsForm
from marketplace.errors import DomainError
from marketplace.identity import asking
from marketplace.identity import services as identity
from marketplace.paging import page_number
from marketplace.schools import courses, services
from marketplace.schools import queries as schools
from marketplace.schools.forms import ProgrammeForm
from marketplace.schools.models import Programme
from marketplace.students import queries as students
from marketplace.vocabulary import FacilityKind, Level, Modality

bp = Blueprint("schools", __name__, url_prefix="/school")

Answer = str | Response | tuple[str, int]


@bp.get("/people")
@access.requires(Role.COORDINATOR)
def people() -> str:
    """The students of the coordinator's schools."""
    actor = access.require_actor()
    text = request.args.get("q", "")[:100]
    return render_template(
        "enrolment/people.html",
        page=queries.people(actor, text=text, page=page_number(request.args.get("page"))),
        text=text,
        waiting=len(students.waiting(actor)),
        invited=queries.invited(actor, clock.now()),
    )


@bp.route("/programmes", methods=["GET", "POST"])
@access.requires(Role.COORDINATOR)
def programmes() -> Answer:
    """The programmes of the coordinator's schools; add one."""
    actor = access.require_actor()
    form = _programme_form(ProgrammeForm(data={"level": Level.ASSOCIATE.value, "required_hours": 120}))
    if form.validate_on_submit() and _saved(form, None):
        flash(_("The programme is added. You can invite its students."), "good")
        return redirect(url_for("schools.programmes"))
    page = render_template("enrolment/programmes.html", form=form, schools=schools.coordinated(actor))
    return (page, 422) if form.errors else page


@bp.route("/programmes/<int:programme_id>", methods=["GET", "POST"])
@access.requires(Role.COORDINATOR)
def programme(programme_id: int) -> Answer:
    """Change a programme."""
    found = queries.programme(access.require_actor(), programme_id)
    values = {"name": found.name, "level": found.level.value, "required_hours": found.required_hours}
    form = _programme_form(ProgrammeForm(data={**values, "school": found.school_id, "field": found.field}))
    if form.validate_on_submit() and _saved(form, found):
        flash(_("Saved."), "good")
        return redirect(url_for("schools.programmes"))
    # Read again: a refused change was rolled back, and what was loaded with it.
    found = queries.programme(access.require_actor(), programme_id)
    known = courses.of_programme(programme_id)
    kinds = {c.id: ", ".join(vocabulary.label(Modality(each)) for each in c.modalities) for c in known}
    page = render_template(
        "enrolment/programme.html", form=form, programme=found, courses=known, courses_words=kinds
    )
    return (page, 422) if form.errors else page


def _programme_form(form: ProgrammeForm) -> ProgrammeForm:
    form.offer([(school.id, school.name) for school in schools.coordinated(access.require_actor())])
    return form


def _saved(form: ProgrammeForm, found: Programme | None) -> bool:
    actor, now = access.require_actor(), clock.now()
    fields: dict[str, Any] = {
        "name": form.name.data or "",
        "level": Level(form.level.data),
        "required_hours": form.required_hours.data or 0,
        "field": form.field.data or "",
    }
    try:
        with transaction():
            if found is None:
                services.add_programme(actor, form.school.data, now=now, **fields)
            else:
                services.edit_programme(actor, found.id, now=now, **fields)
    except DomainError:
        form.name.errors = [_("Your school has a programme of this name")]
        return False
    return True


@bp.route("/invite", methods=["GET", "POST"])
@access.requires(Role.COORDINATOR)
def invite() -> Answer:
    """Invite many students. While a line is bad nothing is sent, unless the person says: send the others."""
    actor = access.require_actor()
    form = InviteStudentsForm()
    form.programme.choices = [
        (programme.id, f"{programme.name}, {school.name}")
        for school in schools.coordinated(actor)
        for programme in school.programmes
    ]
    pasted = Pasted()
    if form.validate_on_submit():
        pasted = _read(form)
        if pasted.good and (not pasted.bad or "good-ones" in request.form):
            _send(form.programme.data, pasted.good)
            return redirect(url_for("schools.people"))
        form.addresses.errors = [_("Nothing was sent yet: some lines can't be used")]
    page = render_template("enrolment/invite.html", form=form, pasted=pasted, reason=_reason)
    return (page, 422) if form.errors else page


def _read(form: InviteStudentsForm) -> Pasted:
    programme_id = form.programme.data
    return addresses.read(
        form.addresses.data or "",
        known=queries.addresses_in(programme_id),
        invited=queries.addresses_invited(programme_id, clock.now()),
    )


def _send(programme_id: int, good: list[str]) -> None:
    actor, now, link = access.require_actor(), clock.now(), _link()
    programme = queries.programme(actor, programme_id)
    with transaction():
        for email in good:
            accounts.invite(
                actor,
                email,
                Role.STUDENT,
                now=now,
                link=link,
                school_id=programme.school_id,
                programme_id=programme.id,
            )
    flash(
        ngettext("%(num)d invitation is on its way.", "%(num)d invitations are on their way.", len(good)),
        "good",
    )


def _reason(fault: Fault) -> str:
    return {
        Fault.INVALID: _("not an e-mail address"),
        Fault.TWICE: _("stands here twice"),
        Fault.KNOWN: _("is a student of this programme already, or asks to join"),
        Fault.INVITED: _("was invited and has not answered yet"),
        Fault.TOO_MANY: _("more than %(most)d at once", most=addresses.MOST),
    }[fault]


@bp.route("/invite-coordinator", methods=["GET", "POST"])
@access.requires(Role.COORDINATOR)
def invite_coordinator() -> Answer:
    """Invite a colleague to coordinate the same school."""
    actor = access.require_actor()
    form = InviteColleagueForm()
    form.school.choices = [(school.id, school.name) for school in schools.coordinated(actor)]
    if form.validate_on_submit():
        email, school_id = form.email.data or "", form.school.data
        with transaction():
            accounts.invite(
                actor, email, Role.COORDINATOR, now=clock.now(), link=_link(), school_id=school_id
            )
        flash(_("The invitation is on its way to %(email)s.", email=email), "good")
        return redirect(url_for("schools.people"))
    page = render_template("enrolment/invite_coordinator.html", form=form)
    return (page, 422) if form.errors else page


@bp.route("/invite-facility", methods=["GET", "POST"])
@access.requires(Role.COORDINATOR)
def invite_facility() -> Answer:
    """Draft a facility and invite its first contact, unless it is here already."""
    form = BringInForm()
    form.offer()
    if form.validate_on_submit() and (answer := asking.answer(form, access.require_actor())):
        if answer.facility_id is None:
            _bring_in(form, answer)
        else:
            _ask_existing(form.email.data or "", answer.facility_id)
        return redirect(url_for("verification.waiting"))
    page = render_template("enrolment/invite_facility.html", form=form)
    return (page, 422) if form.errors else page


def _bring_in(form: BringInForm, answer: asking.Answer) -> None:
    with transaction():
        identity.bring_in(
            access.require_actor(),
            listing_id=answer.listing_id,
            name=form.name.data or "",
            kind=FacilityKind(form.kind.data),
            email=form.email.data or "",
            link=_link(),
            now=clock.now(),
        )
    flash(_("The invitation is on its way. Verify the facility when you have checked it."), "good")


def _ask_existing(email: str, facility_id: int) -> None:
    """Its own contacts invite the newcomer; where nobody speaks for it yet, the coordinator does."""
    actor, now = access.require_actor(), clock.now()
    contacts = str(current_app.config["PUBLIC_URL"]) + url_for("facilities.contacts", facility_id=facility_id)
    with transaction():
        asked = identity.ask_to_join(actor, facility_id, email=email, link=contacts, now=now)
        if not asked:
            identity.invite_first(actor, facility_id, email=email, link=_link(), now=now)
    if asked:
        flash(_("It is here already. We asked its contacts to invite %(email)s.", email=email), "good")
    else:
        flash(_("It is here already. The invitation is on its way to %(email)s.", email=email), "good")


def _link() -> str:
    return str(current_app.config["PUBLIC_URL"]) + url_for("invitations.accept", token="TOKEN")
