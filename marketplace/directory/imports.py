"""Import public listings and ZIP centres: check every row, then write all of them or none.

A kind of file is a layout, a function from a checked row to column values, and the columns that identify
a listing. Importing again updates; a listing that a newer file lacks stays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from marketplace import tables
from marketplace.audit import services as audit
from marketplace.cells import Problem, Row
from marketplace.db import Base, db
from marketplace.tables import Layout, Table, Tick, Values

BATCH = 500

#: Our columns that only some files carry, and the file's column each needs.
NEEDS = {
    "address": "address",
    "city": "city",
    "zip": "zip",
    "county": "county",
    "phone": "phone",
    "kind": "kind",
    "ownership": "ownership",
    "website": "website",
    "beds": "beds",
    "latitude": "lat",
    "longitude": "lon",
    "position_source": "position_source",
    "unitid": "unitid",
    "evidence_grade": "evidence_grade",
    "evidence_date": "evidence_date",
    "hours_on_page": "hours_on_page",
    "note": "note",
}


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of file and where its rows go.

    ``stamped``: the row keeps when it was imported. ``index``: called with the rows written.
    """

    model: type[Base]
    layout: Layout
    key: tuple[str, ...]
    parse: Callable[[Row], Values]
    stamped: bool = True
    index: Callable[[list[Values]], object] = lambda _rows: None


@dataclass(slots=True)
class Report:
    """What an import found and did."""

    rows: int = 0
    added: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0
    problems: list[Problem] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)
    unused: list[str] = field(default_factory=list)

    @property
    def refused(self) -> bool:
        """Whether nothing may be written."""
        return bool(self.problems)


def check(data: bytes, kind: Kind, *, tick: Tick = lambda _n: None) -> tuple[Report, list[Values]]:
    """Read and check a whole file. Values are those of the good rows."""

    def key(values: Values) -> tuple[Any, ...] | None:
        found = _key(values, kind)
        return found if all(found) else None

    checked = tables.check(data, kind.layout, kind.parse, key, tick=tick)
    table, problems = checked.table, checked.problems
    report = Report(rows=len(table.rows), problems=problems, notes=checked.notes, unused=table.unused)
    report.rejected = len({problem.line for problem in report.problems if problem.line > 1})
    return report, [_known(values, table) for _line, values in checked.rows]


def write(
    kind: Kind, rows: list[Values], report: Report, *, now: datetime, tick: Tick = lambda _n: None
) -> None:
    """Insert new listings and update changed ones; fills in the report. The caller commits."""
    table = kind.model.__table__
    assert isinstance(table, sa.Table)
    stored = {_key(row, kind): row for row in _stored(table)}
    for start in range(0, len(rows), BATCH):
        batch = rows[start : start + BATCH]
        fresh = [values for values in batch if _key(values, kind) not in stored]
        changed = [values for values in batch if _differs(values, stored.get(_key(values, kind)))]
        stamp = {"imported_at": now} if kind.stamped else {}
        if fresh:
            db.session.execute(sa.insert(table), [{**_blank(table), **v, **stamp} for v in fresh])
        _update(table, kind, [{**values, **stamp} for values in changed])
        kind.index(fresh + changed)
        report.added += len(fresh)
        report.updated += len(changed)
        report.unchanged += len(batch) - len(fresh) - len(changed)
        tick(len(batch))
    counts = {"added": report.added, "updated": report.updated, "unchanged": report.unchanged}
    audit.record(None, f"imported {table.name}", report, now=now, **counts)


def _known(values: Values, table: Table) -> Values:
    """Without what the file has no column for: an update must not blank it."""
    absent = {name for name, needed in NEEDS.items() if needed not in table.headings}
    return {name: value for name, value in values.items() if name not in absent}


def _key(values: Any, kind: Kind) -> tuple[Any, ...]:
    return tuple(values[name] for name in kind.key)


def _stored(table: sa.Table) -> Iterable[Any]:
    return db.session.execute(sa.select(table)).mappings()


def _differs(values: Values, stored: Any) -> bool:
    return stored is not None and any(stored[name] != value for name, value in values.items())


def _blank(table: sa.Table) -> Values:
    """Values for columns that a file may lack."""
    return {
        column.name: "" if isinstance(column.type, sa.String) else None
        for column in table.c
        if column.name != "id"
    }


def _update(table: sa.Table, kind: Kind, changed: list[Values]) -> None:
    if not changed:
        return
    match = [table.c[name] == sa.bindparam(f"key_{name}") for name in kind.key]
    names = [name for name in changed[0] if name not in kind.key]
    statement = sa.update(table).where(*match).values({name: sa.bindparam(f"new_{name}") for name in names})
    rows = [
        {f"key_{name}": values[name] for name in kind.key} | {f"new_{name}": values[name] for name in names}
        for values in changed
    ]
    db.session.connection().execute(statement, rows)
