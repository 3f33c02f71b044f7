"""What is known of addresses: how mail is wanted, and where it comes back until the address is mended."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from marketplace.db import db
from marketplace.mail.models import Choice, Mailbox, OutboxMessage

#: After so many tries a message is given up.
GIVEN_UP = 8


def known(address: str) -> Mailbox | None:
    """What is known of an address, whatever its case."""
    return db.session.scalar(sa.select(Mailbox).where(Mailbox.address == address.strip().lower()))


def choice_of(address: str) -> Choice:
    """How news for this address is wanted."""
    found = known(address)
    return Choice.AT_ONCE if found is None else found.choice


def choose(address: str, choice: Choice) -> None:
    """Choose how news comes. What waits for a digest comes at once, or not at all, if the choice says so."""
    _row(address).choice = choice
    waiting = sa.and_(_to(address), OutboxMessage.sent_at.is_(None), OutboxMessage.digest)
    if choice is Choice.AT_ONCE:
        db.session.execute(sa.update(OutboxMessage).where(waiting).values(digest=False))
    if choice is Choice.NEEDED:
        db.session.execute(sa.delete(OutboxMessage).where(waiting))


def fail(address: str, reason: str, *, now: datetime) -> None:
    """Note that mail to an address comes back."""
    found = _row(address)
    found.failed_at, found.failure = found.failed_at or now, reason[:300]


def returned(address: str, reason: str, *, now: datetime) -> bool:
    """Note that mail came back after it was sent: the last one counts as not delivered. False: none was."""
    last = db.session.scalar(
        sa.select(OutboxMessage)
        .where(_to(address), OutboxMessage.sent_at.is_not(None), OutboxMessage.digest.is_(False))
        .order_by(OutboxMessage.sent_at.desc(), OutboxMessage.id.desc())
        .limit(1)
        .with_for_update()
    )
    if last is None:
        return False
    last.sent_at, last.attempts, last.error = None, GIVEN_UP, reason[:300]
    fail(address, reason, now=now)
    return True


def mend(old: str, new: str) -> int:
    """Mail that came back from `old` goes to `new`, once; how many messages. The choice goes along."""
    before = known(old)
    if before is not None and before.address != new.strip().lower():
        _row(new).choice = before.choice
        db.session.delete(before)
    mended = _row(new)
    mended.failed_at, mended.failure = None, ""
    return redirect(_to(old), new)


def redirect(which: sa.ColumnElement[bool], new: str) -> int:
    """Send those of these messages that are not delivered yet to `new`, given up or not; how many."""
    again = {"recipient": new, "attempts": 0, "lease_until": None, "error": None}
    unsent = sa.and_(which, OutboxMessage.sent_at.is_(None))
    done = db.session.execute(sa.update(OutboxMessage).where(unsent).values(**again))
    return int(done.rowcount)  # type: ignore[attr-defined]


def _row(address: str) -> Mailbox:
    found = known(address)
    if found is None:
        found = Mailbox(address=address.strip().lower(), choice=Choice.AT_ONCE)
        db.session.add(found)
        db.session.flush()
    return found


def _to(address: str) -> sa.ColumnElement[bool]:
    return sa.func.lower(OutboxMessage.recipient) == address.strip().lower()
