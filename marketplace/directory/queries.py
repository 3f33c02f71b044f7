"""Read the public directory: who hosts now, whom a public list names, and which schools teach this.

A text is looked up in an index of words. What few entries have is read and sorted; what many have is read in
the order asked for until the page is full, and counted up to a bound.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, selectinload

from marketplace.db import Base, db
from marketplace.directory.models import FacilityListing, ProgrammeListing
from marketplace.facilities.models import Facility, Site
from marketplace.naming import entries
from marketplace.naming.models import Entry
from marketplace.paging import Page

PAGE_SIZE = 25
HOSTS_SHOWN = 12
#: Where words are looked for, so many matches are counted.
COUNTED = 500

Row = TypeVar("Row", bound=Base)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the directory is searched for. Empty fields don't filter."""

    name: str = ""
    state: str = ""
    level: str = ""


@dataclass(frozen=True, slots=True)
class Found(Page[Row], Generic[Row]):
    """A page of entries. ``ignored``: typed words that no entry has, which were left out."""

    ignored: tuple[str, ...] = ()


def hosting(wanted: Wanted, *, page: int) -> Found[Facility]:
    """Verified facilities with their sites, by name. One that did not confirm for long is left out."""
    query = sa.select(Facility).where(Facility.verified_at.is_not(None), Facility.lapsed_at.is_(None))
    if wanted.state:
        query = query.where(sa.exists().where(Site.facility_id == Facility.id, Site.state == wanted.state))
    ordered = query.options(selectinload(Facility.sites)).order_by(Facility.name, Facility.id)
    return _page(ordered, Facility.id, Entry.FACILITY, wanted, page, HOSTS_SHOWN)


def listed(wanted: Wanted, *, page: int) -> Found[FacilityListing]:
    """Public listings, by state, city and name."""
    query = sa.select(FacilityListing)
    if wanted.state:
        query = query.where(FacilityListing.state == wanted.state)
    order = (FacilityListing.state, FacilityListing.city, FacilityListing.name, FacilityListing.id)
    return _page(query.order_by(*order), FacilityListing.id, Entry.LISTING, wanted, page, PAGE_SIZE)


def programmes(wanted: Wanted, *, page: int) -> Found[ProgrammeListing]:
    """Programme listings, by state and school."""
    query = sa.select(ProgrammeListing)
    if wanted.state:
        query = query.where(ProgrammeListing.state == wanted.state)
    if wanted.level:
        query = query.where(ProgrammeListing.level == wanted.level)
    order = (ProgrammeListing.state, ProgrammeListing.school, ProgrammeListing.programme, ProgrammeListing.id)
    return _page(query.order_by(*order), ProgrammeListing.id, Entry.PROGRAMME, wanted, page, PAGE_SIZE)


def programme_levels() -> list[str]:
    """The levels that listings name."""
    query = sa.select(ProgrammeListing.level).distinct().order_by(ProgrammeListing.level)
    return list(db.session.scalars(query))


def _page(
    query: sa.Select[Row],
    id_: InstrumentedAttribute[int],
    entry: Entry,
    wanted: Wanted,
    number: int,
    size: int,
) -> Found[Row]:
    plan = entries.plan_for(entry, wanted.name)
    if plan.hopeless:
        return Found([], number, size, 0, ignored=plan.ignored)
    few = entries.few(entry, plan)
    query = query.where(id_.in_(few)) if few is not None else query.where(*entries.matches(entry, plan, id_))
    most = COUNTED + 1 if plan.wanted and few is None else None
    counted = query.with_only_columns(id_, maintain_column_froms=True).order_by(None).limit(most)
    total = db.session.execute(sa.select(sa.func.count()).select_from(counted.subquery())).scalar_one()
    items = list(db.session.scalars(query.limit(size).offset((number - 1) * size)))
    if most is not None and total == most:
        return Found(items, number, size, COUNTED, bounded=True, ignored=plan.ignored)
    return Found(items, number, size, total, ignored=plan.ignored)


def hosts_by_state() -> dict[str, int]:
    """How many verified facilities have a site in each state; states without any are left out."""
    query = (
        sa.select(Site.state, sa.func.count(sa.distinct(Site.facility_id)))
        .join(Facility, Facility.id == Site.facility_id)
        .where(Facility.verified_at.is_not(None), Facility.lapsed_at.is_(None))
        .group_by(Site.state)
    )
    return {state: count for state, count in db.session.execute(query)}
