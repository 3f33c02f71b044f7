"""A coordinator sees whose mail comes back, and mends the address."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from marketplace import access, clock
from marketplace.accounts.forms import AddressForm
from marketplace.accounts.models import Role
from marketplace.accounts.routes import address_fault, address_link
from marketplace.db import transaction
from marketplace.enrolment import returned
from marketplace.errors import DomainError

bp = Blueprint("returned", __name__, url_prefix="/school/returned-mail")


@bp.get("")
@access.requires(Role.COORDINATOR)
def index() -> str:
    """Everyone whose mail comes back."""
    return render_template("enrolment/returned.html", people=returned.of(access.require_actor(), clock.now()))


@bp.route("/<int:mailbox_id>", methods=["GET", "POST"])
@access.requires(Role.COORDINATOR)
def mend(mailbox_id: int) -> str | Response | tuple[str, int]:
    """Write the right address."""
    actor, now = access.require_actor(), clock.now()
    found, form = returned.one(actor, mailbox_id, now), AddressForm()
    if found.link_id is not None:
        return redirect(url_for("guests.mend_link", link_id=found.link_id))
    if form.validate_on_submit():
        new = form.email.data or ""
        try:
            with transaction():
                returned.mend(actor, mailbox_id, new, link=address_link(), now=now)
        except DomainError as error:
            form.email.errors = [address_fault(error)]
        else:
            flash(_said(found, new), "good")
            return redirect(url_for("returned.index"))
    page = render_template("enrolment/returned_mend.html", found=found, form=form)
    return (page, 422) if form.errors else page


def _said(found: returned.Returned, new: str) -> str:
    if found.user_id is None:
        return _("The invitation goes to %(address)s.", address=new)
    return _("A mail is on its way to %(address)s. It counts once they confirm it, signed in.", address=new)
