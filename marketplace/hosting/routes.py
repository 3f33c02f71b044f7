"""A facility, its sites and contacts: its own pages and its public page."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from marketplace import access, clock
from marketplace.access import Actor
from marketplace.accounts import services as accounts
from marketplace.accounts.models import Role
from marketplace.db import transaction
from marketplace.errors import DomainError
from marketplace.facilities import queries as facilities
from marketplace.facilities import services
from marketplace.facilities.forms import ColleagueForm, FacilityForm, SiteForm
from marketplace.hosting import queries
from marketplace.hosting.words import blame
from marketplace.identity import asking
from marketplace.identity import services as identity
from marketplace.identity.asking import Answer
from marketplace.identity.forms import RegisterForm
from marketplace.paging import page_number
from marketplace.texts import services as texts
from marketplace.vocabulary import ContactPolicy, FacilityKind

bp = Blueprint("facilities", __name__, url_prefix="/facilities")


@bp.get("/mine")
@access.requires(Role.FACILITY_CONTACT)
def mine() -> str:
    """The actor's facilities and their slots, with what each waits for."""
    actor = access.require_actor()
    closed = request.args.get("show") == "closed"
    page = queries.slots_of(actor, page=page_number(request.args.get("page")), closed=closed)
    return render_template(
        "hosting/mine.html",
        facilities=facilities.mine(actor),
        page=page,
        closed=closed,
        waiting=texts.waiting_slots([row.slot.id for row in page.items]),
    )


@bp.route("/new", methods=["GET", "POST"])
@access.signed_in
def new() -> str | Response | tuple[str, int]:
    """Register a facility, unless it is here already; whoever does becomes its contact."""
    form = RegisterForm(data={"kind": FacilityKind.HOSPITAL.value, "contact_policy": "coordinator"})
    form.offer()
    actor = access.require_actor()
    if form.validate_on_submit() and (answer := asking.answer(form, actor)):
        return _registered(actor, form, answer)
    page = render_template("hosting/facility_form.html", form=form, facility=None)
    return (page, 422) if form.errors else page


def _registered(actor: Actor, form: RegisterForm, answer: Answer) -> Response:
    now = clock.now()
    if answer.facility_id is not None:
        with transaction():
            asked = identity.ask_to_join(
                actor, answer.facility_id, email=actor.email, link=_contacts_link(answer.facility_id), now=now
            )
        flash(_asked_to_join(asked=asked), "info")
        return redirect(url_for("home.start"))
    with transaction():
        made = identity.register(
            actor,
            listing_id=answer.listing_id,
            name=form.name.data or "",
            zip=form.zip.data or "",
            now=now,
            **_described(form),
        )
        facility_id, has_site = made.id, facilities.has_site(made.id)
    if has_site:
        flash(_("Registered, with the address of the public directory. You can post a slot."), "good")
        return redirect(url_for("facilities.mine"))
    flash(_("Registered. Add the site where students will work."), "good")
    return redirect(url_for("facilities.add_site", facility_id=facility_id))


def _asked_to_join(*, asked: bool) -> str:
    if asked:
        return _(
            "It is here already. We told its contacts that you would like to join; one of them invites you."
        )
    return _(
        "It is here already, and nobody acts for it yet. Ask the coordinator who brought it in for a link."
    )


def _contacts_link(facility_id: int) -> str:
    return str(current_app.config["PUBLIC_URL"]) + url_for("facilities.contacts", facility_id=facility_id)


@bp.get("/<int:facility_id>")
@access.public
def show(facility_id: int) -> str | Response:
    """What everyone sees of a verified facility; its contacts see it before. Merged, it leads on."""
    actor = access.current_actor()
    kept = facilities.kept_instead_of(facility_id)
    if kept is not None:
        facilities.visible(actor, kept)
        return redirect(url_for("facilities.show", facility_id=kept), code=301)
    facility = facilities.visible(actor, facility_id)
    own = actor is not None and facility_id in actor.facilities
    return render_template(
        "hosting/facility.html",
        facility=facility,
        slots=queries.posted_of(facility_id),
        own=own,
        waits=texts.waiting(facility_id, None) if own else None,
        sent_back=texts.sent_back(facility_id, None) if own else None,
    )


@bp.route("/<int:facility_id>/edit", methods=["GET", "POST"])
@access.requires(Role.FACILITY_CONTACT)
def edit(facility_id: int) -> str | Response | tuple[str, int]:
    """Change what the facility says of itself."""
    actor = access.require_actor()
    facility = facilities.own(actor, facility_id)
    waits = texts.waiting(facility_id, None)
    form = FacilityForm(
        data={
            "name": facility.name,
            "kind": facility.kind.value,
            "website": facility.website,
            "phone": facility.phone,
            "about": facility.about,
            "contact_policy": facility.contact_policy.value,
            **(waits.fields if waits else {}),
        }
    )
    form.offer()
    if form.validate_on_submit():
        try:
            with transaction():
                services.edit(
                    actor, facility_id, now=clock.now(), name=form.name.data or "", **_described(form)
                )
        except DomainError as error:
            blame(form, error)
        else:
            flash(_saved(facility_id), "good")
            return redirect(url_for("facilities.show", facility_id=facility_id))
    page = render_template("hosting/facility_form.html", form=form, facility=facility)
    return (page, 422) if form.errors else page


def _saved(facility_id: int) -> str:
    if texts.waiting(facility_id, None):
        return _("Saved. The new text shows once someone has read it.")
    return _("Saved.")


def _described(form: FacilityForm) -> dict[str, Any]:
    return {
        "kind": FacilityKind(form.kind.data),
        "website": form.website.data or "",
        "phone": form.phone.data or "",
        "about": form.about.data or "",
        "contact_policy": ContactPolicy(form.contact_policy.data),
    }


@bp.post("/<int:facility_id>/confirm")
@access.requires(Role.FACILITY_CONTACT)
def confirm(facility_id: int) -> Response:
    """The facility still hosts."""
    with transaction():
        services.confirm(access.require_actor(), facility_id, now=clock.now())
    flash(_("Thank you. You are listed as a host."), "good")
    return redirect(url_for("facilities.mine"))


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
