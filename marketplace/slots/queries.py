"""Read slots as the public sees them: posted, at verified facilities. Writes nothing.

The search does bounded work whatever the number of slots. It reads how common each wanted term is (up to
RARE), then starts from what is scarce: the rarest term's slots, or the sites around a ZIP. Where nothing is
scarce it walks the slots in the order asked for and stops when the page is full, which is soon. Totals are
counted up to a bound.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import joinedload
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from marketplace.db import db
from marketplace.errors import NotFound
from marketplace.facilities.models import Facility, Site
from marketplace.geo import Point, distance_squared, inside_box, miles_between
from marketplace.paging import Page
from marketplace.slots.models import Shortlisted, Slot, SlotState, SlotTerm
from marketplace.slots.search import Word, read_query
from marketplace.vocabulary import CREDENTIALS, Modality, Pay

PAGE_SIZE = 15
COUNTED = 100
RARE = 3000
BEGINNINGS = 60
RINGS = (25, 100, 400)


class Sort(StrEnum):
    """The order of the results."""

    SOONEST = "soonest"
    NEAREST = "nearest"
    NEWEST = "newest"


@dataclass(frozen=True, slots=True)
class Filters:
    """What is searched for. Empty fields don't filter; ``held`` None: credentials don't matter."""

    text: str = ""
    task: str = ""
    role: str = ""
    modalities: tuple[Modality, ...] = ()
    pay: tuple[Pay, ...] = ()
    ehr: str = ""
    state: str = ""
    hours_from: int | None = None
    hours_to: int | None = None
    starts_from: date | None = None
    ends_by: date | None = None
    held: tuple[str, ...] | None = None
    within: int | None = None
    remote_too: bool = False
    sort: Sort = Sort.SOONEST


@dataclass(frozen=True, slots=True)
class Found:
    """A slot in the results, with its distance where there is one."""

    slot: Slot
    miles: float | None


@dataclass(frozen=True, slots=True)
class Plan:
    """The alternatives wanted of the index: a slot needs one term of each set, rarest set first."""

    wanted: list[list[str]] = field(default_factory=list)
    rare: bool = False
    hopeless: bool = False


class unindexed(FunctionElement[Any]):
    """A column that SQLite's planner, which knows no frequencies, must not use an index for."""

    inherit_cache = True

    def __init__(self, column: sa.ColumnElement[Any]) -> None:
        super().__init__(column)
        self.type = column.type


@compiles(unindexed)
def _as_it_is(element: unindexed, compiler: SQLCompiler, **how: Any) -> str:
    return compiler.process(element.clauses, **how)


@compiles(unindexed, "sqlite")
def _with_plus(element: unindexed, compiler: SQLCompiler, **how: Any) -> str:
    return f"+{compiler.process(element.clauses, **how)}"


def search(filters: Filters, *, page: int = 1, origin: Point | None = None, today: date) -> Page[Found]:
    """One page of the posted slots that match. Slots that have begun are left out.

    Without `origin` nothing is filtered or sorted by distance.
    """
    plan = _plan(filters)
    if plan.hopeless:
        return Page([], page, PAGE_SIZE, 0)
    query = _matching(filters, plan, origin, today)
    total = db.session.execute(sa.select(_counted(query, COUNTED + 1))).scalar_one()
    if filters.sort is Sort.NEAREST and origin is not None:
        ids = _nearest(query, filters, origin, page)
    else:
        newest = (Slot.posted_at.desc(), Slot.id.desc())
        ids = query.order_by(*(newest if filters.sort is Sort.NEWEST else (Slot.starts_on, Slot.id)))
    chosen = db.session.scalars(ids.limit(PAGE_SIZE).offset((page - 1) * PAGE_SIZE))
    return Page(_load(list(chosen), origin), page, PAGE_SIZE, min(total, COUNTED), bounded=total > COUNTED)


def get_public_slot(slot_id: int) -> Slot:
    """A posted slot of a verified facility, with facility and site. Raises NotFound."""
    query = (
        sa.select(Slot)
        .join(Slot.facility)
        .where(Slot.id == slot_id, Slot.state == SlotState.POSTED, Facility.verified_at.is_not(None))
        .options(joinedload(Slot.facility), joinedload(Slot.site))
    )
    found = db.session.scalar(query)
    if found is None:
        raise NotFound("slot")
    return found


