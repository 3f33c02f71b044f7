"""Write mail into the outbox and deliver it from there.

A message is committed with the change it tells of, and delivered by whoever claims it first: delivery is
at least once, with a Message-ID made from the message's key so that a mail server can drop a repeat.
"""

from __future__ import annotations

import smtplib
from datetime import datetime, timedelta

import sqlalchemy as sa
from flask import current_app
from sqlalchemy.dialects import postgresql, sqlite

from marketplace import clock
from marketplace.db import db, transaction
from marketplace.mail import mailboxes
from marketplace.mail.models import Choice, OutboxMessage
from marketplace.mail.transports import Transport, open_transport

LEASE = timedelta(minutes=5)
MAX_ATTEMPTS = mailboxes.GIVEN_UP


def enqueue(key: str, *, recipient: str, subject: str, body: str, now: datetime, news: bool = False) -> None:
    """Put one message into the outbox. ``key`` names the news: a second message of that key is an error.

    ``news`` is what a person may have in a daily digest, or not at all; everything else must reach them.
    """
    choice = mailboxes.choice_of(recipient) if news else Choice.AT_ONCE
    if choice is Choice.NEEDED:
        return
    values = {"recipient": recipient, "subject": subject, "body": body, "created_at": now}
    db.session.add(OutboxMessage(key=key, digest=choice is Choice.DAILY, **values))


def enqueue_once(key: str, *, recipient: str, subject: str, body: str, now: datetime) -> bool:
    """Put one message into the outbox unless one of that key was ever there; whether this call did it."""
    known = db.session.scalar(sa.select(OutboxMessage.id).where(OutboxMessage.key == key))
    if known is not None:
        return False
    insert = postgresql.insert if db.engine.dialect.name == "postgresql" else sqlite.insert
    values = {"key": key, "recipient": recipient, "subject": subject, "body": body, "created_at": now}
    done = db.session.execute(insert(OutboxMessage).values(attempts=0, **values).on_conflict_do_nothing())
    return bool(done.rowcount)  # type: ignore[attr-defined]


def retry(message_id: int) -> bool:
    """Have a message that was given up tried again; False where there is none such."""
    found = db.session.execute(
        sa.update(OutboxMessage)
        .where(
            OutboxMessage.id == message_id, OutboxMessage.sent_at.is_(None), OutboxMessage.error.is_not(None)
        )
        .values(attempts=0, lease_until=None, error=None)
    )
    return bool(found.rowcount)  # type: ignore[attr-defined]


def deliver(now: datetime, *, limit: int = 200) -> int:
    """Send what waits in the outbox, oldest first, and return how many were sent."""
    if not _waiting(now):
        return 0  # no need to call a mail server
    sent, at = 0, clock.running(now)
    with open_transport(current_app.config) as transport:
        for _ in range(limit):
            message = _claim(at())
            if message is None:
                break
            sent += _send(message, transport, now)
    return sent


def _free(now: datetime) -> sa.ColumnElement[bool]:
    return sa.and_(
        OutboxMessage.sent_at.is_(None),
        OutboxMessage.digest.is_(False),
        OutboxMessage.attempts < MAX_ATTEMPTS,
        sa.or_(OutboxMessage.lease_until.is_(None), OutboxMessage.lease_until < now),
    )


def _waiting(now: datetime) -> bool:
    with transaction() as session:
        return session.scalar(sa.select(OutboxMessage.id).where(_free(now)).limit(1)) is not None


def _claim(now: datetime) -> OutboxMessage | None:
    """Take the next free message by a compare-and-set on its lease."""
    with transaction() as session:
        found = session.scalar(
            sa.select(OutboxMessage)
            .where(_free(now))
            .order_by(OutboxMessage.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        if found is None:
            return None
        found.lease_until = now + LEASE
        found.attempts += 1
        session.flush()
        session.expunge(found)
        return found


def _send(message: OutboxMessage, transport: Transport, now: datetime) -> int:
    try:
        transport.send(message)
    except smtplib.SMTPRecipientsRefused as refusal:
        _refused(message, refusal, now)
        return 0
    except Exception as error:  # also what the composing of a header raises: it must hold up no other mail
        _mark(message.id, error=str(error)[:300])
        current_app.logger.warning("mail %s not sent: %s", message.id, type(error).__name__)
        return 0
    _mark(message.id, sent_at=now, error=None)
    return 1


def _refused(message: OutboxMessage, refusal: smtplib.SMTPRecipientsRefused, now: datetime) -> None:
    """A server refuses the recipient. For good, or to the last try: the address fails."""
    answers = list(refusal.recipients.values())
    reason = "; ".join(f"{code} {words.decode(errors='replace')}" for code, words in answers)[:300]
    for_good = all(code >= 500 for code, _words in answers)
    attempts = mailboxes.GIVEN_UP if for_good else message.attempts
    _mark(message.id, error=reason, attempts=attempts)
    current_app.logger.warning("mail %s refused", message.id)
    if attempts >= MAX_ATTEMPTS:
        with transaction():
            mailboxes.fail(message.recipient, reason, now=now)


def _mark(message_id: int, **values: object) -> None:
    with transaction() as session:
        session.execute(sa.update(OutboxMessage).where(OutboxMessage.id == message_id).values(**values))
