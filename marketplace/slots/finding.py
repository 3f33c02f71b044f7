"""Find posted slots: by words, filters and distance, in bounded work whatever the number of slots.

The search intersects the index rows of what is wanted. Slots with all of it, if there are FEW, are looked at
one by one. If there are more it walks an index in the order asked for (by relevance: the slots in which a
word weighs most) and stops when the page is full, which is soon, as so many match. Around a ZIP it starts
from the sites there. Totals are counted up to a bound. Statements are made of parts built once; only their
values change.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from marketplace.db import UTCDateTime, db, unindexed
from marketplace.facilities.models import Facility, Site
from marketplace.geo import (
    Point,
    box_around,
    box_parameters,
    distance_from_origin,
    miles_between,
    origin_parameters,
)
from marketplace.paging import Page
from marketplace.slots.filters import Filters, Sort
from marketplace.slots.models import Shortlisted, Slot, SlotState, SlotTerm
from marketplace.slots.plan import FEW, Plan, Wanted, counted, first_slots, has_term, plan_for
from marketplace.vocabulary import CREDENTIALS, EhrAccess, Modality, Pay, SlotKind

PAGE_SIZE = 15
COUNTED = 100
#: By relevance, so many of the best slots of a common word are weighed against each other.
POOL = 300
RINGS = (25, 100, 400)
#: So near, the sites around a ZIP are fewer than the slots of a common word.
NEARBY = 100


@dataclass(frozen=True, slots=True)
class Hit:
    """A slot in the results: what its card shows."""

    id: int
    title: str
    facility: str
    city: str
    state: str
    modality: Modality
    pay: Pay
    kind: SlotKind
    ehr: str
    ehr_access: EhrAccess
    task_areas: list[str]
    hours: int
    starts_on: date
    ends_on: date
    capacity: int
    miles: float | None
    kept: bool


@dataclass(frozen=True, slots=True)
class Results(Page[Hit]):
    """A page of hits. ``ignored``: typed words that no slot has, which were left out."""

    ignored: tuple[str, ...] = ()


_WAYS = [f"enable_{way}" for way in ("seqscan", "hashjoin", "mergejoin", "memoize")]
_STEPS = sa.select(*(sa.func.set_config(way, "off", True) for way in _WAYS))
_ANY_WAY = sa.text("; ".join(f"SET LOCAL {way} TO DEFAULT" for way in _WAYS))
_SLOT, _SITE, _FACILITY = Slot.__table__.c, Site.__table__.c, Facility.__table__.c
_TERM = SlotTerm.__table__.c
_POSTED = _SLOT.state == SlotState.POSTED
_FREE_POSTED = unindexed(_SLOT.state) == SlotState.POSTED
_UPCOMING = _SLOT.starts_on >= sa.bindparam("first_day", type_=sa.Date)
_FREE_UPCOMING = unindexed(_SLOT.starts_on) >= sa.bindparam("first_day", type_=sa.Date)
_VERIFIED = sa.exists().where(_FACILITY.id == _SLOT.facility_id, _FACILITY.verified_at.is_not(None))
_ENDS_BY = _SLOT.ends_on <= sa.bindparam("last_day", type_=sa.Date)
_SINCE = sa.bindparam("visible_since", type_=UTCDateTime)
_VISIBLE_SINCE = sa.or_(
    _SLOT.posted_at >= _SINCE,
    sa.exists().where(_FACILITY.id == _SLOT.facility_id, _FACILITY.verified_at >= _SINCE),
)
_CANDIDATE = _SLOT.id.in_(sa.bindparam("candidates", expanding=True))
_REMOTE = _SLOT.modality == Modality.REMOTE
_DISTANCE = distance_from_origin(_SITE.latitude, _SITE.longitude)
_UNPLACED = sa.case((_SITE.latitude.is_(None), 1), else_=0)
#: A sort key, and whether it falls.
Key = tuple[sa.ColumnElement[Any], bool]
_SOONEST: tuple[Key, ...] = ((_SLOT.starts_on, False), (_SLOT.id, False))
_KEPT = sa.exists().where(
    Shortlisted.slot_id == _SLOT.id, Shortlisted.student_id.in_(sa.bindparam("students", expanding=True))
)


def search(
    filters: Filters,
    *,
    page: int = 1,
    origin: Point | None = None,
    today: date,
    students: tuple[int, ...] = (),
) -> Results:
    """One page of the posted slots that match. Slots that have begun are left out.

    Without `origin` nothing is filtered or sorted by distance. ``students`` are whose shortlists count.
    """
    plan = plan_for(filters)
    if plan.hopeless:
        return Results([], page, PAGE_SIZE, 0, ignored=plan.ignored)
    ask = Ask(filters, plan, origin, today)
    with walking_indexes():
        counts = ask.counts(page)
        statement = _page(*ask.ordered(page, counts), students=bool(students))
        place = {"students": list(students), "size": PAGE_SIZE, "skip": (page - 1) * PAGE_SIZE}
        rows = db.session.execute(statement, ask.values | place).all()
    hits = [_hit(row, origin) for row in rows]
    total = counts[0]
    return Results(hits, page, PAGE_SIZE, min(total, COUNTED), total > COUNTED, plan.ignored)


@contextmanager
def walking_indexes() -> Iterator[None]:
    """For the statements of a block, keep PostgreSQL to steps along indexes, as SQLite does.

    Each statement stops after a few rows; a table read whole, or hashed for a join, is work for nothing. What
    follows in the same transaction is planned as usual again; a failed one ends and takes the setting along.
    """
    steered = db.engine.dialect.name == "postgresql"
    if steered:
        db.session.execute(_STEPS)
    yield
    if steered:
        db.session.execute(_ANY_WAY)


def by_ids(ids: list[int], *, origin: Point | None = None) -> list[Hit]:
    """Slots as the results show them, in the given order."""
    query = _columns(students=False).where(_SLOT.id.in_(sa.bindparam("ids", expanding=True)))
    rows = {row.id: _hit(row, origin) for row in db.session.execute(query, {"ids": ids})}
    return [rows[id_] for id_ in ids if id_ in rows]


@dataclass
class Ask:
    """One search as statements: the conditions, and the values they are asked with.

    ``by_terms``: whoever asks starts from rows of the index of words. ``first``: the slots found first that
    have all that is wanted of the index; ``few``: they, if they are all or `only_first` are asked about.
    """

    filters: Filters
    plan: Plan
    origin: Point | None
    today: date
    values: dict[str, Any] = field(default_factory=dict)
    by_terms: bool = False
    first: list[int] | None = None
    only_first: bool = False

    def __post_init__(self) -> None:
        if self.first is None:
            self.first = first_slots(self.plan)
        known = self.only_first or (self.plan.wanted and len(self.first) <= FEW)
        self.few = sorted(set(self.first)) if known else None
        self.by_distance = self.filters.sort is Sort.NEAREST and self.origin is not None
        self.by_relevance = self.filters.sort is Sort.RELEVANCE and bool(self.plan.words)
        self.query = sa.select(_SLOT.id).where(*self._conditions())
        if self.origin is not None:
            self.values |= origin_parameters(self.origin)

    def counts(self, page: int) -> list[int]:
        """How many match, up to a bound; and, to sort by distance, how many in each ring."""
        counts = [counted(self.query, COUNTED + 1)]
        if self._by_ring():
            assert self.origin is not None
            for miles in RINGS:
                self.values |= _circle_values(f"ring{miles}", self.origin, miles)
            counts += [counted(self.query.where(_in_circle(f"ring{m}")), "enough") for m in RINGS]
            self.values["enough"] = page * PAGE_SIZE
        return list(db.session.execute(sa.select(*counts), self.values).one())

    def ordered(self, page: int, counts: list[int]) -> tuple[sa.Select[Any], list[Key]]:
        """The query, and the order asked for."""
        if self.by_distance:
            return self._nearest(page, counts[1:])
        if self.by_relevance:
            return self._most_relevant(all_of_them=self._are_few(counts[0]))
        if self.filters.sort is Sort.NEWEST:
            return self.query, [(_SLOT.posted_at, True), (_SLOT.id, True)]
        return self.query, list(_SOONEST)

    def _by_ring(self) -> bool:
        return self.by_distance and (self.filters.within is None or self.filters.remote_too)

    def _nearest(self, page: int, filled: list[int]) -> tuple[sa.Select[Any], list[Key]]:
        """By distance. Whoever is in a ring is nearer than all outside: a full ring is enough."""
        query = self.query
        for miles, count in zip(RINGS, filled, strict=False):
            if count >= page * PAGE_SIZE:
                query = query.where(_in_circle(f"ring{miles}"))
                break
        query = query.join(Site.__table__, _SITE.id == _SLOT.site_id)
        return query, [(_UNPLACED, False), (_DISTANCE, False), *_SOONEST]

    def _are_few(self, count: int) -> bool:
        """Whether all that match can be weighed."""
        within = self.filters.within
        nearby = self.scarce and within is not None and within <= NEARBY
        return self.few is not None or count <= COUNTED or nearby

    def _most_relevant(self, *, all_of_them: bool) -> tuple[sa.Select[Any], list[Key]]:
        words = self.plan.words
        self.values["scored"] = [term for each in words for term in each.terms]
        self.values["best"] = [term for each in words for term in each.best]
        query = self.query if all_of_them else self._pool(words[0])
        return query, [(_SCORE, True), *_SOONEST]

    def _pool(self, word: Wanted) -> sa.Select[Any]:
        """The slots in which a common word weighs most: one end of an index."""
        self.values["lead"] = word.terms[0]
        lead = SlotTerm.__table__.alias("lead")
        best = self.query.join(lead, sa.and_(lead.c.slot_id == _SLOT.id, lead.c.term == sa.bindparam("lead")))
        best = best.order_by(lead.c.weight.desc(), lead.c.slot_id.desc()).limit(sa.bindparam("pool", POOL))
        return sa.select(_SLOT.id).where(_SLOT.id.in_(sa.select(best.subquery().c.id)))

    def _conditions(self) -> list[sa.ColumnElement[bool]]:
        filters = self.filters
        near = self._near()
        self.values["first_day"] = max(self.today, filters.starts_from or self.today)
        self.scarce = near is not None and not filters.remote_too
        in_order = not (self.by_terms or self.by_relevance or self.by_distance or self.scarce)
        walks_terms = self.few is not None or not in_order
        found = [
            _FREE_POSTED if walks_terms else _POSTED,
            _FREE_UPCOMING if walks_terms or filters.sort is Sort.NEWEST else _UPCOMING,
            *self._by_terms(),
            _VERIFIED,
        ]
        if filters.ends_by is not None:
            self.values["last_day"] = filters.ends_by
            found.append(_ENDS_BY)
        if filters.visible_since is not None:
            self.values["visible_since"] = filters.visible_since
            found.append(_VISIBLE_SINCE)
        if filters.held is not None:
            self.values["unheld"] = sorted(
                f"needs:{code}" for code in CREDENTIALS.codes() - set(filters.held)
            )
            found.append(~has_term(_SLOT.id, "unheld"))
        return found if near is None else [*found, near]

    def _by_terms(self) -> list[sa.ColumnElement[bool]]:
        if self.few is not None:
            self.values["candidates"] = self.few
            return [_CANDIDATE]
        wanted = self.plan.wanted
        self.values |= {f"term{number}": list(each.terms) for number, each in enumerate(wanted)}
        return [has_term(_SLOT.id, f"term{number}") for number in range(len(wanted))]

    def _near(self) -> sa.ColumnElement[bool] | None:
        if self.origin is None or self.filters.within is None:
            return None
        self.values |= _circle_values("near", self.origin, self.filters.within)
        near = _in_circle("near")
        return sa.or_(near, _REMOTE) if self.filters.remote_too else near


def sites_in_circle(name: str) -> sa.Select[Any]:
    """The sites in a circle given at execution under that name."""
    return sa.select(_SITE.id).where(
        box_around(name, _SITE.latitude, _SITE.longitude),
        sa.bindparam(f"{name}_squared", type_=sa.Float) >= _DISTANCE,
    )


@lru_cache(maxsize=16)
def _in_circle(name: str) -> sa.ColumnElement[bool]:
    return _SLOT.site_id.in_(sites_in_circle(name))


def _circle_values(name: str, origin: Point, miles: float) -> dict[str, float]:
    return {**box_parameters(name, origin, miles), f"{name}_squared": float(miles**2)}


def _score() -> sa.ScalarSelect[int]:
    """What a slot's matching words weigh; the typed word's own count twice."""
    best = _TERM.term.in_(sa.bindparam("best", expanding=True))
    weight = _TERM.weight * sa.case((best, 2), else_=1)
    return (
        sa.select(sa.func.coalesce(sa.func.sum(weight), 0))
        .where(_TERM.slot_id == _SLOT.id, _TERM.term.in_(sa.bindparam("scored", expanding=True)))
        .correlate(Slot.__table__)
        .scalar_subquery()
    )


_SCORE = _score()


def _page(query: sa.Select[Any], order: list[Key], *, students: bool) -> sa.Select[Any]:
    """What the cards of one page of `query` show: the page is found first, then its few rows are read."""
    named = query.add_columns(*(key.label(f"place{n}") for n, (key, _) in enumerate(order)))
    size, skip = sa.bindparam("size", type_=sa.Integer), sa.bindparam("skip", type_=sa.Integer)
    chosen = named.order_by(*(_by(*key) for key in order)).limit(size).offset(skip).subquery("chosen")
    places = [_by(chosen.c[f"place{n}"], down) for n, (_, down) in enumerate(order)]
    return _columns(students=students).join(chosen, chosen.c.id == _SLOT.id).order_by(*places)


def _by(key: sa.ColumnElement[Any], descending: bool) -> sa.ColumnElement[Any]:
    return key.desc() if descending else key


@lru_cache(maxsize=2)
def _columns(*, students: bool) -> sa.Select[Any]:
    """What a card shows."""
    slot = (
        _SLOT.id, _SLOT.title, _SLOT.modality, _SLOT.pay, _SLOT.kind, _SLOT.ehr, _SLOT.ehr_access,
        _SLOT.task_areas, _SLOT.hours, _SLOT.starts_on, _SLOT.ends_on, _SLOT.capacity,
    )  # fmt: skip
    site = (_SITE.city, _SITE.state, _SITE.latitude, _SITE.longitude)
    kept = _KEPT if students else sa.literal(False)
    return (
        sa.select(*slot, *site, _FACILITY.name.label("facility"), kept.label("kept"))
        .select_from(Slot.__table__)
        .join(Site.__table__, _SITE.id == _SLOT.site_id)
        .join(Facility.__table__, _FACILITY.id == _SLOT.facility_id)
    )


def _hit(row: sa.Row[Any], origin: Point | None) -> Hit:
    values = dict(row._mapping)
    latitude, longitude = values.pop("latitude"), values.pop("longitude")
    known = origin is not None and latitude is not None and longitude is not None
    miles = miles_between(origin, Point(latitude, longitude)) if known and origin else None
    return Hit(**values | {"kept": bool(values["kept"])}, miles=miles)