def shortlist(student_ids: list[int], *, origin: Point | None = None) -> list[Found]:
    """The slots a person keeps in view, those closed since included, soonest first."""
    query = (
        sa.select(Slot.id)
        .where(Slot.id.in_(_shortlisted(student_ids)))
        .order_by(Slot.starts_on, Slot.id)
        .limit(200)
    )
    return _load(list(db.session.scalars(query)), origin)


def shortlisted_ids(student_ids: list[int], slot_ids: list[int]) -> frozenset[int]:
    """Which of `slot_ids` are on the person's shortlist."""
    if not student_ids or not slot_ids:
        return frozenset()
    query = _shortlisted(student_ids).where(Shortlisted.slot_id.in_(slot_ids))
    return frozenset(db.session.scalars(query))


def has_shortlist(student_ids: list[int]) -> bool:
    """Whether the person keeps any slot in view."""
    return bool(db.session.scalar(sa.select(_shortlisted(student_ids).exists())))


def is_public(slot: Slot) -> bool:
    """Whether a loaded slot (with its facility) may be shown to anyone."""
    return slot.state is SlotState.POSTED and slot.facility.verified_at is not None


def miles_from(slot: Slot, origin: Point | None) -> float | None:
    """How far a loaded slot (with its site) is, where both places are known."""
    site = slot.site
    if origin is None or site.latitude is None or site.longitude is None:
        return None
    return miles_between(origin, Point(site.latitude, site.longitude))


def terms_beginning(prefix: str, *, limit: int = BEGINNINGS) -> list[str]:
    """The distinct index terms that begin with `prefix`: one index seek per term, not a scan."""
    end = prefix + "\x7f"
    least = sa.select(sa.func.min(SlotTerm.term).label("term")).where(
        SlotTerm.term >= prefix, SlotTerm.term < end
    )
    walk = least.cte("walk", recursive=True)
    following = (
        sa.select(sa.func.min(SlotTerm.term))
        .where(SlotTerm.term > walk.c.term, SlotTerm.term < end)
        .correlate(walk)
        .scalar_subquery()
    )
    walk = walk.union_all(sa.select(following).where(walk.c.term.is_not(None)))
    query = sa.select(walk.c.term).where(walk.c.term.is_not(None)).limit(limit)
    return list(db.session.scalars(query))


def _shortlisted(student_ids: list[int]) -> sa.Select[int]:
    return sa.select(Shortlisted.slot_id).where(Shortlisted.student_id.in_(student_ids))


def _counted(query: sa.Select[Any], most: int) -> sa.ScalarSelect[int]:
    return sa.select(sa.func.count()).select_from(query.limit(most).subquery()).scalar_subquery()


def _plan(filters: Filters) -> Plan:
    wanted = [_alternatives(word) for word in read_query(filters.text)] + _chosen(filters) + _hours(filters)
    if not wanted or not all(wanted):
        return Plan(hopeless=bool(wanted))
    counts = [_counted(sa.select(SlotTerm.slot_id).where(SlotTerm.term.in_(terms)), RARE) for terms in wanted]
    found = db.session.execute(sa.select(*counts)).one()
    ranked = sorted(zip(found, wanted, strict=True))
    return Plan([terms for _, terms in ranked], rare=ranked[0][0] < RARE, hopeless=ranked[0][0] == 0)


def _alternatives(word: Word) -> list[str]:
    begun = [] if word.prefix is None else terms_beginning(word.prefix)
    return sorted(word.terms.union(term for term in begun if ":" not in term))


def _chosen(filters: Filters) -> list[list[str]]:
    single = [("task", filters.task), ("role", filters.role), ("ehr", filters.ehr), ("state", filters.state)]
    several = [("modality", [m.value for m in filters.modalities]), ("pay", [p.value for p in filters.pay])]
    found = [[f"{name}:{value}"] for name, value in single if value]
    return found + [[f"{name}:{value}" for value in values] for name, values in several if values]


