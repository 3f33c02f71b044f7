"""Plan a search: which terms of the index are wanted, and how common each is. One or two small statements."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from marketplace.db import db
from marketplace.naming.entries import beginnings
from marketplace.slots.filters import Filters
from marketplace.slots.models import SlotTerm
from marketplace.words import Word, read_query

#: Terms are compared by how common they are up to so many slots.
RARE = 3000
#: So many slots or fewer are looked at one by one.
FEW = 2000
BEGINNINGS = 20
_TERM = SlotTerm.__table__.c


@dataclass(frozen=True, slots=True)
class Wanted:
    """Alternatives of which a slot needs one; ``best`` are the typed word's own terms."""

    terms: tuple[str, ...]
    best: frozenset[str] = frozenset()
    typed: str = ""
    count: int = 0


@dataclass(frozen=True, slots=True)
class Plan:
    """What is wanted of the index, rarest first."""

    wanted: list[Wanted] = field(default_factory=list)
    ignored: tuple[str, ...] = ()
    hopeless: bool = False

    @property
    def words(self) -> list[Wanted]:
        """The wanted that were typed."""
        return [each for each in self.wanted if each.typed]


def plan_for(filters: Filters) -> Plan:
    """What `filters` want. A typed word that no slot has is left out, as long as another has some."""
    words = [_alternatives(word) for word in read_query(filters.text)]
    if filters.text.strip() and not words:  # signs, or a script that no index has
        return Plan(hopeless=True)
    wanted = [*words, *(Wanted(tuple(terms)) for terms in _chosen(filters) + _hours(filters))]
    if not wanted:
        return Plan()
    if not all(each.terms for each in wanted):
        return Plan(hopeless=True)
    counts = sa.select(*(_term_count(n) for n in range(len(wanted))))
    values = {f"counted{n}": list(each.terms) for n, each in enumerate(wanted)}
    found = db.session.execute(counts, values).one()
    known = [replace(each, count=count) for each, count in zip(wanted, found, strict=True)]
    ignored = tuple(each.typed for each in known if each.typed and not each.count)
    kept = sorted((each for each in known if not each.typed or each.count), key=_commonness)
    lost = len(ignored) == len(words) and bool(words)
    return Plan(kept, ignored, hopeless=lost or any(not each.count for each in kept))


def _commonness(wanted: Wanted) -> tuple[int, bool]:
    """Of the common, filters first: their slots stand in order in the index, which makes for short steps."""
    return wanted.count, bool(wanted.typed)


def first_slots(plan: Plan) -> list[int]:
    """Slots that have all that is wanted of the index: all of them if they are FEW, else the first found."""
    if not plan.wanted:
        return []
    values = {f"term{number}": list(each.terms) for number, each in enumerate(plan.wanted)}
    return list(db.session.scalars(_intersection(len(plan.wanted)), values))


@lru_cache(maxsize=16)
def _intersection(terms: int) -> sa.Select[Any]:
    first: sa.BindParameter[Any] = sa.bindparam("term0", expanding=True)
    others = [has_term(_TERM.slot_id, f"term{number}") for number in range(1, terms)]
    return sa.select(_TERM.slot_id).where(_TERM.term.in_(first), *others).limit(FEW + 1)


@lru_cache(maxsize=64)
def has_term(slot_id: sa.ColumnElement[Any], name: str) -> sa.ColumnElement[bool]:
    """Whether a slot has one of the terms given at execution under that name."""
    other = SlotTerm.__table__.alias(f"has_{name}").c
    terms: sa.BindParameter[Any] = sa.bindparam(name, expanding=True)
    return sa.exists().where(other.slot_id == slot_id, other.term.in_(terms))


def _alternatives(word: Word) -> Wanted:
    begun = [] if word.prefix is None else terms_beginning(word.prefix)
    others = [term for term in begun if ":" not in term and term not in word.terms]
    first = sorted(word.terms & set(begun)) or sorted(word.terms, key=len)
    terms = [*first, *sorted(word.terms), *sorted(word.also), *others]
    return Wanted(tuple(dict.fromkeys(terms)), word.terms, word.typed)


def _chosen(filters: Filters) -> list[list[str]]:
    single = [("task", filters.task), ("role", filters.role), ("ehr", filters.ehr)]
    single += [("state", filters.state), ("kind", filters.kind), ("speciality", filters.speciality)]
    several = [("modality", [m.value for m in filters.modalities]), ("pay", [p.value for p in filters.pay])]
    several.append(("access", [a.value for a in filters.access]))
    found = [[f"{name}:{value}"] for name, value in single if value]
    return found + [[f"{name}:{value}" for value in values] for name, values in several if values]


def _hours(filters: Filters) -> list[list[str]]:
    """The hours in the wanted range, of those that any slot has."""
    if filters.hours_from is None and filters.hours_to is None:
        return []
    least, most = filters.hours_from or 0, filters.hours_to or 10_000
    return [[t for t in terms_beginning("hours:", limit=2000) if least <= int(t.partition(":")[2]) <= most]]


def terms_beginning(prefix: str, *, limit: int = BEGINNINGS) -> list[str]:
    """The distinct index terms that begin with `prefix`: one index seek per term, not a scan."""
    values = {"least": prefix, "end": prefix + "\x7f", "most": limit}
    return list(db.session.scalars(_BEGINNINGS, values))


_BEGINNINGS = beginnings(_TERM.term)


@lru_cache(maxsize=64)
def _term_count(number: int) -> sa.ScalarSelect[int]:
    terms: sa.BindParameter[Any] = sa.bindparam(f"counted{number}", expanding=True)
    return counted(sa.select(_TERM.slot_id).where(_TERM.term.in_(terms)), RARE)


def counted(query: sa.Select[Any], most: int | str) -> sa.ScalarSelect[int]:
    """How many rows `query` has, up to a number or to the one given at execution under that name."""
    limit = most if isinstance(most, int) else sa.bindparam(most, type_=sa.Integer)
    return sa.select(sa.func.count()).select_from(query.limit(limit).subquery()).scalar_subquery()
