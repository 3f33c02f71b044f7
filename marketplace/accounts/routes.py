"""Confirming an address, and a person's own account. Opening a link changes nothing; its button does."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_security import login_user, logout_user
from flask_security.confirmable import confirm_email_token_status, confirm_user
from werkzeug.wrappers import Response

from marketplace import access, clock
from marketplace.accounts import services
from marketplace.accounts.forms import AccountForm
from marketplace.db import transaction

bp = Blueprint("accounts", __name__)


@bp.route("/welcome/<token>", methods=["GET", "POST"])
@access.public
def confirm(token: str) -> str | Response | tuple[str, int]:
    """Confirm an e-mail address."""
    expired, invalid, user = confirm_email_token_status(token)  # type: ignore[no-untyped-call]
    # A link that was used must not sign in whoever finds it later.
    if invalid or expired or user is None or user.confirmed_at is not None:
        return render_template("accounts/link_expired.html"), 410
    if request.method == "GET":
        return render_template("accounts/confirm.html", email=user.email)
    with transaction():
        confirm_user(user)  # type: ignore[no-untyped-call]
        login_user(user)
    flash(_("Your address is confirmed. You are signed in."), "good")
    return redirect(url_for("home.start"))


@bp.route("/account", methods=["GET", "POST"])
@access.signed_in
def mine() -> str | Response | tuple[str, int]:
    """The person's own account."""
    actor = access.require_actor()
    form = AccountForm(data={"name": actor.name})
    if form.validate_on_submit():
        with transaction():
            services.rename(actor, form.name.data or "", now=clock.now())
        flash(_("Saved."), "good")
        return redirect(url_for("accounts.mine"))
    page = render_template(
        "accounts/mine.html",
        form=form,
        changed_at=services.last_change(actor.user_id),
        roles=list(dict.fromkeys(role for role, _school, _facility in actor.scopes)),
    )
    return (page, 422) if form.errors else page


@bp.route("/account/sign-out-everywhere", methods=["GET", "POST"])
@access.signed_in
def sign_out_everywhere() -> str | Response:
    """Confirm, then end every session of the person."""
    if request.method == "GET":
        return render_template("accounts/sign_out_everywhere.html")
    with transaction():
        services.end_sessions(access.require_actor(), now=clock.now())
    logout_user()
    flash(_("You are signed out everywhere."), "good")
    return redirect(url_for("security.login"))
