"""Accepting an invitation. Opening its link changes nothing; the button does.

Stands above accounts and students: whoever accepts as a student is enrolled in the same step.
"""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_security import login_user
from werkzeug.wrappers import Response

from marketplace import access, clock
from marketplace.accounts import services as accounts
from marketplace.accounts.forms import AcceptInvitationForm
from marketplace.accounts.models import Invitation, Role, User
from marketplace.db import db, transaction
from marketplace.errors import DomainError, NotFound
from marketplace.facilities.models import Facility
from marketplace.schools.models import School
from marketplace.students import services as students

bp = Blueprint("invitations", __name__)


@bp.route("/invitations/<token>", methods=["GET", "POST"])
@access.public
def accept(token: str) -> str | Response | tuple[str, int]:
    """Accept an invitation, as a new person or as the one signed in."""
    now = clock.now()
    try:
        offer = accounts.open_invitation(token, now=now)
    except NotFound:
        return render_template("accounts/link_expired.html", invitation=True), 410
    actor = access.current_actor()
    known = _invited(offer, actor)
    mine = known is not None and actor is not None and actor.user_id == known.id
    form = AcceptInvitationForm(data={"name": offer.name})
    if offer.email:
        del form.email
    ready = form.is_submitted() if mine else known is None and actor is None and form.validate_on_submit()
    if ready:
        try:
            return _accept(token, offer, known, form)
        except DomainError:  # of an address typed here
            form.email.errors = [_("There is an account with this address: sign in first")]
    page = render_template(
        "accounts/invitation.html", offer=offer, place=_place(offer), form=form, known=known, mine=mine
    )
    return (page, 422) if form.is_submitted() else page


def _accept(token: str, offer: Invitation, known: User | None, form: AcceptInvitationForm) -> Response:
    now = clock.now()
    with transaction():
        user = known or accounts.create_user(
            offer.email or form.email.data or "",
            name=form.name.data or "",
            password=form.password.data or "",
            now=now,
        )
        accounts.accept_invitation(token, user, now=now)
        if offer.role is Role.STUDENT and offer.programme_id is not None:
            students.enrol(None, user, offer.programme_id, now=now)
        login_user(user)
    flash(_("Welcome. Here is what to do next."), "good")
    return redirect(url_for("home.start"))


def _invited(offer: Invitation, actor: access.Actor | None) -> User | None:
    """The account the invitation is for. One without an address is for whoever holds its link."""
    if offer.email:
        return accounts.find_user(offer.email)
    return db.session.get(User, actor.user_id) if actor else None


def _place(offer: Invitation) -> str:
    """The name of the school or facility one is invited to."""
    if offer.school_id is not None:
        return db.session.get_one(School, offer.school_id).name
    if offer.facility_id is not None:
        return db.session.get_one(Facility, offer.facility_id).name
    return ""
