"""Pages of a large site against the same pages of a small one: times, taken in turns, and statements.

On SQLite times are this process's own, where it does all the work; on PostgreSQL they are the wall's, taken
in turns, so that whatever else the machine does slows both alike.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from flask import Flask

from marketplace.app import create_app
from marketplace.db import db
from tests.support import databases
from tests.support.clock import Clock
from tests.support.settings import settings_for

TIMES = 8


@contextmanager
def another(source: databases.Source, folder: Path, clock: Clock) -> Iterator[Flask]:
    """A second application, on a database of its own beside the test's."""
    folder.mkdir()
    url = source.copy(folder)
    app = create_app(settings_for(url, folder, clock))
    try:
        yield app
    finally:
        with app.app_context():
            db.session.remove()
            db.engine.dispose()
        source.drop(url)


def compare(small: Flask, large: Flask, addresses: Sequence[str]) -> None:
    """Fail where a page of the large site takes too long: all of them by their 95th of a hundred, each alone
    by its best, as the first of each kind is not counted."""
    small_times: list[float] = []
    large_times: list[float] = []
    slow = {}
    for address in addresses:
        pairs = [(timed(small, address), timed(large, address)) for _ in range(TIMES + 1)][1:]
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


def statements(app: Flask, address: str) -> int:
    """How many statements a page sends."""
    with app.app_context(), counted() as seen:
        app.test_client().get(address)
    return len(seen)


@contextmanager
def counted() -> Iterator[list[str]]:
    """The statements sent to the database inside the block."""
    seen: list[str] = []

    def note(_connection, _cursor, statement, *_rest):
        seen.append(statement)

    sa.event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        sa.event.remove(db.engine, "before_cursor_execute", note)
