"""The slot search at 100,000 slots and 12,500 facilities against 1,000 slots, on both databases.

On SQLite times are this process's own, where it does all the work; on PostgreSQL they are the wall's, taken
in turns, so that whatever else the machine does slows both alike.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from marketplace.app import create_app
from marketplace.db import db
from tests.slots import market
from tests.slots.test_search import counted
from tests.support import databases
from tests.support.clock import Clock
from tests.support.settings import settings_for

SEARCHES = [
    "/slots",
    "/slots?q=coding",
    "/slots?q=riverside+cod",
    "/slots?q=no+such+thing",
    "/slots?q=medical+records&sort=soonest",
    "/slots?q=hospital&task=coding&modality=remote",
    "/slots?q=release+of+information+epic",
    "/slots?state=MN&pay=paid",
    "/slots?ehr=epic&access=write&pay=paid&hours_from=80&hours_to=120",
    "/slots?held=none&sort=newest",
    "/slots?zip=60601&within=50&sort=nearest",
    "/slots?zip=60601&within=any&remote_too=y&sort=nearest",
    "/slots?zip=60601&within=100&q=privacy",
    "/slots?q=coding&page=3",
]
SMALL, LARGE, TIMES = 1_000, 100_000, 8


def timed(app: Flask, address: str) -> float:
    """Seconds of one whole response."""
    client, on_sqlite = app.test_client(), app.config["SQLALCHEMY_DATABASE_URI"].startswith("sqlite")
    clock = time.process_time if on_sqlite else time.perf_counter
    started = clock()
    assert client.get(address).status_code == 200
    return clock() - started


def percentile(times: list[float]) -> float:
    """The 95th of a hundred."""
    return statistics.quantiles(times, n=20)[-1]


def fill(app: Flask, size: int) -> None:
    """Give the application a market and a client that checks nothing, which would take time."""
    app.test_client_class = None
    with app.app_context():
        market.build(size)
        market.settle()


def statements(app: Flask, address: str) -> int:
    """How many statements a page sends."""
    with app.app_context(), counted() as seen:
        app.test_client().get(address)
    return len(seen)


def scanned(app: Flask, address: str) -> list[str]:
    """The statements of a page that read a whole table of the market."""
    with app.app_context(), executed() as seen:
        app.test_client().get(address)
        return [text for text, plan in seen() if reads_all(plan)]


def reads_all(plan: str) -> bool:
    """Whether a plan reads a table from end to end without an index."""
    tables = ("slot", "slot_term", "site", "facility")
    whole = (f"SCAN {table}" for table in tables), (f"Seq Scan on {table} " for table in tables)
    lines = [line for line in plan.splitlines() if "USING" not in line]
    return any(line.strip().startswith(tuple(whole[0])) for line in lines) or any(
        each in line for each in whole[1] for line in lines
    )


class executed:
    """Watch the statements of a block, then explain each with its own values."""

    def __enter__(self):
        self.seen: list[tuple[str, object]] = []

        def note(_connection, _cursor, statement, parameters, *_rest):
            searches = statement.lstrip().upper().startswith(("SELECT", "WITH")) and "slot" in statement
            if searches or "set_config" in statement:
                self.seen.append((statement, parameters))

        self._note = note
        sa.event.listen(db.engine, "before_cursor_execute", note)
        return self._explained

    def __exit__(self, *_error: object) -> None:
        sa.event.remove(db.engine, "before_cursor_execute", self._note)

    def _explained(self) -> Iterator[tuple[str, str]]:
        sa.event.remove(db.engine, "before_cursor_execute", self._note)
        with db.engine.connect() as connection:
            word = "EXPLAIN QUERY PLAN" if connection.dialect.name == "sqlite" else "EXPLAIN"
            for statement, parameters in self.seen:
                if "set_config" in statement:
                    connection.exec_driver_sql(statement, parameters)
                    continue
                rows = connection.exec_driver_sql(f"{word} {statement}", parameters).all()
                yield statement, "\n".join(str(row[-1]) for row in rows)
        sa.event.listen(db.engine, "before_cursor_execute", self._note)


@pytest.mark.full
@pytest.mark.both_databases
def test_the_search_at_100_000_slots(
    app: Flask, database_source: databases.Source, tmp_path: Path, clock: Clock
) -> None:
    clock.set(market.NOW)
    folder = tmp_path / "large"
    folder.mkdir()
    url = database_source.copy(folder)
    large = create_app(settings_for(url, folder, clock))
    try:
        fill(app, SMALL)
        fill(large, LARGE)
        small_times: list[float] = []
        large_times: list[float] = []
        slow = {}
        for address in SEARCHES:
            pairs = [(timed(app, address), timed(large, address)) for _ in range(TIMES + 1)][1:]
            few, many = (min(each) for each in zip(*pairs, strict=True))
            small_times += [pair[0] for pair in pairs]
            large_times += [pair[1] for pair in pairs]
            print(f"{few * 1000:7.1f} ms  {many * 1000:7.1f} ms  {many / few:4.1f}  {address}")
            if many > 6 * few:
                slow[address] = (few, many)
        few, many = percentile(small_times), percentile(large_times)
        print(f"{few * 1000:7.1f} ms  {many * 1000:7.1f} ms  {many / few:4.1f}  p95 of all")
        assert many <= 5 * few
        assert not slow
        for address in SEARCHES:
            assert statements(large, address) == statements(app, address), address
            assert scanned(large, address) == [], address
    finally:
        with large.app_context():
            db.session.remove()
            db.engine.dispose()
        database_source.drop(url)
