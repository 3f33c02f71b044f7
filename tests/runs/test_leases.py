"""The run lease: one holder at a time, takeover after its end, and no late word from the dead."""

from __future__ import annotations

import threading
import time
from datetime import timedelta
from types import SimpleNamespace

import pytest
import sqlalchemy as sa
from flask import Flask

from marketplace import clock as timekeeper
from marketplace.db import db, transaction
from marketplace.rounds.models import Round
from marketplace.runs import beats, leases, matching_adapter
from marketplace.runs.models import MatchRun, RunKind, RunState
from tests.factories import Factory
from tests.rounds.market import DAY, START, Market
from tests.support.clock import Clock

pytestmark = pytest.mark.both_databases

EXPIRED = leases.LEASE + timedelta(seconds=1)


@pytest.fixture
def run_id(app: Flask, make: Factory, clock: Clock) -> int:
    round_ = make.round()
    with app.app_context():
        return leases.ensure(round_.id, RunKind.OFFICIAL, "official", now=clock())


def row(app: Flask, run_id: int) -> MatchRun:
    with app.app_context():
        return db.session.get_one(MatchRun, run_id)


def test_a_run_exists_once_however_many_ask(app: Flask, make: Factory, clock: Clock) -> None:
    round_ = make.round()
    start, found = threading.Barrier(8), []

    def ask() -> None:
        with app.app_context():
            start.wait()
            found.append(leases.ensure(round_.id, RunKind.REHEARSAL, "2026-11-05", now=clock()))
            db.session.remove()

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8 and len(set(found)) == 1


def test_one_of_many_claims_wins(app: Flask, run_id: int, clock: Clock) -> None:
    start, attempts = threading.Barrier(8), []

    def ask() -> None:
        with app.app_context():
            start.wait()
            attempts.append(leases.claim(run_id, wall=clock()))
            db.session.remove()

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(attempts) == 8
    assert [row(app, run_id).attempt] == [attempt for attempt in attempts if attempt is not None]
    assert row(app, run_id).attempts == 1


def test_a_lease_holds_until_it_expires_and_no_longer(app: Flask, run_id: int, clock: Clock) -> None:
    with app.app_context():
        first = leases.claim(run_id, wall=clock())
        assert leases.claim(run_id, wall=clock() + leases.LEASE) is None
        second = leases.claim(run_id, wall=clock() + EXPIRED)
    assert first and second and first != second
    assert row(app, run_id).attempts == 2


def test_the_dead_one_s_late_word_is_refused(app: Flask, run_id: int, clock: Clock) -> None:
    with app.app_context():
        first = leases.claim(run_id, wall=clock())
        second = leases.claim(run_id, wall=clock() + EXPIRED)
        assert first and second
        with pytest.raises(leases.Overtaken), transaction():
            leases.finish(run_id, first, state=RunState.DONE, result="late")
        with transaction():
            leases.finish(run_id, second, state=RunState.DONE, result="in time")
        with pytest.raises(leases.Overtaken), transaction():
            leases.finish(run_id, first, state=RunState.DONE, result="later still")
        with transaction():
            assert not leases.fail(run_id, first, error="late", now=clock())
    found = row(app, run_id)
    assert (found.state, found.result, found.lease_until) == (RunState.DONE, "in time", None)


def test_a_finished_run_is_never_claimed_again(app: Flask, run_id: int, clock: Clock) -> None:
    with app.app_context():
        attempt = leases.claim(run_id, wall=clock())
        assert attempt
        with transaction():
            leases.finish(run_id, attempt, state=RunState.DONE)
        assert leases.claim(run_id, wall=clock() + 10 * EXPIRED) is None


def test_a_failed_attempt_is_free_at_once_and_the_last_one_is_final(
    app: Flask, run_id: int, clock: Clock
) -> None:
    with app.app_context():
        for number in range(1, leases.MAX_ATTEMPTS + 1):
            attempt = leases.claim(run_id, wall=clock())
            assert attempt
            with transaction():
                final = leases.fail(run_id, attempt, error=f"broke {number}", now=clock())
            assert final is (number == leases.MAX_ATTEMPTS)
        assert leases.claim(run_id, wall=clock() + 10 * EXPIRED) is None
    found = row(app, run_id)
    assert (found.state, found.error) == (RunState.FAILED, f"broke {leases.MAX_ATTEMPTS}")
    assert found.finished_at == clock() and found.lease_until is None


