"""A facility, its sites and contacts: its own pages, its public page, and its verification."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from marketplace import access, clock
from marketplace.accounts import services as accounts
from marketplace.accounts.models import Role
from marketplace.db import transaction
from marketplace.errors import DomainError, NotFound
from marketplace.facilities import queries as facilities
from marketplace.facilities import services
from marketplace.facilities.forms import ColleagueForm, FacilityForm, SiteForm
from marketplace.facilities.models import Facility
from marketplace.hosting import queries
from marketplace.hosting.words import blame
from marketplace.paging import page_number
from marketplace.vocabulary import ContactPolicy, FacilityKind

bp = Blueprint("facilities", __name__, url_prefix="/facilities")


@bp.get("/mine")
@access.requires(Role.FACILITY_CONTACT)
def mine() -> str:
    """The actor's facilities and their slots, with what each waits for."""
    actor = access.require_actor()
    closed = request.args.get("show") == "closed"
    page = queries.slots_of(actor, page=page_number(request.args.get("page")), closed=closed)
    return render_template("hosting/mine.html", facilities=facilities.mine(actor), page=page, closed=closed)


@bp.route("/new", methods=["GET", "POST"])
@access.signed_in
def new() -> str | Response | tuple[str, int]:
    """Register a facility; whoever does becomes its contact."""
    form = FacilityForm(data={"kind": FacilityKind.HOSPITAL.value, "contact_policy": "coordinator"})
    form.offer()
    if form.validate_on_submit():
        with transaction():
            made = services.create(
                access.require_actor(), now=clock.now(), name=form.name.data or "", **_described(form)
            )
            facility_id = made.id
        flash(_("Registered. Add the site where students will work."), "good")
        return redirect(url_for("facilities.add_site", facility_id=facility_id))
    page = render_template("hosting/facility_form.html", form=form, facility=None)
    return (page, 422) if form.errors else page


@bp.get("/<int:facility_id>")
@access.public
def show(facility_id: int) -> str:
    """What everyone sees of a verified facility; its contacts see it before."""
    actor = access.current_actor()
    facility = facilities.visible(actor, facility_id)
    return render_template(
        "hosting/facility.html",
        facility=facility,
        slots=queries.posted_of(facility_id),
        own=actor is not None and facility_id in actor.facilities,
    )


@bp.route("/<int:facility_id>/edit", methods=["GET", "POST"])
@access.requires(Role.FACILITY_CONTACT)
def edit(facility_id: int) -> str | Response | tuple[str, int]:
    """Change what the facility says of itself."""
    actor = access.require_actor()
    facility = facilities.own(actor, facility_id)
    form = FacilityForm(
        data={
            "name": facility.name,
            "kind": facility.kind.value,
            "website": facility.website,
            "about": facility.about,
            "contact_policy": facility.contact_policy.value,
        }
    )
    form.offer()
    if form.validate_on_submit():
        try:
            with transaction():
                services.edit(
                    actor, facility_id, now=clock.now(), name=form.name.data or "", **_described(form)
                )
        except NotFound:
            raise
        except DomainError as error:
            blame(form, error)
        else:
            flash(_("Saved."), "good")
            return redirect(url_for("facilities.show", facility_id=facility_id))
    page = render_template("hosting/facility_form.html", form=form, facility=facility)
    return (page, 422) if form.errors else page


def _described(form: FacilityForm) -> dict[str, Any]:
    return {
        "kind": FacilityKind(form.kind.data),
        "website": form.website.data or "",
        "about": form.about.data or "",
        "contact_policy": ContactPolicy(form.contact_policy.data),
    }


@bp.route("/<int:facility_id>/sites/new", methods=["GET", "POST"])
@access.requires(Role.FACILITY_CONTACT)
def add_site(facility_id: int) -> str | Response | tuple[str, int]:
    """Add an address."""
    actor = access.require_actor()
    facility = facilities.own(actor, facility_id)
    form = SiteForm(data={"name": "" if facility.sites else _("Main site")})
    if form.validate_on_submit():
        try:
            with transaction():
                services.add_site(
                    actor,
                    facility_id,
                    name=form.name.data or "",
                    address=form.address.data or "",
                    zip=form.zip.data or "",
                    now=clock.now(),
                )
        except NotFound:
            raise
        except DomainError as error:
            blame(form, error)
        else:
            flash(_("The site is added. You can post a slot there."), "good")
            return redirect(url_for("facilities.mine"))
    page = render_template("hosting/site_form.html", form=form, facility=facility)
    return (page, 422) if form.errors else page


@bp.route("/<int:facility_id>/contacts", methods=["GET", "POST"])
@access.requires(Role.FACILITY_CONTACT)
def contacts(facility_id: int) -> str | Response | tuple[str, int]:
    """Who acts for the facility; invite a colleague."""
    actor = access.require_actor()
    people, invited = facilities.contacts(actor, facility_id)
    form = ColleagueForm()
    if form.validate_on_submit():
        email = form.email.data or ""
        if any(person.email.lower() == email.strip().lower() for person in people):
            form.email.errors = [_("This person is a contact already")]
        else:
            with transaction():
                accounts.invite(
                    actor,
                    email,
                    Role.FACILITY_CONTACT,
                    now=clock.now(),
                    link=invitation_link(),
                    facility_id=facility_id,
                )
            flash(_("The invitation is on its way to %(email)s.", email=email), "good")
            return redirect(url_for("facilities.contacts", facility_id=facility_id))
    facility = facilities.own(actor, facility_id)
    now = clock.now()
    open_ = [(each.email, each.expires_at, each.expires_at <= now) for each in invited]
    page = render_template(
        "hosting/contacts.html", form=form, facility=facility, people=people, invited=open_
    )
    return (page, 422) if form.errors else page


def invitation_link() -> str:
    """The address that invitations lead to, with TOKEN where the token goes."""
    return str(current_app.config["PUBLIC_URL"]) + url_for("invitations.accept", token="TOKEN")


@bp.get("/unverified")
@access.requires(Role.COORDINATOR, Role.OPERATOR)
def unverified() -> str:
    """Facilities that wait to be verified."""
    waiting = facilities.unverified()
    return render_template(
        "hosting/unverified.html",
        waiting=waiting,
        contacts=facilities.first_contacts([facility.id for facility in waiting]),
    )


@bp.route("/<int:facility_id>/verify", methods=["GET", "POST"])
@access.requires(Role.COORDINATOR, Role.OPERATOR)
def verify(facility_id: int) -> str | Response:
    """Confirm that two independent signs were checked, then make the facility visible."""
    facility: Facility = facilities.unverified_one(facility_id)
    if request.method == "GET":
        return render_template("hosting/verify.html", facility=facility)
    with transaction():
        services.verify(access.require_actor(), facility_id, now=clock.now())
    flash(_("%(name)s is verified. Its posted slots are public.", name=facility.name), "good")
    return redirect(url_for("facilities.unverified"))
