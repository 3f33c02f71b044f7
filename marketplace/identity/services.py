"""Register a facility after asking whether it is here already; record what speaks for it; take that back."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from marketplace.access import Actor
from marketplace.accounts import services as accounts
from marketplace.accounts.models import Role
from marketplace.audit import services as audit
from marketplace.db import db
from marketplace.directory.models import FacilityListing
from marketplace.errors import DomainError, NotFound
from marketplace.facilities import index
from marketplace.facilities import services as facilities
from marketplace.facilities.models import Facility
from marketplace.facilities.postal import find_area
from marketplace.identity import evidence, policies
from marketplace.identity.models import Evidence, Sign
from marketplace.mail import services as mail
from marketplace.vocabulary import FacilityKind


def register(
    actor: Actor, *, listing_id: int | None, name: str, zip: str, now: datetime, **described: Any
) -> Facility:
    """A new facility of the actor's; with `listing_id` it claims that listing and takes its address over."""
    facility = facilities.create(actor, name=name, now=now, **described)
    if listing_id is not None:
        listing = _take_over(actor, facility, listing_id, now=now)
        code = zip if zip and not listing.address else listing.zip
        if find_area(code) is not None:
            acting = Actor(
                actor.user_id,
                actor.name,
                actor.email,
                (*actor.scopes, (Role.FACILITY_CONTACT, None, facility.id)),
            )
            facilities.add_site(
                acting, facility.id, name="Main site", address=listing.address, zip=code, now=now
            )
    return facility


def bring_in(
    actor: Actor,
    *,
    listing_id: int | None,
    name: str,
    kind: FacilityKind,
    email: str,
    link: str,
    now: datetime,
) -> Facility:
    """A coordinator drafts a facility and invites its first contact; `listing_id` claims that listing."""
    made = facilities.bring_in(actor, name=name, kind=kind, email=email, link=link, now=now)
    if listing_id is not None:
        _take_over(actor, made, listing_id, now=now)
    return made


def claim(actor: Actor, facility_id: int, listing_id: int, *, now: datetime) -> Facility:
    """Say which listing an unverified facility is. Its contacts, coordinators and operators may."""
    facility = db.session.get(Facility, facility_id)
    if facility is None or not _may_claim(actor, facility_id):
        raise NotFound("facility")
    if facility.verified_at is not None:
        raise DomainError("verified")
    _take_over(actor, facility, listing_id, now=now)
    return facility


def ask_to_join(actor: Actor, facility_id: int, *, email: str, link: str, now: datetime) -> bool:
    """Tell the contacts of a facility that `email` would act for it; False where it has none yet.

    They decide: nobody gets in by knowing a name. One such mail a day and address.
    """
    facility = db.session.get(Facility, facility_id)
    if facility is None:
        raise NotFound("facility")
    for user in (contacts := evidence.contacts(facility_id)):
        mail.enqueue_once(
            f"join:{facility_id}:{user.id}:{email.strip().lower()}:{now:%Y-%m-%d}"[:120],
            recipient=user.email,
            subject=f"Somebody would like to act for {facility.name}",
            body=(
                f"{actor.name} says that {email.strip()} should act for {facility.name}.\n\n"
                "If you know this person, invite them from the page Contacts. If not, do nothing:\n"
                f"{link}\n"
            ),
            now=now,
        )
    audit.record(actor, "asked to join", facility, now=now)
    return bool(contacts)


def invite_first(actor: Actor, facility_id: int, *, email: str, link: str, now: datetime) -> None:
    """A coordinator invites the first contact of a facility that nobody speaks for yet."""
    facility = db.session.get(Facility, facility_id)
    if facility is None or not actor.coordinated_schools or evidence.contacts(facility_id):
        raise NotFound("facility")
    if facility.verified_at is not None:
        raise DomainError("verified")
    accounts.write_invitation(
        actor, email, Role.FACILITY_CONTACT, now=now, link=link, facility_id=facility_id
    )


