"""Note what a facility's contact saw of a student. Written with the response that shows it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy.dialects import postgresql, sqlite

from marketplace.access import Actor
from marketplace.applications.models import Disclosure, Seen
from marketplace.db import db


def note(actor: Actor, application_ids: Sequence[int], what: Seen, *, now: datetime) -> None:
    """Note that `actor` saw `what` of these applications; a second time that day only counts on."""
    if not application_ids:
        return
    insert = postgresql.insert if db.engine.dialect.name == "postgresql" else sqlite.insert
    fixed = {
        "user_id": actor.user_id,
        "what": what,
        "day": now.astimezone(UTC).date(),
        "at": now,
        "last_at": now,
        "times": 1,
    }
    again = insert(Disclosure).on_conflict_do_update(
        index_elements=("application_id", "user_id", "what", "day"),
        set_={"last_at": now, "times": Disclosure.times + 1},
    )
    db.session.execute(again, [{**fixed, "application_id": i} for i in sorted(set(application_ids))])
