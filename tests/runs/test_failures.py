"""A run that fails is tried again, then given up and told of; and its result stays out of every log."""

from __future__ import annotations

import logging

import pytest
import sqlalchemy as sa
from flask import Flask

from marketplace.db import db
from marketplace.rounds.phases import Phase
from marketplace.runs import leases, matching_adapter, official
from marketplace.runs.models import MatchRun, RunKind, RunState, Seal
from tests.factories import Factory
from tests.rounds.market import DAY, START, Market, address

pytestmark = pytest.mark.both_databases


@pytest.fixture
def market(make: Factory) -> Market:
    """Locked, with lists, and not yet decided: the seal is unusable until `mend` is called."""
    market = Market(make)
    market.nightly(1)
    market.everyone_applies()
    for student in market.students:
        market.rank(student, *market.slots)
    return market


def spoil(market: Market, monkeypatch: pytest.MonkeyPatch) -> str:
    """Lock the round, fail once, and leave a seal that can't be read; return what it should be."""

    def broken(_text: str) -> object:
        raise RuntimeError("s1 goes to slot-1")

    with monkeypatch.context() as patched:
        patched.setattr(matching_adapter, "read_problem", broken)
        report = market.nightly(8)
    ((_round, error),) = report.failures
    assert error.startswith("RuntimeError at test_failures.py:") and market.phase is Phase.LOCKED
    good = market.read(lambda: db.session.get_one(Seal, market.round_id).problem)
    mend(market, "{")
    return good


def mend(market: Market, text: str) -> None:
    with market.committed():
        db.session.get_one(Seal, market.round_id).problem = text


def decision(market: Market) -> MatchRun:
    (run,) = market.runs(RunKind.OFFICIAL)
    return run


def test_is_tried_again_then_given_up_and_told_of(
    app: Flask, make: Factory, market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    operator = make.operator()
    good = spoil(market, monkeypatch)
    for attempt in range(2, leases.MAX_ATTEMPTS + 1):
        assert not market.mail("failed")
        report = market.nightly(8 + attempt)
        assert report.failures == [(market.round_id, "unreadable")]
        assert decision(market).attempts == attempt
    run = decision(market)
    assert (run.state, run.error, run.result) == (RunState.FAILED, "unreadable", None)
    told = {message.recipient for message in market.mail("failed")}
    assert told == {address(market.coordinator), address(operator)}

    mend(market, good)
    for day in (20, 21):  # every night says so until somebody acts
        assert market.nightly(day).failures == [(market.round_id, "gave_up")]
    assert len(market.mail("failed")) == 2 and market.phase is Phase.LOCKED
    shell = app.test_cli_runner()
    assert shell.invoke(args=["round", "retry", str(market.round_id)]).exit_code == 0
    assert market.acts(22) == ["decided"]
    assert decision(market).state is RunState.DONE and decision(market).error is None
    refused = shell.invoke(args=["round", "retry", str(market.round_id)])
    assert refused.exit_code == 1 and "has not failed" in refused.output


def test_a_result_that_does_not_verify_decides_nothing(
    market: Market, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The checker's own sentences name people and places: they go neither to the log nor to the row."""
    genuine = matching_adapter.solve

    def wrong(problem: matching_adapter.MatchingProblem) -> object:
        result = genuine(problem)
        nobody = dict.fromkeys(result.assignment)
        return type(result).from_dict({**result.to_dict(), "assignment": nobody})

    monkeypatch.setattr(matching_adapter, "solve", wrong)
    report = market.nightly(8)
    assert report.failures == [(market.round_id, "not_verified")]
    assert decision(market).error == "not_verified" and decision(market).result is None
    assert market.phase is Phase.LOCKED
    students, slots = market.codes()
    assert not any(code in caplog.text for code in (*students, *slots))
    monkeypatch.undo()
    assert market.acts(9) == ["decided"] and decision(market).attempts == 2


def test_a_failure_while_writing_leaves_no_result_and_no_trace_of_one(
    market: Market, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database's complaint about a statement would carry its parameters, the result among them."""

    def collide(*_arguments: object, **_options: object) -> None:
        run = db.session.scalars(sa.select(MatchRun).where(MatchRun.result.is_not(None))).one()
        db.session.execute(
            sa.insert(MatchRun).values(
                id=run.id,
                round_id=run.round_id,
                kind=run.kind,
                run_key="x",
                state=run.state,
                created_at=run.created_at,
                result=run.result,
            )
        )

    with monkeypatch.context() as patched, caplog.at_level(logging.DEBUG):
        patched.setattr(official, "_tell_coordinators", collide)
        report = market.nightly(8)
    ((_round, error),) = report.failures
    assert error.startswith("IntegrityError")
    assert decision(market).result is None and market.phase is Phase.LOCKED and not market.mail("computed")
    students, _slots = market.codes()
    assert '"assignment"' not in caplog.text and not any(code in caplog.text for code in students)
    assert market.acts(9) == ["decided"]


def test_a_save_that_came_in_time_and_waited_is_taken(app: Flask, make: Factory) -> None:
    market = Market(make, students=1, slots=1)
    deadline = (market.round.ranking_closes_at - START) / DAY
    second = 1 / 86400
    assert market.acts(4)
    market.everyone_applies()
    assert "locked" not in market.acts(deadline + 60 * second)
    market.rank(market.students[0], market.slots[0], day=deadline - second)
    assert "locked" in market.acts(deadline + 100 * second)
