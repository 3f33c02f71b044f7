"""Who acts when someone without an account acts: a person known by their address alone.

Pressing a button on a page that only their mail leads to proves the address. The person is kept without a
password; whoever wants an account later sets one by "forgot password". A link never lets more be done than
what it is for: its actor is a contact of one facility and nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from marketplace.access import Actor
from marketplace.accounts import services as accounts
from marketplace.accounts.models import Membership, Role, User
from marketplace.db import db
from marketplace.errors import NotFound
from marketplace.facilities.models import Facility
from marketplace.links.models import EmailLink


def facilities_of(email: str) -> Sequence[Facility]:
    """The facilities whose contact has this address, with their sites, by name."""
    query = (
        sa.select(Facility)
        .join(Membership, Membership.facility_id == Facility.id)
        .join(User, User.id == Membership.user_id)
        .where(
            sa.func.lower(User.email) == email.lower(), User.active, Membership.role == Role.FACILITY_CONTACT
        )
        .options(selectinload(Facility.sites))
        .order_by(Facility.name, Facility.id)
    )
    return db.session.scalars(query).all()


def person(email: str, *, name: str, now: datetime) -> User:
    """The person with this address, made without a password if new. Raises NotFound for a closed account."""
    user = accounts.find_user(email)
    if user is None:
        return accounts.create_user(email, name=name or email.partition("@")[0], password=None, now=now)
    if not user.active:
        raise NotFound("user")
    return user


def contact_of(user: User, facility_id: int | None) -> Actor:
    """`user` as a contact of one facility, or of none, and as nothing else."""
    scopes = ((Role.FACILITY_CONTACT, None, facility_id),) if facility_id is not None else ()
    return Actor(user.id, user.name, user.email, scopes)


def contacts(facility_id: int) -> Sequence[User]:
    """The people who act for a facility."""
    query = (
        sa.select(User)
        .join(Membership, Membership.user_id == User.id)
        .where(Membership.facility_id == facility_id, Membership.role == Role.FACILITY_CONTACT, User.active)
        .order_by(User.id)
    )
    return db.session.scalars(query).all()


def holder(link: EmailLink) -> Actor:
    """The contact that a link about a facility was sent to. Raises NotFound where they are none any more."""
    user = accounts.find_user(link.email)
    if user is None or link.facility_id not in {each.id for each in facilities_of(link.email)}:
        raise NotFound("contact")
    return contact_of(user, link.facility_id)
