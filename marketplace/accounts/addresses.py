"""A person has another address: whoever says so, it counts once the person, signed in, confirms it by mail.

A coordinator who could simply write one could have the password reset there and act as the person.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from flask import current_app
from itsdangerous import BadSignature, URLSafeSerializer

from marketplace.access import Actor
from marketplace.accounts import services
from marketplace.accounts.models import Invitation, User
from marketplace.audit import services as audit
from marketplace.db import db
from marketplace.errors import DomainError
from marketplace.mail import mailboxes
from marketplace.mail import services as mail
from marketplace.mail.models import OutboxMessage

LIFETIME = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Change:
    """What a link offers."""

    user_id: int
    old: str
    new: str


def ask(actor: Actor, user_id: int, new: str, *, link: str, now: datetime) -> None:
    """Write to the new address; ``link`` is the page's address with ``TOKEN`` in it.

    Whether `actor` may is the caller's to check. Raises DomainError("email_taken" or "same", field="email").
    """
    user = db.session.get_one(User, user_id)
    new = new.strip()
    if new.lower() == user.email.lower():
        raise DomainError("same", field="email")
    if services.find_user(new) is not None:
        raise DomainError("email_taken", field="email")
    page = link.replace(
        "TOKEN", _serializer().dumps([user.id, user.email, new, (now + LIFETIME).isoformat()])
    )
    who = "You say" if actor.user_id == user.id else f"{actor.name} says"
    mail.enqueue(
        f"address:{user.id}:{uuid.uuid4().hex}",
        recipient=new,
        subject="Is this your address?",
        body=(
            f"Hello {user.name},\n\n{who} that this is your new address for Practicum Match.\n\n"
            f"Sign in with the old one ({user.email}), open this page and press the button there:\n{page}\n\n"
            "Opening it changes nothing. If you don't know what this is about, do nothing.\n"
        ),
        now=now,
    )
    audit.record(actor, "asked to change address", user, now=now)


def offered(actor: Actor, token: str, *, now: datetime) -> Change | None:
    """What the link offers the actor; None if it is another's, used, too old or not ours."""
    try:
        user_id, old, new, until = _serializer().loads(token)
    except (BadSignature, ValueError, TypeError):
        return None
    fits = user_id == actor.user_id and old == actor.email and datetime.fromisoformat(until) > now
    return Change(user_id, old, new) if fits else None


def change(actor: Actor, offer: Change, *, now: datetime) -> int:
    """Make the new address the actor's own; mail that came back goes there. Returns how many messages.

    Raises DomainError("email_taken").
    """
    user = db.session.get_one(User, offer.user_id, with_for_update=True)
    if services.find_user(offer.new) is not None or user.email != offer.old:
        raise DomainError("email_taken", field="email")
    failed = mailboxes.known(offer.old)
    user.email = offer.new
    db.session.flush()
    again = mailboxes.mend(offer.old, offer.new)
    audit.record(actor, "changed address", user, now=now)
    if failed is None or failed.failed_at is None:
        mail.enqueue(
            f"address-left:{user.id}:{uuid.uuid4().hex}",
            recipient=offer.old,
            subject="Your address was changed",
            body="Your address for Practicum Match is another one now. If that was not you, tell your"
            " coordinator or the operator at once.\n",
            now=now,
        )
    return again


def mend_invitation(actor: Actor, invitation_id: int, new: str, *, now: datetime) -> None:
    """Send an unanswered invitation of the actor's to another address. Raises NotFound."""
    invitation = services.unanswered(actor, invitation_id, now)
    invitation.email = new.strip()
    mailboxes.redirect(OutboxMessage.key == f"invitation:{invitation.id}", invitation.email)
    audit.record(actor, "mended invitation", invitation, now=now)


def open_invitations(now: datetime) -> sa.ColumnElement[bool]:
    """Which invitations still wait for an answer."""
    return sa.and_(Invitation.accepted_at.is_(None), Invitation.expires_at > now)


def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt="accounts-address")
