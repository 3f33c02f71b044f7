"""Approve a text, or send it back with a reason."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from marketplace.access import Actor
from marketplace.accounts.models import Role, User
from marketplace.audit import services as audit
from marketplace.db import db
from marketplace.errors import Conflict, DomainError, NotFound
from marketplace.facilities import services as facilities
from marketplace.mail import services as mail
from marketplace.moderation import queries
from marketplace.moderation.queries import Waiting
from marketplace.slots import services as slots
from marketplace.texts.models import PublicText, TextState


def approve(actor: Actor, text_id: int, *, now: datetime) -> Waiting:
    """Show a text from now on, and trust its facility with the next. Raises DomainError where it can't be."""
    found = _taken(actor, text_id, TextState.APPROVED, now=now)
    if found.slot is not None:
        slots.show_text(found.slot, found.text.fields, posts=found.text.posts, now=now)
    else:
        facilities.show_text(found.facility, found.text.fields)
    found.facility.trusted_at = found.facility.trusted_at or now
    audit.record(actor, "approved", found.text, now=now, facility=found.facility.name)
    return found


def send_back(actor: Actor, text_id: int, *, reason: str, now: datetime) -> Waiting:
    """Don't show a text; tell who sent it why. The facility's next texts are read before they show."""
    if not reason.strip():
        raise DomainError("missing", field="reason")
    found = _taken(actor, text_id, TextState.SENT_BACK, now=now)
    found.text.reason = reason.strip()[:300]
    found.facility.trusted_at = None
    audit.record(actor, "sent back", found.text, now=now, reason=found.text.reason)
    sender = db.session.get(User, found.text.sent_by_id) if found.text.sent_by_id else None
    if sender is not None:
        mail.enqueue(
            f"text-sent-back:{text_id}",
            recipient=sender.email,
            subject=f"Please change the text of {found.title}"[:200],
            body=(
                f"Somebody read the text of {found.title} before it shows, and sent it back:\n\n"
                f"{found.text.reason}\n\nChange it and send it again; what was shown before stays.\n"
            ),
            now=now,
            news=True,
        )
    return found


def _taken(actor: Actor, text_id: int, state: TextState, *, now: datetime) -> Waiting:
    """The text, decided by the actor alone: of two who decide at once one is told so."""
    if not (actor.has(Role.COORDINATOR) or actor.has(Role.OPERATOR)):
        raise NotFound("text")
    found = queries.one(actor, text_id)
    taken = db.session.execute(
        sa.update(PublicText)
        .where(PublicText.id == text_id, PublicText.state == TextState.WAITING)
        .values(state=state, decided_at=now, decided_by_id=actor.user_id)
    )
    if taken.rowcount != 1:  # type: ignore[attr-defined]
        raise Conflict("decided")
    return found
