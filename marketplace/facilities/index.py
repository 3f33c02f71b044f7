"""Keep the indexes of names and words true for facilities: called by whatever changes a name or a place."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from flask_babel import force_locale

from marketplace import vocabulary
from marketplace.db import db
from marketplace.facilities.models import Facility, Site
from marketplace.geo import Point
from marketplace.naming import entries, index
from marketplace.naming.likeness import Described, bare_domain, bare_phone
from marketplace.naming.models import Entry, Owner, Part


def put(facility_id: int) -> None:
    """Index a facility as it stands now."""
    facility = db.session.get_one(Facility, facility_id)
    db.session.flush()
    query = sa.select(Site).where(Site.facility_id == facility_id).order_by(Site.id)
    sites = db.session.scalars(query).all()
    index.put(Owner.FACILITY, {facility_id: describe(facility, sites)})
    entries.put(Entry.FACILITY, Part.SELF, {facility_id: _texts(facility, sites)})


def forget(facility_id: int) -> None:
    """Take a facility out of the indexes."""
    index.forget(Owner.FACILITY, [facility_id])
    entries.forget(Entry.FACILITY, [facility_id])


def _texts(facility: Facility, sites: Sequence[Site]) -> list[str]:
    """What the directory finds a facility by, in English whatever language its contact uses."""
    with force_locale("en"):
        kind = str(vocabulary.label(facility.kind))
    places = [entries.place(site.city, site.state) for site in sites]
    return [facility.name, *facility.aliases, kind, (facility.about or "")[:600], *places]


def describe(facility: Facility, sites: Sequence[Site]) -> list[Described]:
    """A facility as the comparison sees it: once for each of its sites, or once without a place."""
    return [_at(facility, site) for site in sites] or [_at(facility, None)]


def _at(facility: Facility, site: Site | None) -> Described:
    phone, domain = bare_phone(facility.phone), bare_domain(facility.website)
    if site is None:
        return Described(facility.name, phone=phone, domain=domain, aliases=tuple(facility.aliases))
    placed = site.latitude is not None and site.longitude is not None
    return Described(
        facility.name,
        city=site.city,
        state=site.state,
        zip=site.zip,
        point=Point(site.latitude or 0.0, site.longitude or 0.0) if placed else None,
        address=site.address,
        phone=phone,
        domain=domain,
        aliases=tuple(facility.aliases),
    )
