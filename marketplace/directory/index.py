"""Keep the indexes of names and words true for listings: called with the rows that an import wrote."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from marketplace.db import db
from marketplace.directory.models import FacilityListing, ProgrammeListing
from marketplace.facilities import index as facilities
from marketplace.facilities.models import Facility
from marketplace.geo import Point
from marketplace.naming import entries, index
from marketplace.naming.likeness import Described, bare_domain, bare_phone
from marketplace.naming.models import Entry, Owner, Part


def put_rows(rows: list[dict[str, Any]]) -> None:
    """Index the listings with the keys of `rows` as they stand now."""
    ids = [row["source_id"] for row in rows]
    sources = {row["source"] for row in rows}
    query = sa.select(FacilityListing).where(
        FacilityListing.source.in_(sources), FacilityListing.source_id.in_(ids)
    )
    put_listings(db.session.scalars(query.execution_options(populate_existing=True)).all())


def put_listings(listings: Sequence[FacilityListing]) -> None:
    """Index listings, for names to be compared and for the search."""
    index.put(Owner.LISTING, {listing.id: [describe(listing)] for listing in listings})
    texts = {row.id: [row.name, row.kind, row.county, entries.place(row.city, row.state)] for row in listings}
    entries.put(Entry.LISTING, Part.SELF, texts)


def put_programme_rows(rows: list[dict[str, Any]]) -> None:
    """Index the programmes of the schools that `rows` name as they stand now."""
    query = sa.select(ProgrammeListing).where(ProgrammeListing.school.in_({row["school"] for row in rows}))
    put_programmes(db.session.scalars(query.execution_options(populate_existing=True)).all())


def put_programmes(programmes: Sequence[ProgrammeListing]) -> None:
    """Index programmes for the search."""
    texts = {
        row.id: [row.school, row.programme, row.level, entries.place(row.city, row.state)]
        for row in programmes
    }
    entries.put(Entry.PROGRAMME, Part.SELF, texts)


def put_missing(_now: datetime, *, most: int = 2000) -> int:
    """Index what the search does not know yet, so much at a time; how much it was. A chore.

    What another job is at is left to it.
    """
    unknown = entries.unknown
    hosts = sa.select(Facility.id).where(unknown(Entry.FACILITY, Facility.id))
    hosts = hosts.where(Facility.merged_into_id.is_(None))
    ids = db.session.scalars(hosts.order_by(Facility.id).limit(most).with_for_update(skip_locked=True)).all()
    for facility_id in ids:
        facilities.put(facility_id)
    listed = sa.select(FacilityListing).where(unknown(Entry.LISTING, FacilityListing.id))
    listings = db.session.scalars(
        listed.order_by(FacilityListing.id).limit(most).with_for_update(skip_locked=True)
    ).all()
    put_listings(listings)
    taught = sa.select(ProgrammeListing).where(unknown(Entry.PROGRAMME, ProgrammeListing.id))
    programmes = db.session.scalars(
        taught.order_by(ProgrammeListing.id).limit(most).with_for_update(skip_locked=True)
    ).all()
    put_programmes(programmes)
    return len(ids) + len(listings) + len(programmes)


def describe(listing: FacilityListing) -> Described:
    """A listing as the comparison sees it."""
    placed = listing.latitude is not None and listing.longitude is not None
    return Described(
        listing.name,
        city=listing.city,
        state=listing.state,
        zip=listing.zip,
        point=Point(listing.latitude or 0.0, listing.longitude or 0.0) if placed else None,
        address=listing.address,
        phone=bare_phone(listing.phone),
        domain=bare_domain(listing.website),
    )
