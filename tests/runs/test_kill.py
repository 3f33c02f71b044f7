"""A process is stopped dead (SIGKILL) at a chosen point: what was acknowledged stays, what was not is whole.

The point is a place in the product's own code; the stopping is patched into the process that dies.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from marketplace.audit.models import AuditEvent
from marketplace.db import db
from marketplace.rankings import queries as rankings
from marketplace.rankings.models import RankEntry, RankList
from marketplace.rounds.phases import Phase
from marketplace.runs import leases
from marketplace.runs.models import RunKind, RunState, Seal
from tests.factories import Factory
from tests.rounds.market import DAY, START, Market
from tests.runs import processes

pytestmark = pytest.mark.both_databases

KILLED = -signal.SIGKILL

#: Die instead of, or right after, calling what stands at ``place``.
DIE = """
import importlib, os, signal

module, _, name = "{place}".rpartition(".")
owner = importlib.import_module(module)
genuine = getattr(owner, name)
calls = 0


def dying(*arguments, **options):
    global calls
    calls += 1
    if calls == {call} and "{moment}" == "before":
        os.kill(os.getpid(), signal.SIGKILL)
    outcome = genuine(*arguments, **options)
    if calls == {call}:
        os.kill(os.getpid(), signal.SIGKILL)
    return outcome


setattr(owner, name, dying)
"""


def die(place: str, moment: str, call: int = 1) -> str:
    """The source that kills a process at its `call`-th passing of `place`."""
    return DIE.format(place=place, moment=moment, call=call)


@pytest.fixture
def starter(database_url: str, tmp_path: Path) -> Iterator[processes.Starter]:
    """Starts processes of this test's installation."""
    home = tmp_path / "home"
    with processes.starter(processes.environment(database_url, home, f"file:{home / 'mail'}")) as running:
        yield running


@pytest.fixture
def market(make: Factory) -> Market:
    """Open for ranking since day 4, with certified lists, and no run yet."""
    market = Market(make)
    for student in market.students:
        market.apply(student)
        market.rank(student, *market.slots)
    return market


def at(day: float) -> str:
    return (START + DAY * day).isoformat()


def expire(market: Market) -> None:
    """Let the dead worker's lease run out: nobody wants to wait for minutes in a test."""
    with market.committed():
        db.session.execute(sa.text("UPDATE match_run SET lease_until = created_at WHERE state = 'running'"))


def nightly(starter: processes.Starter, day: float, before: str = "") -> tuple[int, str]:
    ((code, output),) = starter.start(1, "nightly", "--now", at(day), before=before)
    return code, output


FULL = pytest.mark.full
REHEARSAL = [
    pytest.param(die("marketplace.runs.leases.claim", "before"), 1, id="unclaimed", marks=FULL),
    pytest.param(die("marketplace.runs.leases.claim", "after"), 2, id="claimed"),
    pytest.param(die("marketplace.runs.matching_adapter.build", "before"), 2, id="building", marks=FULL),
    pytest.param(die("marketplace.runs.matching_adapter.draw", "after", 7), 2, id="drawing", marks=FULL),
    pytest.param(die("marketplace.runs.leases.finish", "before"), 2, id="before writing", marks=FULL),
    pytest.param(die("marketplace.runs.leases.finish", "after"), 2, id="before committing"),
]


@pytest.mark.parametrize(("before", "attempts"), REHEARSAL)
def test_a_rehearsal_is_finished_by_the_next_job(
    market: Market, starter: processes.Starter, before: str, attempts: int
) -> None:
    assert nightly(starter, 5, before)[0] == KILLED
    (run,) = market.runs()
    assert run.totals is None and run.state in {RunState.QUEUED, RunState.RUNNING}
    if attempts == 2:
        code, output = nightly(starter, 5)
        assert code == 0 and "rehearsed" not in output, "the lease still protects whoever may be alive"
        expire(market)
    code, output = nightly(starter, 5)
    assert code == 0 and f"round {market.round_id}: rehearsed 2026-11-07" in output
    (run,) = market.runs()
    assert (run.state, run.attempts) == (RunState.DONE, attempts)
    assert run.totals and run.totals["with_list"] == 3


OFFICIAL = [
    pytest.param(die("marketplace.runs.leases.claim", "before"), 1, id="unclaimed", marks=FULL),
    pytest.param(die("marketplace.runs.leases.claim", "after"), 2, id="claimed", marks=FULL),
    pytest.param(die("marketplace.runs.matching_adapter.decide", "after"), 2, id="solved"),
    pytest.param(die("marketplace.runs.leases.finish", "after"), 2, id="before moving", marks=FULL),
    pytest.param(die("marketplace.runs.official._tell_coordinators", "after"), 2, id="before committing"),
]