def _hours(filters: Filters) -> list[list[str]]:
    """The hours in the wanted range, of those that any slot has."""
    if filters.hours_from is None and filters.hours_to is None:
        return []
    least, most = filters.hours_from or 0, filters.hours_to or 10_000
    return [[t for t in terms_beginning("hours:", limit=2000) if least <= int(t.partition(":")[2]) <= most]]


def _matching(filters: Filters, plan: Plan, origin: Point | None, today: date) -> sa.Select[int]:
    verified = sa.exists().where(Facility.id == Slot.facility_id, Facility.verified_at.is_not(None))
    near = _near(filters, origin)
    state, starts_on = Slot.state.expression, Slot.starts_on.expression
    if plan.rare or filters.sort is Sort.NEAREST or (near is not None and not filters.remote_too):
        state, starts_on = unindexed(state), unindexed(starts_on)
    elif filters.sort is Sort.NEWEST:
        starts_on = unindexed(starts_on)
    posted, upcoming = state == SlotState.POSTED, starts_on >= max(today, filters.starts_from or today)
    query = sa.select(Slot.id).where(posted, upcoming, *_by_terms(plan), verified)
    if filters.ends_by is not None:
        query = query.where(Slot.ends_on <= filters.ends_by)
    if filters.held is not None:
        query = query.where(~_has_term(_unheld(filters.held)))
    return query if near is None else query.where(near)


def _by_terms(plan: Plan) -> list[sa.ColumnElement[bool]]:
    if not plan.rare:
        return [_has_term(terms) for terms in plan.wanted]
    # As a list of ids the rarest term's slots come first in any planner's eyes.
    rarest = db.session.scalars(sa.select(SlotTerm.slot_id).where(SlotTerm.term.in_(plan.wanted[0])))
    return [Slot.id.in_(set(rarest)), *(_has_term(terms) for terms in plan.wanted[1:])]


def _has_term(terms: list[str]) -> sa.ColumnElement[bool]:
    return sa.exists().where(SlotTerm.slot_id == Slot.id, SlotTerm.term.in_(terms))


def _unheld(held: tuple[str, ...]) -> list[str]:
    return sorted(f"needs:{code}" for code in CREDENTIALS.codes() - set(held))


def _near(filters: Filters, origin: Point | None) -> sa.ColumnElement[bool] | None:
    if origin is None or filters.within is None:
        return None
    near = _in_circle(origin, filters.within)
    return sa.or_(near, Slot.modality == Modality.REMOTE) if filters.remote_too else near


def _in_circle(origin: Point, miles: float) -> sa.ColumnElement[bool]:
    inside = sa.select(Site.id).where(
        inside_box(origin, miles, Site.latitude, Site.longitude),
        distance_squared(origin, Site.latitude, Site.longitude) <= miles**2,
    )
    return Slot.site_id.in_(inside)


def _nearest(query: sa.Select[int], filters: Filters, origin: Point, page: int) -> sa.Select[int]:
    """`query` by distance. Whoever is in a ring is nearer than all outside: a full ring is enough."""
    if filters.within is None or filters.remote_too:
        wanted = page * PAGE_SIZE
        rings = [query.where(_in_circle(origin, miles)) for miles in RINGS]
        filled = db.session.execute(sa.select(*(_counted(ring, wanted) for ring in rings))).one()
        query = next((ring for ring, count in zip(rings, filled, strict=True) if count == wanted), query)
    distance = distance_squared(origin, Site.latitude, Site.longitude)
    unplaced = sa.case((Site.latitude.is_(None), 1), else_=0)
    return query.join(Site, Site.id == Slot.site_id).order_by(unplaced, distance, Slot.starts_on, Slot.id)


def _load(ids: list[int], origin: Point | None) -> list[Found]:
    query = (
        sa.select(Slot)
        .where(Slot.id.in_(ids))
        .options(joinedload(Slot.facility), joinedload(Slot.site))
        .order_by(Slot.id)
    )
    rows = {slot.id: slot for slot in db.session.scalars(query)}
    return [Found(rows[id_], miles_from(rows[id_], origin)) for id_ in ids]
