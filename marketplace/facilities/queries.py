"""Read facilities: one's own, and the verified ones that everyone sees."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from marketplace.access import Actor
from marketplace.accounts.models import Invitation, Membership, Role, User
from marketplace.db import db
from marketplace.errors import NotFound
from marketplace.facilities.models import Facility, Site


def own(actor: Actor, facility_id: int) -> Facility:
    """A facility of the actor, with its sites."""
    query = (
        sa.select(Facility)
        .where(
            Facility.id == facility_id,
            Facility.id.in_(actor.facilities),
            Facility.merged_into_id.is_(None),
        )
        .options(selectinload(Facility.sites))
    )
    found = db.session.scalars(query).one_or_none()
    if found is None:
        raise NotFound("facility")
    return found


def mine(actor: Actor) -> Sequence[Facility]:
    """The actor's facilities with their sites, by name."""
    query = (
        sa.select(Facility)
        .where(Facility.id.in_(actor.facilities), Facility.merged_into_id.is_(None))
        .options(selectinload(Facility.sites))
        .order_by(Facility.name, Facility.id)
    )
    return db.session.scalars(query).all()


def has_site(facility_id: int) -> bool:
    """Whether a facility has any address yet."""
    return db.session.scalar(sa.select(Site.id).where(Site.facility_id == facility_id).limit(1)) is not None


def kept_instead_of(facility_id: int) -> int | None:
    """The facility that a merged one became, where there is such."""
    return db.session.scalar(sa.select(Facility.merged_into_id).where(Facility.id == facility_id))


def visible(actor: Actor | None, facility_id: int) -> Facility:
    """A facility with its sites: a verified one for everyone, any other for its own contacts."""
    own_ids = actor.facilities if actor else frozenset()
    query = (
        sa.select(Facility)
        .where(Facility.id == facility_id)
        .where(Facility.merged_into_id.is_(None))
        .where(sa.or_(Facility.verified_at.is_not(None), Facility.id.in_(own_ids)))
        .options(selectinload(Facility.sites))
    )
    found = db.session.scalars(query).one_or_none()
    if found is None:
        raise NotFound("facility")
    return found


def contacts(actor: Actor, facility_id: int) -> tuple[Sequence[User], Sequence[Invitation]]:
    """The contacts of one of the actor's facilities and the invitations not yet accepted."""
    own(actor, facility_id)
    people = (
        sa.select(User)
        .join(Membership, Membership.user_id == User.id)
        .where(Membership.role == Role.FACILITY_CONTACT, Membership.facility_id == facility_id)
        .order_by(User.name, User.id)
    )
    open_ = (
        sa.select(Invitation)
        .where(Invitation.facility_id == facility_id, Invitation.accepted_at.is_(None))
        .order_by(Invitation.id.desc())
        .limit(50)
    )
    return db.session.scalars(people).all(), db.session.scalars(open_).all()


def with_sites(facility_id: int) -> Facility:
    """Any facility with its sites; whether the reader may see it is the caller's to check."""
    query = sa.select(Facility).where(Facility.id == facility_id).options(selectinload(Facility.sites))
    found = db.session.scalars(query).one_or_none()
    if found is None:
        raise NotFound("facility")
    return found


def unverified(limit: int = 100) -> Sequence[Facility]:
    """Facilities that wait to be verified, oldest first; for operators and coordinators."""
    query = (
        sa.select(Facility)
        .where(Facility.verified_at.is_(None), Facility.merged_into_id.is_(None))
        .options(selectinload(Facility.sites))
        .order_by(Facility.created_at, Facility.id)
        .limit(limit)
    )
    return db.session.scalars(query).all()


def unverified_one(facility_id: int) -> Facility:
    """A facility that waits to be verified. Raises NotFound."""
    query = (
        sa.select(Facility)
        .where(Facility.id == facility_id, Facility.verified_at.is_(None))
        .options(selectinload(Facility.sites))
    )
    found = db.session.scalars(query).one_or_none()
    if found is None:
        raise NotFound("facility")
    return found


def mailboxes(facility_id: int) -> list[tuple[int, str]]:
    """(user id, e-mail) of a facility's contacts: whom news of it goes to."""
    query = (
        sa.select(User.id, User.email)
        .join(Membership, Membership.user_id == User.id)
        .where(Membership.facility_id == facility_id, Membership.role == Role.FACILITY_CONTACT, User.active)
        .distinct()
        .order_by(User.id)
    )
    return [(user_id, address) for user_id, address in db.session.execute(query)]


def first_contacts(facility_ids: Sequence[int]) -> dict[int, str]:
    """The e-mail address of each facility's first contact, or of whoever was invited to be."""
    invited = sa.select(Invitation.facility_id, Invitation.email).where(
        Invitation.facility_id.in_(facility_ids)
    )
    members = (
        sa.select(Membership.facility_id, User.email)
        .join(User, User.id == Membership.user_id)
        .where(Membership.facility_id.in_(facility_ids))
        .order_by(Membership.id.desc())
    )
    found = {facility: email for facility, email in db.session.execute(invited.order_by(Invitation.id))}
    found.update({facility: email for facility, email in db.session.execute(members)})
    return {facility: email for facility, email in found.items() if facility is not None}
