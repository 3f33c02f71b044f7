"""Whether the nightly job still runs: it says when it ended; what is overdue is shown to those who can act.

A job that died can't raise its own alarm, so the pages do, from what it wrote when it last lived.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from flask import current_app
from sqlalchemy.dialects import postgresql, sqlite

from marketplace.db import db
from marketplace.rounds.models import Round
from marketplace.rounds.phases import OVER, Phase
from marketplace.runs.models import JobBeat

NIGHTLY = "nightly"
#: How long after its last end a job is late: called once a night by cron, or every minute in the web worker.
BY_CRON, BY_MINUTE = timedelta(hours=26), timedelta(minutes=15)


def beat(*, failures: int, wall: datetime) -> None:
    """Note that the nightly job ended, inside the caller's transaction."""
    insert = postgresql.insert if db.engine.dialect.name == "postgresql" else sqlite.insert
    values = {"ended_at": wall, "failures": failures}
    statement = insert(JobBeat).values(name=NIGHTLY, **values)
    db.session.execute(statement.on_conflict_do_update(index_elements=["name"], set_=values))


def last() -> JobBeat | None:
    """The nightly job's last end; None if it never came to one."""
    return db.session.get(JobBeat, NIGHTLY)


def late(now: datetime) -> bool:
    """Whether the nightly job has not run for longer than expected although a round needs it."""
    expected = BY_MINUTE if "scheduler" in current_app.extensions else BY_CRON
    needed = sa.select(sa.func.min(Round.created_at)).where(Round.phase.not_in(OVER | {Phase.DRAFT}))
    since = db.session.scalar(needed)
    if since is None:
        return False
    ended = last()
    return now - max(since, ended.ended_at if ended else since) > expected