def record(actor: Actor, facility_id: int, sign: Sign, *, detail: str, now: datetime) -> Evidence:
    """Write down a sign that the actor checked. The second one verifies the facility.

    Raises DomainError with the reason where what was checked does not support the sign.
    """
    facility = _checked_by(actor, facility_id)
    if any(row.sign is sign for row in evidence.live(facility_id)):
        raise DomainError("recorded", field="sign")
    policies.check(sign, detail, evidence.known(facility))
    row = Evidence(
        facility_id=facility.id,
        sign=sign,
        detail=detail.strip()[:200] or evidence.listing_key(facility),
        checked_at=now,
        checked_by_id=actor.user_id,
        checked_by=actor.name,
    )
    db.session.add(row)
    db.session.flush()
    audit.record(actor, "sign checked", facility, now=now, sign=sign.value, detail=row.detail)
    if facility.verified_at is None and len(evidence.live(facility_id)) >= policies.NEEDED:
        _verify(actor, facility, now=now)
    return row


def withdraw(actor: Actor, facility_id: int, evidence_id: int, *, reason: str, now: datetime) -> Facility:
    """Take a sign back, for a reason. With fewer than two the facility is unverified again.

    Raises DomainError("facility_in_round") while a round that is under way has one of its slots.
    """
    facility = _checked_by(actor, facility_id)
    row = next((row for row in evidence.live(facility_id) if row.id == evidence_id), None)
    if row is None:
        raise NotFound("evidence")
    if not reason.strip():
        raise DomainError("missing", field="reason")
    falls = facility.verified_at is not None and len(evidence.live(facility_id)) <= policies.NEEDED
    if falls and evidence.rounds_using([facility_id]):
        raise DomainError("facility_in_round", field="reason")
    row.withdrawn_at, row.withdrawn_reason = now, reason.strip()[:200]
    audit.record(actor, "sign withdrawn", facility, now=now, sign=row.sign.value, reason=row.withdrawn_reason)
    if falls:
        facility.verified_at = None
        audit.record(actor, "verification ended", facility, now=now)
    return facility


def _checked_by(actor: Actor, facility_id: int) -> Facility:
    """The facility, held until commit, where the actor may check it: nobody vouches for their own."""
    if not (actor.has(Role.OPERATOR) or actor.has(Role.COORDINATOR)) or facility_id in actor.facilities:
        raise NotFound("facility")
    facility = db.session.scalar(sa.select(Facility).where(Facility.id == facility_id).with_for_update())
    if facility is None:
        raise NotFound("facility")
    return facility


def _verify(actor: Actor, facility: Facility, *, now: datetime) -> None:
    facility.verified_at = now
    signs = [row.sign.value for row in evidence.live(facility.id)]
    audit.record(actor, "verified", facility, now=now, signs=signs)
    for user in evidence.contacts(facility.id):
        mail.enqueue_once(
            f"verified:{facility.id}:{user.id}:{now:%Y-%m-%d}",
            recipient=user.email,
            subject=f"{facility.name} is verified",
            body=f"We checked that {facility.name} is what it says. Students can see its posted slots now.\n",
            now=now,
        )


def _may_claim(actor: Actor, facility_id: int) -> bool:
    return facility_id in actor.facilities or actor.has(Role.COORDINATOR) or actor.has(Role.OPERATOR)


def _take_over(actor: Actor, facility: Facility, listing_id: int, *, now: datetime) -> FacilityListing:
    """Tie a facility to a listing. Anyone may say so; only a checked sign makes it count."""
    listing = db.session.get(FacilityListing, listing_id)
    if listing is None:
        raise NotFound("listing")
    facility.listing_id = listing.id
    facility.phone = facility.phone or listing.phone
    audit.record(actor, "claimed listing", facility, now=now, listing=f"{listing.source}:{listing.source_id}")
    index.put(facility.id)
    return listing
