"""The official run: decides on the sealed input, is verified before anyone sees it, and happens once."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from marketplace.audit import services as audit
from marketplace.db import db, transaction
from marketplace.errors import DomainError
from marketplace.mail import services as mail
from marketplace.rounds import queries as rounds
from marketplace.rounds.models import Round
from marketplace.rounds.phases import Phase
from marketplace.rounds.services import move
from marketplace.runs import apart, attempts, drawing, holds, leases, queries, superseding
from marketplace.runs.models import MatchRun, RunKind, RunState, Seal


def decide(round_id: int, *, now: datetime, wall: datetime) -> bool:
    """The official run on the sealed input; True if this call did it. Verified before anyone sees it.

    While the round's public contribution is awaited nothing is done.
    """
    with transaction() as session:
        if drawing.awaits(session.get_one(Round, round_id)):
            return False
        key = superseding.run_key(round_id)
    run_id = leases.ensure(round_id, RunKind.OFFICIAL, key, now=now)

    def work(attempt: str) -> None:
        with transaction() as session:
            problem = superseding.problem(round_id)
            own = session.get_one(Seal, round_id).apart
        decided = apart.decide(problem, own, problem.lottery.seed)
        result = decided.result
        with transaction() as session:
            leases.finish(
                run_id,
                attempt,
                state=RunState.DONE,
                finished_at=now,
                problem_sha256=result.problem_sha256,
                result=result.to_json(),
                earlier=decided.earlier,
                totals={"placed": sum(1 for slot in result.assignment.values() if slot is not None)},
            )
            round_ = session.get_one(Round, round_id)
            holds.place(run_id, round_, result, now=now)
            move(None, round_, Phase.COMPUTED, now=now)
            _tell_coordinators(round_, key, now=now)

    return attempts.make(run_id, work, now=now, wall=wall)


def retry(round_id: int, *, now: datetime) -> None:
    """Let an official run that was given up be tried again. Raises NotFound, DomainError("not_failed")."""
    round_ = queries.require_round(round_id)
    runs = sa.select(MatchRun).where(MatchRun.round_id == round_id, MatchRun.kind == RunKind.OFFICIAL)
    run = db.session.scalar(runs.order_by(MatchRun.id.desc()).limit(1))
    if run is None or not leases.retry(run.id):
        raise DomainError("not_failed", phase=round_.phase.value)
    audit.record(None, "official run retried", round_, now=now)


def _tell_coordinators(round_: Round, run_key: str, *, now: datetime) -> None:
    """The result is there to review. The mail says nothing of it."""
    for user_id, address in rounds.addresses(round_.id, round_.school_id)["coordinators"]:
        mail.enqueue(
            f"round:{round_.id}:computed:{run_key}:{user_id}",
            recipient=address,
            subject=f"{round_.name}: the match is ready for your review",
            body=f"The match of “{round_.name}” ran and was verified. Review it and release it.\n",
            now=now,
        )
