"""Post slots through a link: the first one of a newcomer, another one, last term's again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from marketplace.access import Actor
from marketplace.accounts import services as accounts
from marketplace.accounts.models import Role
from marketplace.db import db
from marketplace.errors import NotFound
from marketplace.facilities import queries as facility_queries
from marketplace.facilities import services as facilities
from marketplace.facilities.models import Facility
from marketplace.guests import letters, people
from marketplace.identity import services as identity
from marketplace.links import services as links
from marketplace.links.models import EmailLink, Purpose
from marketplace.links.services import Subject
from marketplace.slots import services as slots
from marketplace.slots.models import Slot, SlotState
from marketplace.vocabulary import FacilityKind


@dataclass(frozen=True)
class Host:
    """Who offers: a facility one is a contact of, or a new organisation."""

    facility_id: int | None = None
    name: str = ""
    facility_name: str = ""
    facility_kind: str = ""
    listing_id: int | None = None


@dataclass(frozen=True)
class Offer:
    """What is offered, and where: one of the facility's sites, or a new address."""

    fields: dict[str, Any] = field(default_factory=dict)
    site_id: int | None = None
    zip: str = ""
    address: str = ""


def ask_for_link(email: str, draft: dict[str, list[str]], *, now: datetime) -> None:
    """Someone filled in the public page: keep what they typed in a link, and mail it to them."""
    links.require_calm(email, now=now)
    letter = letters.write(Purpose.HOST, Subject(), sender_id=None)
    link = links.create(None, Purpose.HOST, email, subject=Subject(), letter=letter, now=now)
    link.draft = draft


def invite_host(actor: Actor, email: str, *, facility_id: int | None, now: datetime) -> EmailLink:
    """A coordinator asks anyone to host; a contact asks a colleague to post for their facility."""
    if facility_id is not None and facility_id not in actor.facilities:
        raise NotFound("facility")
    if facility_id is None and not actor.has(Role.COORDINATOR):
        raise NotFound("facility")
    about = Subject(facility_id=facility_id)
    letter = letters.write(Purpose.HOST, about, sender_id=actor.user_id)
    return links.create(actor, Purpose.HOST, email, subject=about, letter=letter, now=now)


def homes(link: EmailLink) -> Sequence[Facility]:
    """The facilities that the link's reader may post for: those of a contact, and what the link names."""
    found = list(people.facilities_of(link.email))
    if link.facility_id is not None and link.slot_id is None:
        found = [each for each in found if each.id == link.facility_id]
        return found or [facility_queries.with_sites(link.facility_id)]
    return found


def post(link: EmailLink, host: Host, offer: Offer, *, now: datetime) -> Slot:
    """Post a slot. A newcomer's facility is made, unverified: nobody sees the slot until it is verified."""
    actor = _actor(link, host, now=now)
    facility_id = next(iter(actor.facilities))
    site_id = offer.site_id
    if site_id is None:
        site = facilities.add_site(
            actor, facility_id, name="Main site", address=offer.address, zip=offer.zip, now=now
        )
        site_id = site.id
    slot = slots.create(actor, facility_id, now=now, site_id=site_id, **offer.fields)
    return _posted(actor, link, slot, now=now)


def ask_to_join(link: EmailLink, host: Host, facility_id: int, *, contacts: str, now: datetime) -> bool:
    """The organisation is here already: its contacts are told who would post for it. False: it has none."""
    user = people.person(link.email, name=host.name, now=now)
    actor = people.contact_of(user, None)
    return identity.ask_to_join(actor, facility_id, email=link.email, link=contacts, now=now)


def repeat(link: EmailLink, slot_id: int, *, now: datetime) -> Slot:
    """Last term's slot once more, its dates moved on. The button pressed is the statement on staff."""
    earlier = next((each for each in earlier_slots(link) if each.id == slot_id), None)
    if earlier is None:
        raise NotFound("slot")
    actor = _actor(link, Host(facility_id=earlier.facility_id), now=now)
    slot = slots.repeat(actor, slot_id, now=now)
    slots.edit(actor, slot.id, now=now, attested=True)
    return _posted(actor, link, slot, now=now)


def earlier_slots(link: EmailLink, limit: int = 3) -> Sequence[Slot]:
    """The newest slots that the reader's facilities have posted, one of a title."""
    ids = [facility.id for facility in homes(link)]
    newest = (
        sa.select(sa.func.max(Slot.id))
        .where(Slot.facility_id.in_(ids), Slot.posted_at.is_not(None), Slot.state != SlotState.DRAFT)
        .group_by(Slot.facility_id, Slot.title)
    )
    query = sa.select(Slot).where(Slot.id.in_(newest)).order_by(Slot.starts_on.desc(), Slot.id.desc())
    return db.session.scalars(query.limit(limit)).all()


def _actor(link: EmailLink, host: Host, *, now: datetime) -> Actor:
    """The link's reader as a contact of the facility they post for, which is made if new."""
    user = people.person(link.email, name=host.name, now=now)
    if host.facility_id is None:
        made = facilities.create(
            people.contact_of(user, None),
            name=host.facility_name,
            kind=FacilityKind(host.facility_kind),
            now=now,
        )
        if host.listing_id is not None:
            identity.claim(people.contact_of(user, made.id), made.id, host.listing_id, now=now)
        return people.contact_of(user, made.id)
    if host.facility_id not in {each.id for each in homes(link)}:
        raise NotFound("facility")
    accounts.grant(None, user, Role.FACILITY_CONTACT, now=now, facility_id=host.facility_id)
    return people.contact_of(user, host.facility_id)


def _posted(actor: Actor, link: EmailLink, slot: Slot, *, now: datetime) -> Slot:
    slots.post(actor, slot.id, now=now)
    link.slot_id, link.facility_id = slot.id, slot.facility_id
    links.finish(actor, link, now=now)
    return slot
