"""Make links, send them again, mend their address, end them; and the e-mailed code that steps up.

Who may send which link to whom is decided by the feature that asks.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from marketplace.access import Actor
from marketplace.audit import services as audit
from marketplace.db import db
from marketplace.errors import DomainError
from marketplace.links import mails, queries
from marketplace.links.models import EmailLink, LinkToken, Purpose

LIFETIME = timedelta(days=21)
#: How many links an address may be sent within an hour before nobody unknown may have another sent.
MOST_AN_HOUR = 5
CODE_LIFETIME = timedelta(minutes=15)
#: Six digits, this many guesses a code and this many codes a token: at worst 1 in 20,000 gets through.
CODE_TRIES = 5
CODES_A_TOKEN = 10
PASS_LIFETIME = timedelta(hours=4)


@dataclass(frozen=True, slots=True)
class Letter:
    """The mail around a link. ``url`` is the page's whole address with TOKEN where the token goes."""

    subject: str
    opening: str
    url: str


@dataclass(frozen=True, slots=True)
class Subject:
    """What a link is about."""

    facility_id: int | None = None
    slot_id: int | None = None
    round_id: int | None = None
    version: int | None = None


def create(
    actor: Actor | None, purpose: Purpose, email: str, *, subject: Subject, letter: Letter, now: datetime
) -> EmailLink:
    """A new link, on its way to `email`."""
    link = EmailLink(
        purpose=purpose,
        email=email.strip(),
        facility_id=subject.facility_id,
        slot_id=subject.slot_id,
        round_id=subject.round_id,
        version=subject.version,
        draft={},
        sent_by_id=actor.user_id if actor else None,
        created_at=now,
    )
    db.session.add(link)
    db.session.flush()
    audit.record(actor, "link made", link, now=now, purpose=purpose.value)
    send(actor, link, letter=letter, now=now)
    return link


def send(actor: Actor | None, link: EmailLink, *, letter: Letter, now: datetime, keep: bool = False) -> None:
    """Send the link once more, with a new token; the older ones stop working unless they are to be kept.

    Raises DomainError("link_closed") where it was taken back.
    """
    if link.revoked_at is not None:
        raise DomainError("link_closed")
    if not keep:
        _revoke_tokens(link, now)
    secret = secrets.token_urlsafe(32)
    token = LinkToken(
        link_id=link.id, token_sha256=queries.digest(secret), issued_at=now, expires_at=now + LIFETIME
    )
    db.session.add(token)
    db.session.flush()
    url = letter.url.replace("TOKEN", secret)
    mails.send_link(link, token, subject=letter.subject, opening=letter.opening, url=url, now=now)
    audit.record(actor, "link sent", link, now=now, token=token.id)


def require_calm(email: str, *, now: datetime) -> None:
    """For what anyone may ask: raise DomainError("too_many_links") where an address was sent many lately."""
    if queries.sent_lately(email, since=now - timedelta(hours=1)) >= MOST_AN_HOUR:
        raise DomainError("too_many_links", email=email)


def mend_address(actor: Actor, link: EmailLink, email: str, *, letter: Letter, now: datetime) -> None:
    """Send the link to another address. What was typed so far is not shown to the new one.

    The same address again changes nothing, so that a second click sends nothing.
    """
    if link.email.lower() == email.strip().lower():
        return
    link.email, link.draft = email.strip(), {}
    audit.record(actor, "address mended", link, now=now)
    send(actor, link, letter=letter, now=now)


def revoke(actor: Actor, link: EmailLink, *, now: datetime) -> None:
    """Take the link back: no token of it works any more. Twice changes nothing."""
    if link.revoked_at is None:
        link.revoked_at = now
        _revoke_tokens(link, now)
        audit.record(actor, "link revoked", link, now=now)


def finish(actor: Actor, link: EmailLink, *, now: datetime) -> None:
    """Its errand is done. What was typed is kept no longer: it stands where it belongs now."""
    link.done_at, link.draft = now, {}
    audit.record(actor, "link used", link, now=now)


def send_code(token: LinkToken, *, now: datetime) -> None:
    """Mail a fresh six-digit code to the link's address. Raises DomainError("too_many_codes")."""
    code = f"{secrets.randbelow(1_000_000):06d}"
    changed = db.session.execute(
        sa.update(LinkToken)
        .where(LinkToken.id == token.id, LinkToken.codes_sent < CODES_A_TOKEN)
        .values(
            codes_sent=LinkToken.codes_sent + 1,
            code_sha256=_code_digest(token, code),
            code_expires_at=now + CODE_LIFETIME,
            code_tries=0,
        )
    )
    if changed.rowcount != 1:  # type: ignore[attr-defined]
        raise DomainError("too_many_codes")
    db.session.refresh(token)
    mails.send_code(token.link, token, code, now=now)
    audit.record(None, "code sent", token.link, now=now)


def pass_code(token: LinkToken, code: str, *, now: datetime) -> str | None:
    """Try a code. The right one gives a pass for this browser; None for a wrong, late or worn-out one.

    A try is counted before it is judged, so that many at once are no more than few in a row. The caller
    commits either way.
    """
    counted = db.session.execute(
        sa.update(LinkToken)
        .where(
            LinkToken.id == token.id,
            LinkToken.code_sha256.is_not(None),
            LinkToken.code_expires_at > now,
            LinkToken.code_tries < CODE_TRIES,
        )
        .values(code_tries=LinkToken.code_tries + 1)
    )
    if counted.rowcount != 1:  # type: ignore[attr-defined]
        return None
    db.session.refresh(token)
    typed = "".join(filter(str.isdigit, code))
    if not secrets.compare_digest(token.code_sha256 or "", _code_digest(token, typed)):
        return None
    ticket = secrets.token_urlsafe(32)
    token.code_sha256 = token.code_expires_at = None
    token.passed_sha256, token.passed_until = queries.digest(ticket), now + PASS_LIFETIME
    audit.record(None, "code passed", token.link, now=now)
    return ticket


def _code_digest(token: LinkToken, code: str) -> str:
    """A code's digest, salted by its token: equal codes of two links look different."""
    return hashlib.sha256(f"{token.id}:{token.token_sha256}:{code}".encode()).hexdigest()


def _revoke_tokens(link: EmailLink, now: datetime) -> None:
    db.session.execute(
        sa.update(LinkToken)
        .where(LinkToken.link_id == link.id, LinkToken.revoked_at.is_(None))
        .values(revoked_at=now)
    )
