"""Read links: by the token in an address, by who sent them."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from marketplace.access import Actor
from marketplace.db import db
from marketplace.errors import NotFound
from marketplace.links.mails import key_of
from marketplace.links.models import EmailLink, LinkToken, Purpose
from marketplace.mail.models import OutboxMessage


def digest(secret: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(secret.encode()).hexdigest()


def known(secret: str, purpose: Purpose | None = None, *, lock: bool = False) -> LinkToken:
    """The token of an address with its link, dead or alive. Raises NotFound for one never issued.

    With ``lock`` the link is held until commit: two presses of one button are two in a row.
    """
    query = sa.select(LinkToken).where(LinkToken.token_sha256 == digest(secret))
    query = query.options(joinedload(LinkToken.link, innerjoin=True))
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    found = db.session.scalar(query)
    if found is None or (purpose is not None and found.link.purpose is not purpose):
        raise NotFound("link")
    return found


def works(token: LinkToken, now: datetime) -> bool:
    """Whether the token still opens its link."""
    return token.revoked_at is None and token.link.revoked_at is None and now < token.expires_at


def has_passed(token: LinkToken, ticket: str | None, now: datetime) -> bool:
    """Whether the browser that holds `ticket` typed the code, not long ago."""
    if not ticket or token.passed_sha256 is None or token.passed_until is None:
        return False
    return now < token.passed_until and secrets.compare_digest(token.passed_sha256, digest(ticket))


def sent_lately(email: str, *, since: datetime) -> int:
    """How many links went to an address since then."""
    query = (
        sa.select(sa.func.count())
        .select_from(LinkToken)
        .join(EmailLink, EmailLink.id == LinkToken.link_id)
        .where(sa.func.lower(EmailLink.email) == email.strip().lower(), LinkToken.issued_at > since)
    )
    return db.session.execute(query).scalar_one()


class State(StrEnum):
    """Where a link that one has sent stands."""

    WAITING = "waiting"
    STARTED = "started"
    DONE = "done"
    EXPIRED = "expired"
    REVOKED = "revoked"
    RETURNED = "returned"


@dataclass(frozen=True, slots=True)
class Sent:
    """A link with where it stands, for whoever sent it. Opening one leaves no trace to show."""

    link: EmailLink
    state: State
    sent_at: datetime
    expires_at: datetime


def sent_by(actor: Actor, *, now: datetime, limit: int = 200) -> list[Sent]:
    """The links that the person sent, newest first."""
    newest = sa.select(sa.func.max(LinkToken.id)).group_by(LinkToken.link_id)
    query = (
        sa.select(LinkToken)
        .join(EmailLink, EmailLink.id == LinkToken.link_id)
        .where(EmailLink.sent_by_id == actor.user_id, LinkToken.id.in_(newest))
        .options(joinedload(LinkToken.link, innerjoin=True))
        .order_by(LinkToken.id.desc())
        .limit(limit)
    )
    tokens = db.session.scalars(query).all()
    returned = _returned([token.id for token in tokens])
    return [
        Sent(t.link, _state(t, t.id in returned, now), sent_at=t.issued_at, expires_at=t.expires_at)
        for t in tokens
    ]


def sent_one(actor: Actor, link_id: int) -> EmailLink:
    """A link that the person sent. Raises NotFound."""
    query = sa.select(EmailLink).where(EmailLink.id == link_id, EmailLink.sent_by_id == actor.user_id)
    found = db.session.scalar(query.with_for_update())
    if found is None:
        raise NotFound("link")
    return found


def _returned(token_ids: Sequence[int]) -> frozenset[int]:
    """The tokens whose mail could not be delivered."""
    if not token_ids:
        return frozenset()
    keys = {key_of(token_id): token_id for token_id in token_ids}
    query = sa.select(OutboxMessage.key).where(
        OutboxMessage.key.in_(keys), OutboxMessage.sent_at.is_(None), OutboxMessage.error.is_not(None)
    )
    return frozenset(keys[key] for key in db.session.scalars(query))


def _state(token: LinkToken, returned: bool, now: datetime) -> State:
    link = token.link
    if link.revoked_at is not None:
        return State.REVOKED
    if link.done_at is not None:
        return State.DONE
    if returned:
        return State.RETURNED
    if now >= token.expires_at:
        return State.EXPIRED
    return State.STARTED if link.draft else State.WAITING
