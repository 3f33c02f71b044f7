"""Keep the index of names, and draw from it the few organisations worth comparing.

Work is bounded: one query, whose answer is short however many organisations there are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from marketplace.db import db
from marketplace.naming.likeness import Described
from marketplace.naming.models import NameTerm, Owner
from marketplace.naming.words import fold, grams, weight

#: How many are compared. The directory's entry was among them for all 300 typed variants.
COMPARED = 60
_NAMED = "n:"
_PLACED = "p:"
_SIGNED = "s:"
_CHUNK = 200


def terms(one: Described) -> set[str]:
    """The pieces that an organisation is found by."""
    named = {f"{_NAMED}{gram}" for name in (one.name, *one.aliases) for gram in _grams(name)}
    placed = {f"{_PLACED}{one.zip}"} if one.zip else set()
    town = "".join(fold(one.city))[:50]
    signed = {f"{_SIGNED}{sign[:56]}" for sign in (one.phone, one.domain) if sign}
    return named | placed | signed | ({f"{_PLACED}{town}"} if town else set())


def put(owner: Owner, described: Mapping[int, Sequence[Described]]) -> None:
    """Index organisations by id anew; one with several sites is described once for each."""
    ids = sorted(described)
    for start in range(0, len(ids), _CHUNK):
        some = ids[start : start + _CHUNK]
        forget(owner, some)
        rows = [row for id_ in some for row in _rows(owner, id_, described[id_])]
        if rows:
            db.session.execute(sa.insert(NameTerm), rows)


def forget(owner: Owner, ids: Iterable[int]) -> None:
    """Take organisations out of the index."""
    db.session.execute(sa.delete(NameTerm).where(NameTerm.owner == owner, NameTerm.owner_id.in_(list(ids))))


def candidates(typed: Described) -> dict[Owner, list[int]]:
    """Those of the same state that share most with what was typed; without a state, of all."""
    worth = sa.case((NameTerm.term.startswith(_SIGNED), 12), (NameTerm.term.startswith(_PLACED), 3), else_=1)
    query = sa.select(NameTerm.owner, NameTerm.owner_id).where(NameTerm.term.in_(sorted(terms(typed))))
    if typed.state:
        query = query.where(NameTerm.state.in_([typed.state, ""]))
    order = (sa.func.sum(worth).desc(), NameTerm.owner.desc(), NameTerm.owner_id)
    found: dict[Owner, list[int]] = {Owner.FACILITY: [], Owner.LISTING: []}
    grouped = query.group_by(NameTerm.owner, NameTerm.owner_id).order_by(*order).limit(COMPARED)
    for owner, id_ in db.session.execute(grouped):
        found[owner].append(id_)
    return found


def _grams(name: str) -> set[str]:
    words = fold(name)
    telling = [word for word in words if weight(word) > 0.3] or words
    return {gram for word in telling for gram in grams(word)}


def _rows(owner: Owner, id_: int, described: Sequence[Described]) -> list[dict[str, Any]]:
    pairs = {(term, one.state) for one in described for term in terms(one)}
    return [{"term": term, "state": state, "owner": owner, "owner_id": id_} for term, state in sorted(pairs)]
