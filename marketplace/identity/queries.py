"""Find the organisations that one just described may be: hosts here, and listings of the public directory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from marketplace.access import Actor
from marketplace.accounts.models import Role
from marketplace.db import db
from marketplace.directory import index as listings
from marketplace.directory.models import FacilityListing
from marketplace.errors import NotFound
from marketplace.facilities import index as facilities
from marketplace.facilities.models import Facility
from marketplace.facilities.postal import find_area
from marketplace.naming.index import candidates
from marketplace.naming.likeness import ASK, Described, bare_domain, bare_phone, likeness
from marketplace.naming.models import Owner
from marketplace.paging import Page

SHOWN = 5
PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class Lookalike:
    """An organisation that may be the one described, with where it is and how alike (0 to 1) it is."""

    owner: Owner
    id: int
    name: str
    place: str
    alike: float

    @property
    def code(self) -> str:
        """What a form sends back for it."""
        return f"{self.owner.value}-{self.id}"


def described(
    name: str,
    *,
    zip: str = "",
    city: str = "",
    state: str = "",
    address: str = "",
    phone: str = "",
    website: str = "",
) -> Described:
    """What a person typed, as the comparison takes it. A ZIP gives city, state and position."""
    area = find_area(zip) if zip else None
    return Described(
        name,
        city=city or (area.city if area else ""),
        state=state or (area.state if area else ""),
        zip=area.zip if area else "",
        point=area.point if area else None,
        address=address,
        phone=bare_phone(phone),
        domain=bare_domain(website),
    )


def lookalikes(actor: Actor | None, typed: Described, *, besides: int | None = None) -> list[Lookalike]:
    """The likeliest few, best first; none where nothing is alike enough to ask about.

    Nobody but coordinators and operators learns of an unverified facility. A listing that a shown facility
    holds is not shown beside it. `besides` is a facility that is not compared with itself.
    """
    if not typed.name.strip():
        return []
    near = candidates(typed)
    hosts = _hosts(actor, near[Owner.FACILITY], besides)
    listed = _listed(near[Owner.LISTING])
    known = [(Owner.FACILITY, host.id, host.name, facilities.describe(host, host.sites)) for host in hosts]
    taken = {host.listing_id for host in hosts}
    known += [
        (Owner.LISTING, each.id, each.name, [listings.describe(each)])
        for each in listed
        if each.id not in taken
    ]
    found = [_compared(typed, *one) for one in known]
    return sorted((one for one in found if one.alike >= ASK), key=_best_first)[:SHOWN]


def _compared(typed: Described, owner: Owner, id_: int, name: str, forms: Sequence[Described]) -> Lookalike:
    alike, best = max(((likeness(typed, form), form) for form in forms), key=lambda pair: pair[0])
    parts = (best.address, best.city, f"{best.state} {best.zip}".strip())
    return Lookalike(owner, id_, name, ", ".join(part for part in parts if part), alike)


def _best_first(one: Lookalike) -> tuple[float, bool, str, int]:
    return -round(one.alike, 6), one.owner is Owner.LISTING, one.name, one.id


def _hosts(actor: Actor | None, ids: list[int], besides: int | None) -> Sequence[Facility]:
    query = sa.select(Facility).where(
        Facility.id.in_(ids), Facility.id.is_distinct_from(besides), Facility.merged_into_id.is_(None)
    )
    if actor is None or not (actor.has(Role.COORDINATOR) or actor.has(Role.OPERATOR)):
        own = actor.facilities if actor else frozenset()
        query = query.where(sa.or_(Facility.verified_at.is_not(None), Facility.id.in_(own)))
    return db.session.scalars(query.options(selectinload(Facility.sites))).all()


def _listed(ids: list[int]) -> Sequence[FacilityListing]:
    return db.session.scalars(sa.select(FacilityListing).where(FacilityListing.id.in_(ids))).all()


def facility(facility_id: int) -> Facility:
    """Any facility with its sites, for those who check them. Raises NotFound."""
    query = (
        sa.select(Facility)
        .where(Facility.id == facility_id, Facility.merged_into_id.is_(None))
        .options(selectinload(Facility.sites))
    )
    found = db.session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if found is None:
        raise NotFound("facility")
    return found


def verified(text: str, *, page: int) -> Page[Facility]:
    """One page of the verified facilities whose name has `text`, by name."""
    query = sa.select(Facility).where(Facility.verified_at.is_not(None))
    if text:
        query = query.where(sa.func.lower(Facility.name).contains(text.lower(), autoescape=True))
    total = db.session.execute(sa.select(sa.func.count()).select_from(query.subquery())).scalar_one()
    ordered = query.options(selectinload(Facility.sites)).order_by(Facility.name, Facility.id)
    found = db.session.scalars(ordered.limit(PAGE_SIZE).offset((page - 1) * PAGE_SIZE))
    return Page(list(found), page, PAGE_SIZE, total)


def near(actor: Actor, one: Facility) -> list[Lookalike]:
    """What a facility may be the same as: other hosts, and listings it has not claimed."""
    found = {
        each.code: each
        for form in facilities.describe(one, one.sites)
        for each in lookalikes(actor, form, besides=one.id)
    }
    found.pop(f"{Owner.LISTING.value}-{one.listing_id}", None)
    return sorted(found.values(), key=_best_first)[:SHOWN]
