"""Read what speaks for a facility: its signs, its contacts, its listing, and the rounds that use it."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import sqlalchemy as sa

from marketplace.accounts.models import Membership, Role, User
from marketplace.db import db
from marketplace.directory import index as listings
from marketplace.directory.models import FacilityListing
from marketplace.facilities import index as facilities
from marketplace.facilities.models import Facility, Site
from marketplace.identity.models import Evidence
from marketplace.identity.policies import Known
from marketplace.naming.likeness import ASK, bare_domain, likeness
from marketplace.rounds.models import Round, RoundSlot
from marketplace.rounds.phases import Phase
from marketplace.slots.models import Slot

#: A round that has not yet said its last word on the slots in it.
UNDER_WAY = (Phase.RECRUITING, Phase.APPLYING, Phase.RANKING, Phase.LOCKED, Phase.COMPUTED)


def live(facility_id: int) -> Sequence[Evidence]:
    """The signs that count, oldest first."""
    query = sa.select(Evidence).where(Evidence.facility_id == facility_id, Evidence.withdrawn_at.is_(None))
    return db.session.scalars(query.order_by(Evidence.checked_at, Evidence.id)).all()


def every(facility_id: int) -> Sequence[Evidence]:
    """Every sign ever checked, those taken back included."""
    query = sa.select(Evidence).where(Evidence.facility_id == facility_id)
    return db.session.scalars(query.order_by(Evidence.checked_at, Evidence.id)).all()


def counts(facility_ids: Collection[int]) -> dict[int, int]:
    """How many signs count for each facility."""
    query = (
        sa.select(Evidence.facility_id, sa.func.count())
        .where(Evidence.facility_id.in_(facility_ids), Evidence.withdrawn_at.is_(None))
        .group_by(Evidence.facility_id)
    )
    return {facility: number for facility, number in db.session.execute(query)}


def contacts(facility_id: int) -> Sequence[User]:
    """Those who act for a facility, with a confirmed address."""
    query = (
        sa.select(User)
        .join(Membership, Membership.user_id == User.id)
        .where(
            Membership.role == Role.FACILITY_CONTACT,
            Membership.facility_id == facility_id,
            User.confirmed_at.is_not(None),
        )
    )
    return db.session.scalars(query.order_by(User.id)).all()


def listing(facility: Facility) -> FacilityListing | None:
    """The listing that a facility claims."""
    return db.session.get(FacilityListing, facility.listing_id) if facility.listing_id else None


def listing_key(facility: Facility) -> str:
    """The directory's own id of the listing that a facility claims."""
    claimed = listing(facility)
    return f"{claimed.source}:{claimed.source_id}" if claimed else ""


def known(facility: Facility) -> Known:
    """What the signs of a facility are checked against."""
    claimed = listing(facility)
    return Known(
        contact_domains=[bare_domain(user.email) for user in contacts(facility.id)],
        listed=claimed is not None,
        alike=claimed is not None and alike(facility, claimed) >= ASK,
        listing_taken=claimed is not None and _taken(facility),
    )


def alike(facility: Facility, claimed: FacilityListing) -> float:
    """How alike a facility and its listing are, at the best of its sites."""
    query = sa.select(Site).where(Site.facility_id == facility.id).order_by(Site.id)
    forms = facilities.describe(facility, db.session.scalars(query).all())
    return max(likeness(form, listings.describe(claimed)) for form in forms)


def rounds_using(facility_ids: Collection[int]) -> Sequence[str]:
    """The names of rounds under way that have a slot of one of the facilities."""
    query = (
        sa.select(Round.name)
        .join(RoundSlot, RoundSlot.round_id == Round.id)
        .join(Slot, Slot.id == RoundSlot.slot_id)
        .where(Slot.facility_id.in_(facility_ids), Round.phase.in_(UNDER_WAY))
    )
    return db.session.scalars(query.distinct().order_by(Round.name)).all()


def _taken(facility: Facility) -> bool:
    query = sa.select(Facility.id).where(
        Facility.listing_id == facility.listing_id,
        Facility.id != facility.id,
        Facility.verified_at.is_not(None),
    )
    return db.session.scalar(query.limit(1)) is not None
