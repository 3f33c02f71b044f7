"""The run lease: who may work on a run row. The row is the truth; nothing else coordinates.

A run is made at most once per (round, kind, key). Whoever claims it gets an attempt, a fencing token: only
that attempt may finish it, and only while the row still says so. A worker that died leaves an expired
lease behind, and the next one takes over.
"""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from marketplace.db import db, transaction
from marketplace.errors import Conflict
from marketplace.runs.models import MatchRun, RunKind, RunState

LEASE = timedelta(minutes=5)
MAX_ATTEMPTS = 5


def ensure(round_id: int, kind: RunKind, run_key: str, *, now: datetime) -> int:
    """The id of the run of that key, created if it is not there; safe under any number of callers."""
    known = _find(round_id, kind, run_key)
    if known is None:
        try:
            with transaction() as session:
                session.add(
                    MatchRun(
                        round_id=round_id, kind=kind, run_key=run_key, state=RunState.QUEUED, created_at=now
                    )
                )
        except IntegrityError:
            pass  # the UNIQUE key let someone else be first
        known = _find(round_id, kind, run_key)
    assert known is not None
    return known


def claim(run_id: int, *, wall: datetime) -> str | None:
    """Take a queued run, or one whose lease expired; return the attempt, or None if it is not free.

    `wall` is the real time: leases are about living processes, also in simulated nights.
    """
    attempt = str(uuid.uuid4())
    free = sa.or_(
        MatchRun.state == RunState.QUEUED,
        sa.and_(MatchRun.state == RunState.RUNNING, MatchRun.lease_until < wall),
    )
    with transaction() as session:
        taken = session.execute(
            sa.update(MatchRun)
            .where(MatchRun.id == run_id, free, MatchRun.attempts < MAX_ATTEMPTS)
            .values(
                state=RunState.RUNNING,
                attempt=attempt,
                attempts=MatchRun.attempts + 1,
                lease_until=wall + LEASE,
            )
        )
    return attempt if taken.rowcount == 1 else None  # type: ignore[attr-defined]


def finish(run_id: int, attempt: str, **values: object) -> None:
    """Write a run's outcome inside the caller's transaction. Raises Conflict if the attempt was overtaken."""
    written = db.session.execute(
        sa.update(MatchRun)
        .where(MatchRun.id == run_id, MatchRun.attempt == attempt, MatchRun.state == RunState.RUNNING)
        .values(lease_until=None, **values)
        .execution_options(synchronize_session=False)
    )
    if written.rowcount != 1:  # type: ignore[attr-defined]
        raise Conflict("overtaken", run=run_id)


def _find(round_id: int, kind: RunKind, run_key: str) -> int | None:
    with transaction() as session:
        return session.scalar(
            sa.select(MatchRun.id).where(
                MatchRun.round_id == round_id, MatchRun.kind == kind, MatchRun.run_key == run_key
            )
        )
