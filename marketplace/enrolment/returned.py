"""People whose mail comes back: students, colleagues, contacts of facilities in the rounds, those invited.

Among these are hosts without an account whom the coordinator sent a link.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from marketplace.access import Actor
from marketplace.accounts import addresses
from marketplace.accounts.models import Invitation, Membership, Role, User
from marketplace.db import db
from marketplace.errors import NotFound
from marketplace.facilities.models import Facility
from marketplace.links.models import EmailLink
from marketplace.mail.models import Mailbox
from marketplace.rounds.models import Round, RoundSlot
from marketplace.slots.models import Slot


@dataclass(frozen=True, slots=True)
class Returned:
    """Whose mail comes back. Who was invited, also by a link, has no account: ``user_id`` is None."""

    mailbox_id: int
    address: str
    name: str
    role: Role
    failed_at: datetime
    failure: str
    user_id: int | None = None
    invitation_id: int | None = None
    link_id: int | None = None


def of(actor: Actor, now: datetime) -> list[Returned]:
    """Everyone of the actor's schools whose address fails, the latest first, each address once."""
    found: dict[int, Returned] = {}
    for row in db.session.execute(sa.union_all(_people(actor), _invited(actor, now), _linked(actor))):
        known = found.get(row.mailbox_id)
        if known is None or known.user_id is None:  # whoever has an account confirms the new one
            found[row.mailbox_id] = Returned(**row._mapping)
    return sorted(found.values(), key=lambda each: (each.failed_at, each.mailbox_id), reverse=True)


def one(actor: Actor, mailbox_id: int, now: datetime) -> Returned:
    """One of them. Raises NotFound."""
    for each in of(actor, now):
        if each.mailbox_id == mailbox_id:
            return each
    raise NotFound("mailbox")


def mend(actor: Actor, mailbox_id: int, new: str, *, link: str, now: datetime) -> Returned:
    """Mend an address. An invitation goes out again; a person with an account confirms the new one first.

    Raises NotFound, also for a link, whose own page mends it; DomainError as :func:`addresses.ask`.
    """
    found = one(actor, mailbox_id, now)
    if found.link_id is not None:
        raise NotFound("mailbox")
    if found.user_id is not None:
        addresses.ask(actor, found.user_id, new, link=link, now=now)
    else:
        assert found.invitation_id is not None
        addresses.mend_invitation(actor, found.invitation_id, new, now=now)
    return found


def _people(actor: Actor) -> sa.Select[*tuple[Any, ...]]:
    hosts = (
        sa.select(Slot.facility_id)
        .join(RoundSlot, RoundSlot.slot_id == Slot.id)
        .join(Round, Round.id == RoundSlot.round_id)
        .where(Round.school_id.in_(actor.coordinated_schools))
    )
    ours = sa.or_(Membership.school_id.in_(actor.coordinated_schools), Membership.facility_id.in_(hosts))
    return (
        sa.select(
            *_FAILED,
            User.name,
            Membership.role,
            User.id.label("user_id"),
            _NOBODY.label("invitation_id"),
            _NOBODY.label("link_id"),
        )
        .join(User, sa.func.lower(User.email) == Mailbox.address)
        .join(Membership, Membership.user_id == User.id)
        .where(Mailbox.failed_at.is_not(None), ours)
    )


def _invited(actor: Actor, now: datetime) -> sa.Select[*tuple[Any, ...]]:
    ours = sa.or_(
        Invitation.school_id.in_(actor.coordinated_schools),
        sa.and_(Invitation.role == Role.FACILITY_CONTACT, Invitation.invited_by_id == actor.user_id),
    )
    return (
        sa.select(
            *_FAILED,
            Invitation.name,
            Invitation.role,
            _NOBODY.label("user_id"),
            Invitation.id.label("invitation_id"),
            _NOBODY.label("link_id"),
        )
        .join(Invitation, sa.func.lower(Invitation.email) == Mailbox.address)
        .where(Mailbox.failed_at.is_not(None), addresses.open_invitations(now), ours)
    )


def _linked(actor: Actor) -> sa.Select[*tuple[Any, ...]]:
    """Links that the coordinator sent and that nobody has used."""
    return (
        sa.select(
            *_FAILED,
            sa.func.coalesce(Facility.name, "").label("name"),
            sa.literal(Role.FACILITY_CONTACT, Membership.role.type).label("role"),
            _NOBODY.label("user_id"),
            _NOBODY.label("invitation_id"),
            EmailLink.id.label("link_id"),
        )
        .join(EmailLink, sa.func.lower(EmailLink.email) == Mailbox.address)
        .outerjoin(Facility, Facility.id == EmailLink.facility_id)
        .where(
            Mailbox.failed_at.is_not(None),
            EmailLink.sent_by_id == actor.user_id,
            EmailLink.done_at.is_(None),
            EmailLink.revoked_at.is_(None),
        )
    )


_FAILED = (Mailbox.id.label("mailbox_id"), Mailbox.address, Mailbox.failed_at, Mailbox.failure)
_NOBODY = sa.cast(sa.null(), sa.Integer)
