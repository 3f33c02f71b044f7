"""Open the door that a link in an address leads to, or say why it stays shut.

Opening changes nothing: mail scanners open links too. What happens, happens by the buttons on the page.
"""

from __future__ import annotations

from flask import session

from marketplace import clock
from marketplace.db import transaction
from marketplace.errors import DomainError, NotFound
from marketplace.links import queries, services
from marketplace.links.models import EmailLink, LinkToken, Purpose

_PASSES = "link-passes"
#: How many links one browser may have open with a code at a time.
_MOST_PASSES = 8


class Shut(DomainError):
    """The link doesn't work: never issued (``token`` None), late, replaced or taken back."""

    def __init__(self, secret: str, token: LinkToken | None) -> None:
        super().__init__("link_shut")
        self.secret, self.token = secret, token


def open_(secret: str, purpose: Purpose, *, lock: bool = False) -> LinkToken:
    """The working token of an address. Raises Shut. ``lock`` holds the link until commit."""
    try:
        token = queries.known(secret, purpose, lock=lock)
    except NotFound:
        raise Shut(secret, None) from None
    if not queries.works(token, clock.now()):
        raise Shut(secret, token)
    return token


def has_pass(token: LinkToken) -> bool:
    """Whether this browser typed the code that was mailed."""
    return queries.has_passed(token, session.get(_PASSES, {}).get(str(token.id)), clock.now())


def send_code(token: LinkToken) -> bool:
    """Mail a code; False where too many were sent already."""
    try:
        with transaction():
            services.send_code(token, now=clock.now())
    except DomainError:
        return False
    return True


def try_code(token: LinkToken, code: str) -> bool:
    """Try a code; the right one is remembered by this browser."""
    with transaction():
        ticket = services.pass_code(token, code, now=clock.now())
        token_id = token.id
    if ticket is None:
        return False
    kept = [*session.get(_PASSES, {}).items(), (str(token_id), ticket)]
    session[_PASSES] = dict(kept[-_MOST_PASSES:])
    return True


def masked(link: EmailLink) -> str:
    """An address so that its owner knows it and nobody else learns it.

    >>> masked(EmailLink(email="cleo.contact@bay.example"))
    'c…@b….example'
    """
    name, _at, domain = link.email.partition("@")
    host, _dot, top = domain.rpartition(".")
    return f"{name[:1]}…@{host[:1]}….{top}"
