"""The words that the directory is searched by, with the synonyms of the slot search.

Whoever changes an entry puts its texts here anew. Work to find is bounded: few index seeks a word.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from marketplace.db import db
from marketplace.naming.models import DirectoryTerm, Entry, Part
from marketplace.us_states import STATES
from marketplace.words import Word, read_query, words

#: Words are compared by how common they are up to so many entries.
RARE = 1000
BEGINNINGS = 20
_CHUNK = 200
_TERM = DirectoryTerm.__table__.c


@dataclass(frozen=True, slots=True)
class Plan:
    """The words of a query, rarest first, each as its alternatives. ``ignored``: those that no entry has."""

    wanted: tuple[tuple[str, ...], ...] = ()
    ignored: tuple[str, ...] = ()
    hopeless: bool = False


def place(city: str, state: str) -> str:
    """A place as people type it."""
    return f"{city} {STATES.get(state, '')} {state}"


def put(entry: Entry, part: Part, texts: Mapping[int, Iterable[str]]) -> None:
    """Have entries be found by these texts, and by no others of that part."""
    ids = sorted(texts)
    for start in range(0, len(ids), _CHUNK):
        some = ids[start : start + _CHUNK]
        owned = (_TERM.entry == entry, _TERM.part == part, _TERM.owner_id.in_(some))
        db.session.execute(sa.delete(DirectoryTerm).where(*owned))
        rows = [
            {"entry": entry, "term": term, "owner_id": id_, "part": part}
            for id_ in some
            for term in sorted(words(" . ".join(texts[id_])))
        ]
        if rows:
            db.session.execute(sa.insert(DirectoryTerm), rows)


def forget(entry: Entry, ids: Iterable[int]) -> None:
    """Take entries out of the search."""
    owned = (_TERM.entry == entry, _TERM.owner_id.in_(list(ids)))
    db.session.execute(sa.delete(DirectoryTerm).where(*owned))


def unknown(entry: Entry, id_: sa.SQLColumnExpression[int]) -> sa.ColumnElement[bool]:
    """An entry that the search does not know."""
    owned = (_TERM.entry == entry, _TERM.owner_id == id_, _TERM.part == Part.SELF)
    return ~sa.exists().where(*owned)


def plan_for(entry: Entry, text: str) -> Plan:
    """What to look for. A word that no entry has is left out, as long as another has some."""
    asked = [(word.typed, _alternatives(entry, word)) for word in read_query(text)]
    if not asked:
        return Plan(hopeless=bool(text.strip()) and not read_query(text))
    counts = db.session.execute(sa.select(*(_count(entry, terms) for _typed, terms in asked))).one()
    known = sorted((count, terms) for count, (_typed, terms) in zip(counts, asked, strict=True) if count)
    ignored = tuple(typed for count, (typed, _terms) in zip(counts, asked, strict=True) if not count)
    return Plan(tuple(terms for _count, terms in known), ignored, hopeless=not known)


def matches(entry: Entry, plan: Plan, id_: sa.SQLColumnExpression[int]) -> list[sa.ColumnElement[bool]]:
    """The conditions on an entry's id: one for each word."""
    return [
        sa.exists().where(_TERM.entry == entry, _TERM.owner_id == id_, _TERM.term.in_(terms))
        for terms in plan.wanted
    ]


def few(entry: Entry, plan: Plan) -> list[int] | None:
    """The ids of the entries with all words, if they are few."""
    if not plan.wanted:
        return None
    rarest, *others = plan.wanted
    query = sa.select(_TERM.owner_id).where(_TERM.entry == entry, _TERM.term.in_(rarest)).distinct()
    other = DirectoryTerm.__table__.alias("other").c
    for terms in others:
        has = sa.exists().where(other.entry == entry, other.owner_id == _TERM.owner_id, other.term.in_(terms))
        query = query.where(has)
    ids = list(db.session.scalars(query.limit(RARE + 1)))
    return sorted(ids) if len(ids) <= RARE else None


def beginnings(term: sa.SQLColumnExpression[str], *where: sa.ColumnElement[bool]) -> sa.Select[Any]:
    """The distinct terms from ``least`` to before ``end``, ``most`` of them: an index seek for each."""
    end = sa.bindparam("end", type_=sa.String)
    first = sa.select(sa.func.min(term).label("term")).where(
        *where, term >= sa.bindparam("least", type_=sa.String), term < end
    )
    walk = first.cte("walk", recursive=True)
    following = (
        sa.select(sa.func.min(term))
        .where(*where, term > walk.c.term, term < end)
        .correlate(walk)
        .scalar_subquery()
    )
    walk = walk.union_all(sa.select(following).where(walk.c.term.is_not(None)))
    return (
        sa.select(walk.c.term).where(walk.c.term.is_not(None)).limit(sa.bindparam("most", type_=sa.Integer))
    )


def _alternatives(entry: Entry, word: Word) -> tuple[str, ...]:
    begun: list[str] = []
    if word.prefix is not None:
        values = {"least": word.prefix, "end": word.prefix + "\x7f", "most": BEGINNINGS}
        begun = list(db.session.scalars(beginnings(_TERM.term, _TERM.entry == entry), values))
    return tuple(sorted({*word.terms, *word.also, *begun}))


def _count(entry: Entry, terms: tuple[str, ...]) -> sa.ScalarSelect[int]:
    some = sa.select(_TERM.owner_id).where(_TERM.entry == entry, _TERM.term.in_(terms)).limit(RARE)
    return sa.select(sa.func.count()).select_from(some.subquery()).scalar_subquery()
