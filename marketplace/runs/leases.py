"""The run lease: who may work on a run row. The row is the truth; nothing else coordinates.

A run is made at most once per (round, kind, key). Whoever claims it gets an attempt, a fencing token: only
that attempt may finish it, and only while the row still says so. A worker that died leaves an expired
lease behind, and the next one takes over.
"""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import sqlalchemy as sa
import sqlalchemy.exc
from flask import Flask, current_app
from sqlalchemy.exc import IntegrityError

from marketplace import clock
from marketplace.db import db, transaction
from marketplace.errors import Conflict
from marketplace.runs.models import MatchRun, RunKind, RunState

LEASE = timedelta(minutes=5)
#: How often a lease is renewed in its length.
RENEWALS = 5
MAX_ATTEMPTS = 5
logger = logging.getLogger(__name__)


class Overtaken(Conflict):
    """The attempt is no longer the run's: its lease had expired and someone else took over."""

    def __init__(self, run_id: int) -> None:
        super().__init__("overtaken", run=run_id)


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


@contextmanager
def kept(run_id: int, attempt: str, *, wall: datetime) -> Iterator[None]:
    """Renew the lease while the block works, so that a run may take longer than a lease.

    The thread that renews it dies with its process, and then the lease runs out as it should.
    """
    done = threading.Event()
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    thread = threading.Thread(target=_renew, args=(app, run_id, attempt, wall, done), daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def _renew(app: Flask, run_id: int, attempt: str, wall: datetime, done: threading.Event) -> None:
    at = clock.running(wall)
    while not done.wait(LEASE.total_seconds() / RENEWALS):
        with app.app_context():
            try:
                with transaction():
                    if not _update(_held(run_id, attempt), lease_until=at() + LEASE):
                        return  # overtaken: the work will hear of it when it writes
            except sqlalchemy.exc.OperationalError:
                logger.warning("run %s: its lease could not be renewed", run_id)
            finally:
                db.session.remove()


def finish(run_id: int, attempt: str, **values: object) -> None:
    """Write a run's outcome inside the caller's transaction. Raises Overtaken."""
    if not _update(_held(run_id, attempt), lease_until=None, error=None, **values):
        raise Overtaken(run_id)


def fail(run_id: int, attempt: str, *, error: str, now: datetime) -> bool:
    """Give an attempt back inside the caller's transaction: queued again, or FAILED after the last one.

    Returns whether the run has just become FAILED; an overtaken attempt changes nothing.
    """
    held = _held(run_id, attempt)
    last = MatchRun.attempts >= MAX_ATTEMPTS
    if _update(sa.and_(held, last), **_failure(error, now)):
        return True
    _update(held, state=RunState.QUEUED, error=error, lease_until=None)
    return False


def give_up(run_id: int, *, wall: datetime, now: datetime) -> bool:
    """Fail a run whose last attempt's worker died, inside the caller's transaction; whether it just did."""
    lost = sa.and_(
        MatchRun.id == run_id,
        MatchRun.state == RunState.RUNNING,
        MatchRun.lease_until < wall,
        MatchRun.attempts >= MAX_ATTEMPTS,
    )
    return _update(lost, **_failure("worker lost", now))


def retry(run_id: int) -> bool:
    """Queue a FAILED run anew inside the caller's transaction; whether it was one."""
    failed = sa.and_(MatchRun.id == run_id, MatchRun.state == RunState.FAILED)
    return _update(failed, state=RunState.QUEUED, attempts=0, error=None, finished_at=None)


def _held(run_id: int, attempt: str) -> sa.ColumnElement[bool]:
    return sa.and_(MatchRun.id == run_id, MatchRun.attempt == attempt, MatchRun.state == RunState.RUNNING)


def _failure(error: str, now: datetime) -> dict[str, object]:
    return {"state": RunState.FAILED, "error": error, "finished_at": now, "lease_until": None}


def _update(condition: sa.ColumnElement[bool], **values: object) -> bool:
    written = db.session.execute(
        sa.update(MatchRun).where(condition).values(**values).execution_options(synchronize_session=False)
    )
    return bool(written.rowcount == 1)  # type: ignore[attr-defined]


def _find(round_id: int, kind: RunKind, run_key: str) -> int | None:
    with transaction() as session:
        return session.scalar(
            sa.select(MatchRun.id).where(
                MatchRun.round_id == round_id, MatchRun.kind == kind, MatchRun.run_key == run_key
            )
        )
