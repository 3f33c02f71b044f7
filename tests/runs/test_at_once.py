"""Four nightly jobs at once, night after night: everything happens once. Without its guard, it doesn't."""

from __future__ import annotations

import socket
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from aiosmtpd.controller import Controller
from alembic.migration import MigrationContext
from alembic.operations import Operations
from flask import Flask

from marketplace.db import db
from marketplace.mail.models import OutboxMessage
from marketplace.rounds.phases import Phase
from marketplace.runs.models import RunKind, RunState
from tests.factories import Factory
from tests.rounds.market import DAY, START, Market
from tests.runs import processes

pytestmark = pytest.mark.both_databases

JOBS = 4
Night = Callable[[str], list[tuple[int, str]]]


class Letterbox:
    """Counts what arrives, by Message-ID."""

    def __init__(self) -> None:
        self.arrived: Counter[str] = Counter()

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        self.arrived[message_from_bytes(envelope.content)["Message-ID"]] += 1
        return "250 OK"


@pytest.fixture
def letterbox() -> Iterator[tuple[Letterbox, str]]:
    """A mail server and its address."""
    box = Letterbox()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    yield box, f"smtp://127.0.0.1:{port}"
    controller.stop()


@pytest.fixture
def variables(database_url: str, tmp_path: Path, letterbox: tuple[Letterbox, str]) -> dict[str, str]:
    """The environment of the installation's processes."""
    return processes.environment(database_url, tmp_path / "home", letterbox[1])


def markets(make: Factory, nights: int) -> list[Market]:
    """Rounds that rehearse from the first night on; one locks halfway, one in the end."""
    stages = {"applying_opens_at": 0.5, "applying_closes_at": 0.8, "ranking_opens_at": 0.6}
    found = []
    for last in (nights // 2, nights - 1):
        market = Market(make, name=f"Until {last}", ranking_closes_at=last, release_planned_at=last, **stages)
        for student in market.students:
            market.apply(student, day=0.7)
            market.rank(student, *market.slots, day=0.75)
        found.append(market)
    return found


def instant(night: int) -> str:
    return (START + night * DAY).isoformat()


def simulate(found: list[Market], nights: int, run: Night) -> Counter[str]:
    """Run all nights; what the jobs said they did, all together."""
    said: Counter[str] = Counter()
    for night in range(1, nights + 1):
        for code, output in run(instant(night)):
            said.update(line for line in output.splitlines() if line.startswith("round "))
            said["failed"] += code != 0
        for market in found:
            if market.phase is Phase.COMPUTED:
                market.release(day=night)
    return said


def expected(found: list[Market], nights: int) -> Counter[str]:
    """What must have been said, once each, and no job failed."""
    said: Counter[str] = Counter({"failed": 0})
    for market, last in zip(found, (nights // 2, nights - 1), strict=True):
        acts = ["opened applications", "opened ranking", "locked", "decided"]
        dates = [(START + night * DAY).date() for night in range(1, last)]
        acts += [f"rehearsed {date.isoformat()}" for date in dates]
        said.update(f"round {market.round_id}: {act}" for act in acts)
    return said


def check_rows(app: Flask, found: list[Market], nights: int, box: Letterbox) -> None:
    for market, last in zip(found, (nights // 2, nights - 1), strict=True):
        rehearsals, official = market.runs(RunKind.REHEARSAL), market.runs(RunKind.OFFICIAL)
        assert len(rehearsals) == last - 1 and len(official) == 1
        assert {(run.state, run.attempts) for run in (*rehearsals, *official)} == {(RunState.DONE, 1)}
        assert market.phase is Phase.RELEASED
    with app.app_context():
        messages = db.session.scalars(sa.select(OutboxMessage)).all()
    assert all(message.sent_at and message.attempts == 1 for message in messages)
    mended = [message for message in messages if ":fixes:" in message.key]
    assert len({message.key for message in mended}) == len(mended) >= 2, "of a night at most one each"
    others = len(messages) - len(mended)
    assert others == len(box.arrived) - len(mended) == 2 * (5 + 1 + 5)  # locked, computed, released
    assert set(box.arrived.values()) == {1}


@pytest.mark.parametrize("nights", [6, pytest.param(50, marks=pytest.mark.full)])
def test_everything_happens_once(
    app: Flask, make: Factory, variables: dict[str, str], letterbox: tuple[Letterbox, str], nights: int
) -> None:
    found = markets(make, nights)
    with processes.starter(variables) as starter:
        said = simulate(found, nights, lambda at: starter.start(JOBS, "nightly", "--now", at))
        starter.start(1, "nightly")  # the last mail
    assert said == expected(found, nights)
    check_rows(app, found, nights, letterbox[0])


@pytest.mark.full
def test_everything_happens_once_in_fresh_interpreters(
    app: Flask, make: Factory, variables: dict[str, str], letterbox: tuple[Letterbox, str]
) -> None:
    nights = 50
    found = markets(make, nights)
    said = simulate(found, nights, lambda at: processes.flask(JOBS, variables, ["nightly", "--now", at]))
    processes.flask(1, variables, ["nightly"])
    assert said == expected(found, nights)
    check_rows(app, found, nights, letterbox[0])


def test_a_round_that_nobody_ran_for_is_caught_up_with_once(
    make: Factory, variables: dict[str, str], letterbox: tuple[Letterbox, str]
) -> None:
    """Everything is due at once, by real ``flask nightly`` commands."""
    found = markets(make, 6)
    at = (START + 6 * DAY + timedelta(hours=1)).isoformat()
    outcomes = processes.flask(JOBS, variables, ["nightly", "--now", at])
    assert [code for code, _ in outcomes] == [0] * JOBS, outcomes
    said = Counter(line for _, output in outcomes for line in output.splitlines() if line.startswith("round"))
    acts = ("opened applications", "opened ranking", "locked", "decided")
    assert said == Counter(f"round {market.round_id}: {act}" for market in found for act in acts)
    assert set(letterbox[0].arrived.values()) == {1}


#: What one would write without thinking of others: look, and (a moment later) do.
UNGUARDED = """
import time

from marketplace.db import db, transaction
from marketplace.runs import leases
from marketplace.runs.models import MatchRun, RunState


def claim(run_id, *, wall):
    with transaction() as session:
        done = session.get(MatchRun, run_id).state is RunState.DONE
    time.sleep(0.5)
    return None if done else "anyone"


def finish(run_id, attempt, **values):
    for name, value in values.items():
        setattr(db.session.get(MatchRun, run_id), name, value)


leases.claim, leases.finish = claim, finish
"""


def drop_the_key(url: str) -> None:
    """Take the UNIQUE key of runs away."""
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
        operations = Operations(MigrationContext.configure(connection))
        with operations.batch_alter_table("match_run") as table:
            table.drop_constraint("uq_match_run_round_id_kind_run_key", type_="unique")
        connection.commit()
    engine.dispose()


def test_without_the_guard_it_would_not(make: Factory, variables: dict[str, str], database_url: str) -> None:
    """The same simulation sees more than one rehearsal a night: it can fail."""
    nights = 6
    found = markets(make, nights)
    drop_the_key(database_url)
    with processes.starter(variables) as starter:
        said = simulate(
            found, nights, lambda at: starter.start(JOBS, "nightly", "--now", at, before=UNGUARDED)
        )
    assert said != expected(found, nights)
    assert max(count for line, count in said.items() if "rehearsed" in line) > 1
