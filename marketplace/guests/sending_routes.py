"""Send links to hosts, and see where they stand: for coordinators, and for contacts to their colleagues."""

from __future__ import annotations

from collections.abc import Callable

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import SelectField, StringField
from wtforms.validators import DataRequired, Email, Length

from marketplace import access, clock
from marketplace.access import Actor
from marketplace.accounts.models import Role
from marketplace.db import transaction
from marketplace.errors import DomainError
from marketplace.facilities import queries as facilities
from marketplace.guests import letters, services
from marketplace.guests.blueprint import bp
from marketplace.links import queries
from marketplace.links import services as links
from marketplace.links.models import EmailLink

Answer = str | Response | tuple[str, int]


class AddressForm(FlaskForm):
    """To whom a link goes, and for which facility."""

    email = StringField(
        lazy_gettext("E-mail address"),
        validators=[
            DataRequired(lazy_gettext("Give an e-mail address")),
            Length(max=254),
            Email(lazy_gettext("This is not an e-mail address")),
        ],
    )
    facility = SelectField(lazy_gettext("For"), coerce=int)


@bp.route("/links", methods=["GET", "POST"])
@access.requires(Role.COORDINATOR, Role.FACILITY_CONTACT)
def sent_links() -> Answer:
    """Ask someone to host, and see what became of the links sent before."""
    actor = access.require_actor()
    form = AddressForm()
    form.facility.choices = _offered(actor)
    if form.validate_on_submit():
        with transaction():
            services.invite_host(
                actor, form.email.data or "", facility_id=form.facility.data or None, now=clock.now()
            )
        flash(_("The link is on its way to %(email)s.", email=form.email.data), "good")
        return redirect(url_for("guests.sent_links"))
    sent = queries.sent_by(actor, now=clock.now())
    page = render_template("guests/links.html", form=form, sent=sent)
    return (page, 422) if form.errors else page


@bp.route("/links/<int:link_id>", methods=["GET", "POST"])
@access.requires(Role.COORDINATOR, Role.FACILITY_CONTACT)
def mend_link(link_id: int) -> Answer:
    """Mend the address of a link that came back; it is sent once more, and the old one stops working."""
    actor = access.require_actor()
    link = queries.sent_one(actor, link_id)
    form = AddressForm(data={"email": link.email})
    del form.facility
    if form.validate_on_submit():
        return _changed(link_id, lambda found: _mend(actor, found, form.email.data or ""))
    page = render_template("guests/mend.html", form=form, link=link)
    return (page, 422) if form.errors else page


@bp.post("/links/<int:link_id>/again")
@access.requires(Role.COORDINATOR, Role.FACILITY_CONTACT)
def send_link_again(link_id: int) -> Response:
    """Send a link once more to the same address; the older one stops working."""
    actor = access.require_actor()
    return _changed(
        link_id, lambda found: links.send(actor, found, letter=letters.again(found), now=clock.now())
    )


@bp.post("/links/<int:link_id>/revoke")
@access.requires(Role.COORDINATOR, Role.FACILITY_CONTACT)
def revoke_link(link_id: int) -> Response:
    """Take a link back."""
    actor = access.require_actor()
    with transaction():
        links.revoke(actor, queries.sent_one(actor, link_id), now=clock.now())
    flash(_("The link is taken back. It opens nothing any more."), "good")
    return redirect(url_for("guests.sent_links"))


def _offered(actor: Actor) -> list[tuple[int, str]]:
    mine = [(facility.id, facility.name) for facility in facilities.mine(actor)]
    return [(0, _("Their own organisation")), *mine] if actor.has(Role.COORDINATOR) else mine


def _mend(actor: Actor, link: EmailLink, email: str) -> None:
    links.mend_address(actor, link, email, letter=letters.again(link), now=clock.now())


def _changed(link_id: int, change: Callable[[EmailLink], None]) -> Response:
    try:
        with transaction():
            link = queries.sent_one(access.require_actor(), link_id)
            change(link)
            where = link.email
    except DomainError:
        flash(_("This link was taken back. Send a new one instead."), "bad")
    else:
        flash(_("The link is on its way to %(email)s.", email=where), "good")
    return redirect(url_for("guests.sent_links"))
