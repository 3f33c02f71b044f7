"""Read the public directory: who hosts now, whom a public list names, and which schools teach this."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from marketplace.db import Base, db
from marketplace.directory.models import FacilityListing, ProgrammeListing
from marketplace.facilities.models import Facility, Site
from marketplace.paging import Page

PAGE_SIZE = 25
HOSTS_SHOWN = 12

Row = TypeVar("Row", bound=Base)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the directory is searched for. Empty fields don't filter."""

    name: str = ""
    state: str = ""
    level: str = ""


def hosting(wanted: Wanted, *, page: int) -> Page[Facility]:
    """Verified facilities with their sites, by name."""
    query = sa.select(Facility).where(Facility.verified_at.is_not(None), Facility.lapsed_at.is_(None))
    if wanted.name:
        query = query.where(_contains(Facility.name, wanted.name))
    if wanted.state:
        query = query.where(sa.exists().where(Site.facility_id == Facility.id, Site.state == wanted.state))
    ordered = query.options(selectinload(Facility.sites)).order_by(Facility.name, Facility.id)
    return _page(ordered, page, HOSTS_SHOWN)


def listed(wanted: Wanted, *, page: int) -> Page[FacilityListing]:
    """Public listings, by state, city and name."""
    query = sa.select(FacilityListing)
    if wanted.name:
        near = [_contains(column, wanted.name) for column in (FacilityListing.name, FacilityListing.city)]
        query = query.where(sa.or_(*near))
    if wanted.state:
        query = query.where(FacilityListing.state == wanted.state)
    order = (FacilityListing.state, FacilityListing.city, FacilityListing.name, FacilityListing.id)
    return _page(query.order_by(*order), page, PAGE_SIZE)


def programmes(wanted: Wanted, *, page: int) -> Page[ProgrammeListing]:
    """Programme listings, by state and school."""
    query = sa.select(ProgrammeListing)
    if wanted.name:
        columns = (ProgrammeListing.school, ProgrammeListing.programme, ProgrammeListing.city)
        query = query.where(sa.or_(*(_contains(column, wanted.name) for column in columns)))
    if wanted.state:
        query = query.where(ProgrammeListing.state == wanted.state)
    if wanted.level:
        query = query.where(ProgrammeListing.level == wanted.level)
    order = (ProgrammeListing.state, ProgrammeListing.school, ProgrammeListing.programme, ProgrammeListing.id)
    return _page(query.order_by(*order), page, PAGE_SIZE)


def programme_levels() -> list[str]:
    """The levels that listings name."""
    query = sa.select(ProgrammeListing.level).distinct().order_by(ProgrammeListing.level)
    return list(db.session.scalars(query))


def _contains(column: sa.SQLColumnExpression[str], text: str) -> sa.ColumnElement[bool]:
    return sa.func.lower(column).contains(text.lower(), autoescape=True)


def _page(query: sa.Select[Row], number: int, size: int) -> Page[Row]:
    total = db.session.scalar(sa.select(sa.func.count()).select_from(query.order_by(None).subquery())) or 0
    items = list(db.session.scalars(query.limit(size).offset((number - 1) * size)))
    return Page(items, number, size, total)


def hosts_by_state() -> dict[str, int]:
    """How many verified facilities have a site in each state; states without any are left out."""
    query = (
        sa.select(Site.state, sa.func.count(sa.distinct(Site.facility_id)))
        .join(Facility, Facility.id == Site.facility_id)
        .where(Facility.verified_at.is_not(None), Facility.lapsed_at.is_(None))
        .group_by(Site.state)
    )
    return {state: count for state, count in db.session.execute(query)}
