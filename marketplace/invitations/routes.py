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
from marketplace.accounts.models import Role
from marketplace.db import transaction
from marketplace.students import services as students

bp = Blueprint("invitations", __name__)


@bp.route("/invitations/<token>", methods=["GET", "POST"])
@access.public
def accept(token: str) -> str | Response:
    """Accept an invitation, as a new person or as the one signed in."""
    now = clock.now()
    offer = accounts.open_invitation(token, now=now)
    known = accounts.find_user(offer.email)
    actor = access.current_actor()
    mine = known is not None and actor is not None and actor.user_id == known.id
    form = AcceptInvitationForm()
    ready = form.validate_on_submit() if known is None else (form.is_submitted() and mine)
    if not ready:
        return render_template("accounts/invitation.html", offer=offer, form=form, known=known, mine=mine)
    with transaction():
        user = known or accounts.create_user(
            offer.email, name=form.name.data or "", password=form.password.data or "", now=now
        )
        accounts.accept_invitation(token, user, now=now)
        if offer.role is Role.STUDENT and offer.programme_id is not None:
            students.enrol(None, user, offer.programme_id, now=now)
        login_user(user)
    flash(_("Welcome. Here is what to do next."), "good")
    return redirect(url_for("home.start"))
