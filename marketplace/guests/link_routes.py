"""What every link offers: a new one in place of one that is late, and the code before students' data."""

from __future__ import annotations

from flask import flash, redirect, render_template, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from marketplace import access, clock
from marketplace.db import transaction
from marketplace.errors import DomainError, NotFound
from marketplace.guests import doors, letters
from marketplace.guests.blueprint import bp
from marketplace.links import queries, services
from marketplace.links.models import LinkToken


@bp.post("/link/<link_token>/new")
@access.public
def send_again(link_token: str) -> str | tuple[str, int]:
    """Mail a new link to the address the old one was sent to, and to no other."""
    try:
        with transaction():
            token = queries.known(link_token, lock=True)
            services.require_calm(token.link.email, now=clock.now())
            services.send(None, token.link, letter=letters.again(token.link), now=clock.now())
            where = doors.masked(token.link)
    except NotFound:
        return render_template("guests/shut.html", secret=None, masked=None), 410
    except DomainError:  # taken back, or sent too often: the newest mail has it, if any
        return render_template("guests/sent.html", masked=None)
    return render_template("guests/sent.html", masked=where)


@bp.post("/link/<link_token>/code")
@access.public
def send_code(link_token: str) -> Response:
    """Mail a six-digit code, and come back to the page that asks for it."""
    token = _open(link_token)
    back = letters.page_of(token.link.purpose, link_token)
    if doors.send_code(token):
        flash(_("A code is on its way to your mail. It works for 15 minutes."), "good")
    else:
        flash(_("Too many codes were sent for this link. Have a new link sent to you."), "bad")
    return redirect(back)


@bp.post("/link/<link_token>/check")
@access.public
def check_code(link_token: str) -> Response:
    """Try the code that was typed."""
    token = _open(link_token)
    back = letters.page_of(token.link.purpose, link_token)
    if not doors.try_code(token, request.form.get("code", "")):
        flash(_("This code doesn't work. Type the newest one, or have another sent."), "bad")
    return redirect(back)


def _open(secret: str) -> LinkToken:
    """A working token, whatever it is for."""
    try:
        found = queries.known(secret)
    except NotFound:
        raise doors.Shut(secret, None) from None
    return doors.open_(secret, found.link.purpose)
