"""The file with everything held about a person."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from marketplace.access import Actor
from marketplace.accounts.models import User
from marketplace.audit import services as audit
from marketplace.db import Base, db
from marketplace.facilities.models import Facility
from marketplace.privacy.holdings import HIDDEN, owned
from marketplace.rounds.models import Round
from marketplace.schools.models import Programme, School
from marketplace.slots.models import Slot

#: What the numbers in the file stand for, by the column that holds them.
_NAMED: dict[str, sa.Select[int, str]] = {
    "slot_id": sa.select(Slot.id, Slot.title),
    "facility_id": sa.select(Facility.id, Facility.name),
    "round_id": sa.select(Round.id, Round.name),
    "programme_id": sa.select(Programme.id, Programme.name),
    "school_id": sa.select(School.id, School.name),
}


def export(actor: Actor, *, now: datetime) -> str:
    """Everything held about the actor as JSON text, noted in the audit trail."""
    tables = {model.__tablename__: _rows(model, mine) for model, mine in _owned(actor)}
    audit.record(actor, "took own data", db.session.get_one(User, actor.user_id), now=now)
    whole = {
        "about": "Everything Practicum Match holds about you. Times are UTC; numbers are named at the end.",
        "made_at": now.isoformat(),
        "you": tables,
        "names": _names(row for rows in tables.values() for row in rows),
    }
    return json.dumps(whole, indent=1, ensure_ascii=False, default=_plain)


def _owned(actor: Actor) -> Iterable[tuple[type[Base], sa.ColumnElement[bool]]]:
    return owned(actor.user_id, actor.email).items()


def _rows(model: type[Base], mine: sa.ColumnElement[bool]) -> list[dict[str, Any]]:
    table = model.metadata.tables[model.__tablename__]
    hidden = HIDDEN.get(model.__tablename__, frozenset())
    columns = [column for column in table.columns if column.name not in hidden]
    query = sa.select(*columns).where(mine).order_by(*table.primary_key.columns)
    return [dict(row) for row in db.session.execute(query).mappings()]


def _names(rows: Iterable[dict[str, Any]]) -> dict[str, dict[str, str]]:
    wanted: dict[str, set[int]] = {name: set() for name in _NAMED}
    for row in rows:
        for name, ids in wanted.items():
            if row.get(name) is not None:
                ids.add(row[name])
    return {
        name: {
            str(i): text
            for i, text in db.session.execute(
                query.where(query.selected_columns[0].in_(wanted[name])).order_by(query.selected_columns[0])
            )
        }
        for name, query in _NAMED.items()
    }


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, date | datetime) else str(value)
