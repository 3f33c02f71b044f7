"""Confirming an address and accepting an invitation. Opening a link changes nothing; its button does."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_security import login_user
from flask_security.confirmable import confirm_email_token_status, confirm_user
from werkzeug.wrappers import Response

from marketplace import access, clock
from marketplace.accounts import services
from marketplace.accounts.forms import AcceptInvitationForm
from marketplace.accounts.models import Role
from marketplace.db import transaction
from marketplace.students import services as students

bp = Blueprint("accounts", __name__)


@bp.route("/welcome/<token>", methods=["GET", "POST"])
@access.public
def confirm(token: str) -> str | Response:
    """Confirm an e-mail address."""
    expired, invalid, user = confirm_email_token_status(token)  # type: ignore[no-untyped-call]
    if invalid or expired or user is None:
        return render_template("accounts/link_expired.html")
    if request.method == "GET":
        return render_template("accounts/confirm.html", email=user.email)
    with transaction():
        confirm_user(user)  # type: ignore[no-untyped-call]
        login_user(user)
    flash(_("Your address is confirmed. You are signed in."), "good")
    return redirect(url_for("home.start"))


@bp.route("/invitations/<token>", methods=["GET", "POST"])
@access.public
def invitation(token: str) -> str | Response:
    """Accept an invitation, as a new person or as the one signed in."""
    now = clock.now()
    offer = services.open_invitation(token, now=now)
    known = services.find_user(offer.email)
    actor = access.current_actor()
    mine = known is not None and actor is not None and actor.user_id == known.id
    form = AcceptInvitationForm()
    ready = form.validate_on_submit() if known is None else (form.is_submitted() and mine)
    if not ready:
        return render_template("accounts/invitation.html", offer=offer, form=form, known=known, mine=mine)
    with transaction():
        user = known or services.create_user(
            offer.email, name=form.name.data or "", password=form.password.data or "", now=now
        )
        services.accept_invitation(token, user, now=now)
        if offer.role is Role.STUDENT and offer.programme_id is not None:
            students.enrol(None, user, offer.programme_id, now=now)
        login_user(user)
    flash(_("Welcome. Here is what to do next."), "good")
    return redirect(url_for("home.start"))
