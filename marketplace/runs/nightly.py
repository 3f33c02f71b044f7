"""What is due for every round at an instant: open stages, rehearse, lock, decide, release, close.

Safe to run twice, at once, or late: stages move by compare-and-set, runs have unique keys and leases, and
each step is a transaction of its own, so that a crash between two of them loses nothing.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from marketplace import chores, clock
from marketplace.db import transaction
from marketplace.errors import Conflict
from marketplace.rounds import policies
from marketplace.rounds.models import Round
from marketplace.rounds.phases import REHEARSABLE, Phase
from marketplace.rounds.services import enrol_participants, move
from marketplace.runs import attempts, beats, closing, locking, official, rehearsing, releasing

#: A night belongs to the date on which it began to be due: two o'clock, local to the round.
NIGHT_BEGINS = timedelta(hours=2)
logger = logging.getLogger(__name__)


@dataclass
class Report:
    """What one call did, as (round id, act) in order, and which rounds and chores failed."""

    acts: list[tuple[int, str]] = field(default_factory=list)
    failures: list[tuple[int, str]] = field(default_factory=list)
    undone: list[str] = field(default_factory=list)


def run(now: datetime, *, wall: datetime) -> Report:
    """Do all that is due at `now`; `wall` is the real time, for leases. A round's failure stops no other.

    A pass may take long, with couples in several rounds: each lease counts from when it is taken.
    """
    report, at = Report(), clock.running(wall)
    with transaction() as session:
        ids = session.scalars(sa.select(Round.id).order_by(Round.id)).all()
    for round_id in ids:
        try:
            _advance(round_id, now, at, report)
        except Exception as error:
            logger.error("round %s: %s\n%s", round_id, attempts.describe(error), _trace(error))
            report.failures.append((round_id, attempts.describe(error)))
    with transaction():
        closing.end_consents(now=now)
    report.undone += chores.run(now)
    with transaction():
        beats.beat(failures=len(report.failures) + len(report.undone), wall=at())
    return report


def night_of(round_: Round, now: datetime) -> str:
    """The date of the night that `now` belongs to, in the round's zone."""
    return (now.astimezone(round_.zone) - NIGHT_BEGINS).date().isoformat()


def _trace(error: Exception) -> str:
    """The way to the failure, without messages: they may quote what nobody may see yet."""
    return "".join(traceback.format_tb(error.__traceback__))


def _advance(round_id: int, now: datetime, at: Callable[[], datetime], report: Report) -> None:
    _step(
        round_id,
        report,
        "opened applications",
        lambda r: _open(r, Phase.RECRUITING, r.applying_opens_at, now),
    )
    _step(round_id, report, "opened ranking", lambda r: _open(r, Phase.APPLYING, r.ranking_opens_at, now))
    _step(round_id, report, "locked", lambda r: _lock(r, now))
    phase, night = _state(round_id, now)
    if phase in REHEARSABLE and rehearsing.rehearse(round_id, night, now=now, wall=at()):
        report.acts.append((round_id, f"rehearsed {night}"))
    if phase is Phase.LOCKED and official.decide(round_id, now=now, wall=at()):
        report.acts.append((round_id, "decided"))
    _step(round_id, report, "released", lambda r: releasing.release_if_due(r, now=now))
    _step(round_id, report, "closed", lambda r: closing.close_if_due(r, now=now))
    _step(round_id, report, "archived", lambda r: closing.archive_if_due(r, now=now))


def _step(round_id: int, report: Report, act: str, work: Callable[[Round], bool]) -> None:
    """Try one step in its own transaction; someone else being faster is not a failure."""
    try:
        with transaction() as session:
            round_ = session.scalars(
                sa.select(Round)
                .where(Round.id == round_id)
                .options(joinedload(Round.school))
                .with_for_update(of=Round)
                .execution_options(populate_existing=True)
            ).one()
            done = work(round_)
    except Conflict:
        return
    if done:
        report.acts.append((round_id, act))


def _open(round_: Round, phase: Phase, due: datetime, now: datetime) -> bool:
    if round_.phase is not phase or now < due:
        return False
    following = Phase.APPLYING if phase is Phase.RECRUITING else Phase.RANKING
    enrol_participants(round_)
    move(None, round_, following, now=now)
    return True


def _lock(round_: Round, now: datetime) -> bool:
    if round_.phase is not Phase.RANKING or now < policies.locks_at(round_):
        return False
    locking.lock(round_, now=now)
    return True


def _state(round_id: int, now: datetime) -> tuple[Phase, str]:
    with transaction() as session:
        round_ = session.get_one(Round, round_id)
        return round_.phase, night_of(round_, now)