def test_workers_that_die_every_time_end_in_failure_too(app: Flask, run_id: int, clock: Clock) -> None:
    wall = clock()
    with app.app_context():
        for _ in range(leases.MAX_ATTEMPTS):
            assert leases.claim(run_id, wall=wall)
            with transaction():
                assert not leases.give_up(run_id, wall=wall, now=clock())  # it may still be alive
            wall += EXPIRED
        assert leases.claim(run_id, wall=wall) is None
        with transaction():
            assert leases.give_up(run_id, wall=wall, now=clock())
        with transaction():
            assert not leases.give_up(run_id, wall=wall, now=clock())  # said once
    assert row(app, run_id).state is RunState.FAILED and row(app, run_id).error == "worker lost"


def test_the_operator_may_let_a_failed_run_try_again(app: Flask, run_id: int, clock: Clock) -> None:
    with app.app_context():
        with transaction():
            assert not leases.retry(run_id)  # only a failed one
        for _ in range(leases.MAX_ATTEMPTS):
            attempt = leases.claim(run_id, wall=clock())
            assert attempt
            with transaction():
                leases.fail(run_id, attempt, error="broke", now=clock())
        with transaction():
            assert leases.retry(run_id)
        assert leases.claim(run_id, wall=clock())
    assert row(app, run_id).attempts == 1


@pytest.mark.parametrize("renewed", [True, False])
def test_a_run_may_take_longer_than_its_lease(
    app: Flask, run_id: int, clock: Clock, monkeypatch: pytest.MonkeyPatch, renewed: bool
) -> None:
    """While its process lives the lease is renewed; without that it is taken over, so the proof can fail."""
    monkeypatch.setattr(leases, "LEASE", timedelta(seconds=1))
    if not renewed:
        monkeypatch.setattr(leases, "_renew", lambda *_arguments: None)
    with app.app_context():
        attempt = leases.claim(run_id, wall=clock())
        assert attempt
        with leases.kept(run_id, attempt, wall=clock()):
            time.sleep(2)
            late = leases.claim(run_id, wall=clock() + timedelta(seconds=2))
        assert (late is None) is renewed
        if renewed:
            with transaction():
                leases.finish(run_id, attempt, state=RunState.DONE)


def test_nothing_is_renewed_after_the_work_or_for_the_overtaken(
    app: Flask, run_id: int, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leases, "LEASE", timedelta(seconds=0.5))
    with app.app_context():
        first = leases.claim(run_id, wall=clock())
        second = leases.claim(run_id, wall=clock() + EXPIRED)
        assert first and second
        until = row(app, run_id).lease_until
        with leases.kept(run_id, first, wall=clock()):
            time.sleep(0.5)
        assert row(app, run_id).lease_until == until
        with leases.kept(run_id, second, wall=clock() + EXPIRED):
            pass
        time.sleep(0.3)
        assert row(app, run_id).lease_until == until


def test_a_lease_taken_late_in_a_long_night_counts_from_when_it_is_taken(
    make: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first of two rounds takes longer than a lease; the second's lease is not over as it begins."""
    markets = [Market(make, name=name) for name in ("First", "Second")]
    elapsed = [0.0]
    monkeypatch.setattr(timekeeper, "time", SimpleNamespace(monotonic=lambda: elapsed[0]))
    genuine, until = matching_adapter.build, []

    def build(round_: Round) -> matching_adapter.Input:
        (run,) = db.session.scalars(sa.select(MatchRun).where(MatchRun.round_id == round_.id))
        until.append(run.lease_until)
        elapsed[0] += 2 * leases.LEASE.total_seconds()
        return genuine(round_)

    monkeypatch.setattr(matching_adapter, "build", build)
    assert not markets[0].nightly(2).failures
    night = START + 2 * DAY
    assert until == [night + leases.LEASE, night + 3 * leases.LEASE]
    beat = markets[0].read(beats.last)
    assert beat is not None and beat.ended_at == night + 4 * leases.LEASE
