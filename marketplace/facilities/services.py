"""Create and edit facilities, and add their sites. (What verifies one: identity.services.)"""

from __future__ import annotations

from datetime import datetime

from marketplace.access import Actor
from marketplace.accounts import services as accounts
from marketplace.accounts.models import Role, User
from marketplace.audit import services as audit
from marketplace.db import db
from marketplace.errors import DomainError, NotFound
from marketplace.facilities import index, lapsing, queries
from marketplace.facilities.models import Facility, Site
from marketplace.facilities.postal import find_area
from marketplace.texts import services as texts
from marketplace.texts.models import TextState
from marketplace.vocabulary import ContactPolicy, FacilityKind


def create(
    actor: Actor,
    *,
    name: str,
    kind: FacilityKind,
    now: datetime,
    website: str = "",
    phone: str = "",
    about: str = "",
    contact_policy: ContactPolicy = ContactPolicy.COORDINATOR,
) -> Facility:
    """A new, unverified facility; whoever creates it becomes its contact."""
    facility = Facility(
        name=name.strip(),
        kind=kind,
        phone=phone.strip(),
        contact_policy=contact_policy,
        created_at=now,
        confirmed_at=now,
    )
    db.session.add(facility)
    db.session.flush()
    user = db.session.get_one(User, actor.user_id)
    accounts.grant(actor, user, Role.FACILITY_CONTACT, now=now, facility_id=facility.id)
    audit.record(actor, "created", facility, now=now, name=facility.name)
    _send_text(actor, facility, {"website": website.strip(), "about": about.strip()}, now=now)
    index.put(facility.id)
    return facility


def edit(
    actor: Actor,
    facility_id: int,
    *,
    name: str,
    kind: FacilityKind,
    website: str,
    about: str,
    contact_policy: ContactPolicy,
    now: datetime,
    phone: str | None = None,
) -> Facility:
    """Change what a facility says of itself. A verified one keeps its name: that is what was verified."""
    facility = queries.own(actor, facility_id)
    if facility.verified_at is not None and name.strip() != facility.name:
        raise DomainError("name_verified", field="name")
    facility.name, facility.kind, facility.contact_policy = name.strip(), kind, contact_policy
    facility.phone = facility.phone if phone is None else phone.strip()
    note_confirmed(facility, now=now)
    audit.record(actor, "edited", facility, now=now, name=facility.name)
    _send_text(actor, facility, {"website": website.strip(), "about": about.strip()}, now=now)
    index.put(facility.id)
    return facility


def confirm(actor: Actor, facility_id: int, *, now: datetime) -> Facility:
    """It still hosts; one that had lapsed is listed again."""
    facility = queries.own(actor, facility_id)
    note_confirmed(facility, now=now)
    audit.record(actor, "confirmed", facility, now=now)
    return facility


def note_confirmed(facility: Facility, *, now: datetime) -> None:
    """Something its contact did shows that it hosts."""
    lapsing.confirm(facility, now)
    facility.lapsed_at = None


def lapse(facility: Facility, *, now: datetime) -> None:
    """List it as a host no more, until somebody there confirms that it hosts. For the nightly job."""
    facility.lapsed_at = now
    audit.record(None, "lapsed", facility, now=now)


def show_text(facility: Facility, fields: dict[str, str]) -> None:
    """Show an approved text."""
    for name, value in fields.items():
        setattr(facility, name, value)
    index.put(facility.id)


def _send_text(actor: Actor, facility: Facility, fields: dict[str, str], *, now: datetime) -> None:
    """Show what the facility says of itself, or keep it until somebody has read it."""
    shown = {name: getattr(facility, name) or "" for name in fields}
    if fields == shown:
        texts.drop(facility.id, None, now=now)
        return
    text = texts.send(
        actor,
        facility.id,
        slot_id=None,
        fields=fields,
        trusted=facility.trusted_at is not None,
        now=now,
    )
    if text.state is TextState.APPROVED:
        show_text(facility, fields)


def bring_in(
    actor: Actor, *, name: str, kind: FacilityKind, email: str, link: str, now: datetime
) -> Facility:
    """A coordinator drafts a facility and invites its first contact, without becoming one."""
    if not actor.coordinated_schools:
        raise NotFound("school")
    facility = Facility(name=name.strip(), kind=kind, created_at=now)
    db.session.add(facility)
    db.session.flush()
    audit.record(actor, "brought in", facility, now=now, name=facility.name)
    index.put(facility.id)
    accounts.write_invitation(
        actor, email, Role.FACILITY_CONTACT, now=now, link=link, facility_id=facility.id
    )
    return facility


def add_site(actor: Actor, facility_id: int, *, name: str, address: str, zip: str, now: datetime) -> Site:
    """An address of one of the actor's facilities; its ZIP gives city, state and coordinates.

    Raises DomainError("unknown_zip") and DomainError("site_exists").
    """
    facility = queries.own(actor, facility_id)
    if any(site.name == name.strip() for site in facility.sites):
        raise DomainError("site_exists", field="name")
    area = find_area(zip)
    if area is None:
        raise DomainError("unknown_zip", field="zip", zip=zip)
    site = Site(
        facility_id=facility.id,
        name=name.strip(),
        address=address.strip(),
        city=area.city,
        state=area.state,
        zip=area.zip,
        latitude=area.point.latitude,
        longitude=area.point.longitude,
    )
    db.session.add(site)
    db.session.flush()
    audit.record(actor, "site added", facility, now=now, site=site.name)
    index.put(facility.id)
    return site
