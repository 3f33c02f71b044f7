"""Make two facilities one, and take that back.

Everything that names the facility moves to the one that is kept: sites, slots, contacts, invitations,
agreements, consents, messages, texts. Where the kept one has the same already (a contact of both, an
agreement with both), the row stays where it was. The merged one remains as a name that leads to the other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from marketplace.access import Actor
from marketplace.accounts.models import Role
from marketplace.audit import services as audit
from marketplace.db import Base, db
from marketplace.errors import DomainError, NotFound
from marketplace.facilities import index
from marketplace.facilities.models import Facility
from marketplace.identity import evidence
from marketplace.identity.models import Merge
from marketplace.slots import search
from marketplace.texts import services as texts

#: What may stand once for each facility: the columns beside it that tell two rows apart.
ONCE: Mapping[str, tuple[str, ...]] = {
    "agreement_facility": ("agreement_id",),
    "employment": ("student_id",),
    "exclusion": ("student_id", "side"),
    "facility_evidence": ("sign",),
    "membership": ("user_id", "role"),
}
#: Names that have to differ within a facility: a row that clashes gets another, and its own again if undone.
NAMED: Mapping[str, str] = {"site": "name", "thread": "alias"}
#: Tables whose rows stay: the record of merges, and facilities themselves.
STAY = frozenset({"facility", "facility_merge"})


def merge(actor: Actor, kept_id: int, merged_id: int, *, now: datetime) -> Merge:
    """Move everything of one facility to another.

    Raises DomainError: "same", "keep_the_verified" where only the other one is verified, "facility_in_round"
    while a round under way has a slot of either.
    """
    kept, merged = _both(actor, kept_id, merged_id)
    _require_mergeable(kept, merged)
    texts.drop(merged.id, None, now=now)
    db.session.flush()
    moved = {table.name: ids for table, ids in _move(kept.id, merged.id) if ids}
    was = {"verified_at": _plain(merged.verified_at), "listing_id": merged.listing_id, "names": _named(moved)}
    for name in moved:
        moved[name] = [row["key"] for row in moved[name]]
    row = Merge(
        kept_id=kept.id,
        merged_id=merged.id,
        name=merged.name,
        was=was,
        moved=moved,
        merged_at=now,
        merged_by_id=actor.user_id,
    )
    db.session.add(row)
    kept.aliases = sorted({*kept.aliases, merged.name, *merged.aliases} - {kept.name})
    kept.listing_id = kept.listing_id or merged.listing_id
    merged.merged_into_id, merged.verified_at, merged.listing_id = kept.id, None, None
    _settle(kept, merged)
    audit.record(actor, "merged", kept, now=now, merged=merged.id, name=merged.name)
    return row


def undo(actor: Actor, merge_id: int, *, now: datetime) -> Merge:
    """Give the merged facility back what it brought. What came to the kept one since stays there."""
    row = db.session.get(Merge, merge_id)
    if row is None or row.undone_at is not None:
        raise NotFound("merge")
    kept, merged = _both(actor, row.kept_id, row.merged_id)
    if kept.merged_into_id is not None:  # what it brought is elsewhere: the later merge is undone first
        raise NotFound("merge")
    if evidence.rounds_using([kept.id]):
        raise DomainError("facility_in_round")
    for table in _tables():
        _give_back(table, row, kept.id)
    kept.aliases = [name for name in kept.aliases if name not in {row.name, *merged.aliases}]
    given = row.was.get("listing_id")
    merged.listing_id = given
    kept.listing_id = None if given is not None and kept.listing_id == given else kept.listing_id
    merged.merged_into_id = None
    merged.verified_at = datetime.fromisoformat(row.was["verified_at"]) if row.was["verified_at"] else None
    row.undone_at = now
    _settle(kept, merged)
    audit.record(actor, "merge undone", kept, now=now, merged=merged.id)
    return row


def merges_into(facility_id: int) -> list[Merge]:
    """The merges into a facility that can be undone, newest first."""
    query = sa.select(Merge).where(Merge.kept_id == facility_id, Merge.undone_at.is_(None))
    return list(db.session.scalars(query.order_by(Merge.id.desc())))


def counts(facility_id: int) -> dict[str, int]:
    """How much of each kind a facility has, for whoever decides."""
    return {
        table.name: db.session.execute(
            sa.select(sa.func.count()).select_from(table).where(column == facility_id)
        ).scalar_one()
        for table, column in _references()
        if table.name in {"site", "slot", "membership", "agreement_facility"}
    }


def _both(actor: Actor, kept_id: int, merged_id: int) -> tuple[Facility, Facility]:
    """Both, held until commit in the order of their ids; nobody merges their own."""
    if not (actor.has(Role.OPERATOR) or actor.has(Role.COORDINATOR)):
        raise NotFound("facility")
    if actor.facilities & {kept_id, merged_id}:
        raise NotFound("facility")
    query = sa.select(Facility).where(Facility.id.in_([kept_id, merged_id])).order_by(Facility.id)
    found = {row.id: row for row in db.session.scalars(query.with_for_update())}
    if not {kept_id, merged_id} <= found.keys():
        raise NotFound("facility")
    return found[kept_id], found[merged_id]


def _require_mergeable(kept: Facility, merged: Facility) -> None:
    if kept.merged_into_id is not None or merged.merged_into_id is not None:
        raise NotFound("facility")
    if kept.id == merged.id:
        raise DomainError("same")
    if merged.verified_at is not None and kept.verified_at is None:
        raise DomainError("keep_the_verified")
    if evidence.rounds_using([kept.id, merged.id]):
        raise DomainError("facility_in_round")


def _references() -> Iterator[tuple[sa.Table, sa.Column[Any]]]:
    """Every column that names a facility."""
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            if table.name not in STAY and any(
                key.target_fullname == "facility.id" for key in column.foreign_keys
            ):
                yield table, column


def _tables() -> list[sa.Table]:
    return [table for table, _column in _references()]


def _move(kept_id: int, merged_id: int) -> Iterator[tuple[sa.Table, list[Any]]]:
    for table, column in _references():
        rows = [dict(row) for row in _rows(table, column, merged_id)]
        there = [dict(row) for row in _rows(table, column, kept_id)]
        once = ONCE.get(table.name)
        if once:
            have = {tuple(row[name] for name in once) for row in there}
            rows = [row for row in rows if tuple(row[name] for name in once) not in have]
        taken = {row[NAMED[table.name]] for row in there} if table.name in NAMED else set()
        yield table, [_moved(table, column, row, kept_id, taken) for row in rows]


def _moved(
    table: sa.Table, column: sa.Column[Any], row: dict[str, Any], kept_id: int, taken: set[str]
) -> dict[str, Any]:
    """Move one row and say which it was; the key is the one it has from now on."""
    values: dict[str, Any] = {column.name: kept_id}
    name = NAMED.get(table.name)
    if name is not None and row[name] in taken:
        values[name] = _free(row[name], taken, table.c[name].type.length)  # type: ignore[attr-defined]
        taken.add(values[name])
    db.session.execute(sa.update(table).where(*_is(table, row)).values(values))
    after = {**row, **values}
    old = row[name] if name is not None and name in values else None
    return {"key": {c.name: after[c.name] for c in table.primary_key}, "name": old}


def _free(text: str, taken: set[str], most: int) -> str:
    number = 2
    while (made := f"{text[: most - len(str(number)) - 1]} {number}") in taken:
        number += 1
    return made


def _rows(table: sa.Table, column: sa.Column[Any], facility_id: int) -> Any:
    return db.session.execute(
        sa.select(table).where(column == facility_id).order_by(*table.primary_key)
    ).mappings()


def _is(table: sa.Table, row: Mapping[str, Any]) -> list[sa.ColumnElement[bool]]:
    return [column == row[column.name] for column in table.primary_key]


def _named(moved: dict[str, list[Any]]) -> dict[str, list[Any]]:
    """What the renamed rows were called."""
    found = {name: [row for row in rows if row["name"] is not None] for name, rows in moved.items()}
    return {name: rows for name, rows in found.items() if rows}


def _give_back(table: sa.Table, row: Merge, kept_id: int) -> None:
    column = next(column for found, column in _references() if found is table)
    for key in row.moved.get(table.name, []):
        db.session.execute(
            sa.update(table).where(*_is(table, key), column == kept_id).values({column.name: row.merged_id})
        )
    for named in row.was["names"].get(table.name, []):
        db.session.execute(
            sa.update(table).where(*_is(table, named["key"])).values({NAMED[table.name]: named["name"]})
        )


def _settle(kept: Facility, merged: Facility) -> None:
    """Have both found by what they are called now."""
    db.session.flush()
    db.session.expire_all()
    index.put(kept.id)
    if merged.merged_into_id is None:
        index.put(merged.id)
    else:
        index.forget(merged.id)
    for facility in (kept, merged):
        search.index_facility(facility.id)


def _plain(value: datetime | None) -> str | None:
    return value.isoformat() if value else None