@pytest.mark.parametrize(("before", "attempts"), OFFICIAL)
def test_the_official_run_is_finished_by_the_next_job(
    market: Market, starter: processes.Starter, before: str, attempts: int
) -> None:
    assert nightly(starter, 8, before)[0] == KILLED
    assert market.phase is Phase.LOCKED and not market.mail("computed")
    (run,) = market.runs(RunKind.OFFICIAL)
    assert run.result is None
    sealed = market.read(lambda: db.session.get_one(Seal, market.round_id).problem)
    expire(market)
    code, output = nightly(starter, 9)
    assert code == 0 and f"round {market.round_id}: decided" in output
    (run,) = market.runs(RunKind.OFFICIAL)
    assert (run.state, run.attempts) == (RunState.DONE, attempts)
    assert market.phase is Phase.COMPUTED and len(market.mail("computed")) == 1
    assert market.read(lambda: db.session.get_one(Seal, market.round_id).problem) == sealed


@pytest.mark.parametrize("call", [1, 2])
def test_a_lock_is_whole_or_not_at_all(market: Market, starter: processes.Starter, call: int) -> None:
    """Killed before or after the mail about the lock is written: phase, seal and mail go together."""
    place = ("marketplace.runs.matching_adapter.build", "marketplace.runs.locking.announce")[call - 1]
    assert nightly(starter, 8, die(place, "after"))[0] == KILLED
    assert market.phase is Phase.RANKING and not market.mail("locked")
    assert market.read(lambda: db.session.get(Seal, market.round_id)) is None
    assert nightly(starter, 8)[0] == 0
    assert market.phase is Phase.COMPUTED and len(market.mail("locked")) == 5


def test_the_overtaken_worker_s_late_result_is_refused(market: Market) -> None:
    """Not dead, only slow: it wakes up after another one has taken over and finished."""
    genuine = leases.finish
    woken: list[str] = []

    def slow(run_id: int, attempt: str, **values: object) -> None:
        if not woken:
            woken.append(attempt)
            db.session.rollback()
            db.session.remove()
            report = market.nightly(5, wall=START + 5 * DAY + 2 * leases.LEASE)
            assert report.acts == [(market.round_id, "rehearsed 2026-11-07")]
        genuine(run_id, attempt, **values)

    leases.finish = slow
    try:
        report = market.nightly(5)
    finally:
        leases.finish = genuine
    assert not report.failures and not [act for _, act in report.acts if act.startswith("rehearsed")]
    (run,) = market.runs()
    assert (run.state, run.attempts) == (RunState.DONE, 2) and run.attempt != woken[0]


#: Certify through the service and tell the world as soon as the commit returns.
CERTIFY = """
import os, signal, sys
from datetime import datetime
from marketplace.access import actor_for
from marketplace.accounts.models import User
from marketplace.db import db, transaction
from marketplace.rankings import services

with app.app_context():
    actor = actor_for(db.session.get_one(User, {user}))
    with transaction():
        saved = services.save_student_list(
            actor, {round}, {slots}, certify=True, base_version=1, now=datetime.fromisoformat("{now}")
        )
        digest = saved.digest
        {before_commit}
    with open("{receipt}", "w") as file:
        file.write(digest)
        file.flush()
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("acknowledged", [True, False])
def test_an_acknowledged_certification_stays_and_another_leaves_nothing(
    app: Flask, market: Market, starter: processes.Starter, tmp_path: Path, acknowledged: bool
) -> None:
    student = market.students[0]
    receipt = tmp_path / "receipt"
    source = CERTIFY.format(
        user=student.user_id,
        round=market.round_id,
        slots=[slot.id for slot in reversed(market.slots)],
        now=at(6),
        receipt=receipt,
        before_commit="pass" if acknowledged else "os.kill(os.getpid(), signal.SIGKILL)",
    )
    ((code, output),) = starter.start(1, "nightly", before=source)
    assert code == KILLED, output
    owner = rankings.Owner(market.round_id, student_id=student.id)
    with app.app_context():
        saved = rankings.in_force(owner)
        assert saved is not None
        wanted = [slot.id for slot in (reversed(market.slots) if acknowledged else market.slots)]
        assert [i for (i,) in rankings.tiers(saved)] == wanted
        assert (saved.version, rankings.latest_version(owner)) == ((2, 2) if acknowledged else (1, 1))
        if acknowledged:
            assert receipt.read_text() == saved.digest
        else:
            assert not receipt.exists()
        lists = db.session.scalar(sa.select(sa.func.count()).select_from(RankList))
        entries = db.session.scalar(sa.select(sa.func.count()).select_from(RankEntry))
        events = db.session.scalar(
            sa.select(sa.func.count()).where(
                AuditEvent.action == "certified list", AuditEvent.object_type == "RankList"
            )
        )
        assert entries == 2 * (lists or 0) and events == lists == 3 + acknowledged
