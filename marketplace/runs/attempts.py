"""One attempt at a run: claim it, do the work, note on its row what failed, and say so when it is given up.

What is noted and logged of a failure is its kind and place, never its message: a message may quote a list
or a result, and nothing of a result may be in a log before the release.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa
import sqlalchemy.exc

from marketplace.accounts.models import Membership, Role, User
from marketplace.db import db, transaction
from marketplace.errors import DomainError
from marketplace.mail import services as mail
from marketplace.rounds import queries
from marketplace.rounds.models import Round
from marketplace.runs import leases
from marketplace.runs.models import MatchRun, RunKind, RunState


def make(run_id: int, work: Callable[[str], None], *, now: datetime, wall: datetime) -> bool:
    """Have `work` done under a new attempt; True if this call did it, False if it is done or in good hands.

    Raises what `work` raises, and DomainError("gave_up") while the run is FAILED: nobody should have to look
    for a match that does not come.
    """
    with transaction():
        if leases.give_up(run_id, wall=wall, now=now):
            _alarm(run_id, now=now)
    attempt = leases.claim(run_id, wall=wall)
    if attempt is None:
        _refuse_failed(run_id)
        return False
    try:
        with leases.kept(run_id, attempt, wall=wall):
            work(attempt)
    except leases.Overtaken:
        return False
    except Exception as error:
        with transaction():
            if leases.fail(run_id, attempt, error=describe(error), now=now):
                _alarm(run_id, now=now)
        raise
    return True


def describe(error: BaseException) -> str:
    """What failed and where, without its message."""
    if isinstance(error, DomainError):
        return error.reason
    kind = type(error).__name__
    if isinstance(error, sqlalchemy.exc.DBAPIError):
        kind = f"{kind} ({type(error.orig).__name__})"
    frames = traceback.extract_tb(error.__traceback__)
    return f"{kind} at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else kind


def _refuse_failed(run_id: int) -> None:
    with transaction() as session:
        run = session.get_one(MatchRun, run_id)
        if run.state is RunState.FAILED:
            raise DomainError("gave_up", run=run_id)


def _alarm(run_id: int, *, now: datetime) -> None:
    """Tell coordinators and operators that the official run was given up; a rehearsal is only missed."""
    run = db.session.get_one(MatchRun, run_id, populate_existing=True)
    if run.kind is not RunKind.OFFICIAL:
        return
    round_ = db.session.get_one(Round, run.round_id)
    people = dict(queries.addresses(round_.id, round_.school_id)["coordinators"]) | dict(_operators())
    for user_id, address in sorted(people.items()):
        mail.enqueue(
            f"round:{round_.id}:failed:{run.attempt}:{user_id}",
            recipient=address,
            subject=f"{round_.name}: the match could not be made",
            body=(
                f"The match of “{round_.name}” failed {run.attempts} times and is not tried again.\n"
                "The sealed lists are safe. The operator finds the cause in the server's log, and has it\n"
                f"tried again with: flask round retry {round_.id}\n"
            ),
            now=now,
        )


def _operators() -> list[tuple[int, str]]:
    rows = db.session.execute(
        sa.select(User.id, User.email)
        .join(Membership, Membership.user_id == User.id)
        .where(User.active, Membership.role == Role.OPERATOR)
        .order_by(User.id)
    )
    return [(user_id, address) for user_id, address in rows]
