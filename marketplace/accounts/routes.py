"""Confirming an address, and a person's own account. Opening a link changes nothing; its button does."""

from __future__ import annotations

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_security import login_user, logout_user
from flask_security.confirmable import confirm_email_token_status, confirm_user
from werkzeug.wrappers import Response

from marketplace import access, clock
from marketplace.accounts import addresses, services
from marketplace.accounts.forms import AccountForm, AddressForm, MailForm
from marketplace.db import transaction
from marketplace.errors import DomainError, NotFound
from marketplace.mail import digests, mailboxes
from marketplace.mail.models import Choice

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
        mail_form=MailForm(data={"choice": mailboxes.choice_of(actor.email).value}),
        changed_at=services.last_change(actor.user_id),
        roles=list(dict.fromkeys(role for role, _school, _facility in actor.scopes)),
    )
    return (page, 422) if form.errors else page


@bp.post("/account/mail")
@access.signed_in
def choose_mail() -> Response:
    """Choose how news comes."""
    form = MailForm()
    if form.validate_on_submit():
        with transaction():
            mailboxes.choose(access.require_actor().email, Choice(form.choice.data))
        flash(_("Saved."), "good")
    else:
        flash(_("Choose one of the three ways. Nothing was changed."), "bad")
    return redirect(url_for("accounts.mine"))


@bp.route("/account/address", methods=["GET", "POST"])
@access.signed_in
def change_address() -> str | Response | tuple[str, int]:
    """Name another address; a mail goes there."""
    actor, form = access.require_actor(), AddressForm()
    if form.validate_on_submit():
        try:
            with transaction():
                new = form.email.data or ""
                addresses.ask(actor, actor.user_id, new, link=address_link(), now=clock.now())
        except DomainError as error:
            form.email.errors = [address_fault(error)]
        else:
            flash(_("Look into the mailbox of %(address)s: a link waits there.", address=new), "good")
            return redirect(url_for("accounts.mine"))
    page = render_template("accounts/address.html", form=form)
    return (page, 422) if form.errors else page


@bp.route("/account/address/<address_token>", methods=["GET", "POST"])
@access.signed_in
def confirm_address(address_token: str) -> str | Response:
    """Confirm, signed in, that another address is one's own. Opening the link changes nothing."""
    actor, now = access.require_actor(), clock.now()
    offer = addresses.offered(actor, address_token, now=now)
    if offer is None:
        raise NotFound("token")
    if request.method == "GET":
        return render_template("accounts/address_confirm.html", offer=offer)
    try:
        with transaction():
            addresses.change(actor, offer, now=now)
    except DomainError as error:
        flash(address_fault(error), "bad")
    else:
        flash(
            _("Your address is %(address)s now. Mail that came back goes there.", address=offer.new), "good"
        )
    return redirect(url_for("accounts.mine"))


def address_link() -> str:
    """Where the mail to a new address leads, with ``TOKEN`` in it."""
    page = url_for("accounts.confirm_address", address_token="TOKEN")
    return str(current_app.config["PUBLIC_URL"]) + page


def address_fault(error: DomainError) -> str:
    """The sentence for a refused address."""
    return {
        "same": _("This is the address that is known already"),
        "email_taken": _("This address belongs to another account"),
    }[error.reason]


@bp.route("/digest/stop/<digest_token>", methods=["GET", "POST"])
@access.public
def stop_digest(digest_token: str) -> str:
    """Stop the digests of whoever got this link. Opening it changes nothing."""
    address = digests.whose(digest_token)
    if address is None:
        raise NotFound("token")
    if request.method == "POST":
        with transaction():
            mailboxes.choose(address, Choice.NEEDED)
    return render_template("accounts/stop_digest.html", stopped=request.method == "POST")


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
