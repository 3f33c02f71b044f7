"""The slot search and its map at 100,000 slots and 12,500 facilities against 1,000, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from marketplace.db import db
from tests.slots import market
from tests.support import databases, scale
from tests.support.clock import Clock

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
#: Of few slots a map asks less; of many never more than this.
MAP_STATEMENTS = 12
MAPS = [
    "/slots/map",
    "/slots/map?q=coding",
    "/slots/map?pay=paid&modality=remote",
    "/slots/map?state=MN&pay=paid",
    "/slots/map?held=none",
    "/slots/map?ends_by=2027-03-01",
    "/slots/map?starts_from=2027-07-01&pay=paid",
    "/slots/map?zip=60601&within=100&q=coding",
    "/slots/map?zip=60601&within=50&remote_too=y&pay=paid",
]
SMALL, LARGE = 1_000, 100_000


def fill(app: Flask, size: int) -> None:
    """Give the application a market and a client that checks nothing, which would take time."""
    app.test_client_class = None
    with app.app_context():
        market.build(size)
        market.settle()


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


def steers(statement: str) -> bool:
    """Whether it tells PostgreSQL which ways to plan."""
    return "set_config" in statement or statement.startswith("SET LOCAL")


class executed:
    """Watch the statements of a block, then explain each with its own values."""

    def __enter__(self):
        self.seen: list[tuple[str, object]] = []

        def note(_connection, _cursor, statement, parameters, *_rest):
            searches = statement.lstrip().upper().startswith(("SELECT", "WITH")) and "slot" in statement
            if searches or steers(statement):
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
                if steers(statement):
                    connection.exec_driver_sql(statement, parameters or None)
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
    with scale.another(database_source, tmp_path / "large", clock) as large:
        fill(app, SMALL)
        fill(large, LARGE)
        scale.compare(app, large, [*SEARCHES, *MAPS])
        for address in SEARCHES:
            assert scale.statements(large, address) == scale.statements(app, address), address
            assert scanned(large, address) == [], address
        for address in MAPS:
            assert scale.statements(large, address) <= MAP_STATEMENTS, address
            assert scanned(large, address) == [], address
