"""Keep the index of names true for listings: called with the rows that an import wrote."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from marketplace.db import db
from marketplace.directory.models import FacilityListing
from marketplace.geo import Point
from marketplace.naming import index
from marketplace.naming.likeness import Described, bare_domain, bare_phone
from marketplace.naming.models import Owner


def put_rows(rows: list[dict[str, Any]]) -> None:
    """Index the listings with the keys of `rows` as they stand now."""
    ids = [row["source_id"] for row in rows]
    sources = {row["source"] for row in rows}
    query = sa.select(FacilityListing).where(
        FacilityListing.source.in_(sources), FacilityListing.source_id.in_(ids)
    )
    listings = db.session.scalars(query.execution_options(populate_existing=True))
    index.put(Owner.LISTING, {listing.id: [describe(listing)] for listing in listings})


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
