"""Confirming an address. Opening a link changes nothing; its button does."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_security import login_user
from flask_security.confirmable import confirm_email_token_status, confirm_user
from werkzeug.wrappers import Response

from marketplace import access
from marketplace.db import transaction

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
