"""Write the audit trail. Each service that changes something calls :func:`record` in the same transaction."""

from __future__ import annotations

from datetime import datetime

from marketplace.access import Actor
from marketplace.audit.models import AuditEvent
from marketplace.db import db


def record(actor: Actor | None, action: str, target: object, /, *, now: datetime, **change: object) -> None:
    """Note that `actor` (None: the system) did `action` to `target`, a flushed row with an ``id``."""
    db.session.add(
        AuditEvent(
            at=now,
            actor_id=actor.user_id if actor else None,
            action=action,
            object_type=type(target).__name__,
            object_id=getattr(target, "id", None),
            change=change,
        )
    )
