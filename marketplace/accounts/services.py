"""Create people, memberships and invitations."""

from __future__ import annotations

import hashlib
import secrets
import uuid
from datetime import datetime, timedelta

import sqlalchemy as sa
from flask_security import hash_password

from marketplace.access import Actor
from marketplace.accounts.models import Invitation, Membership, Role, User
from marketplace.audit import services as audit
from marketplace.audit.models import AuditEvent
from marketplace.db import db
from marketplace.errors import DomainError, NotFound
from marketplace.mail import services as mail

INVITATION_LIFETIME = timedelta(days=21)


def find_user(email: str) -> User | None:
    """The person with this address, whatever its case."""
    return db.session.scalar(sa.select(User).where(sa.func.lower(User.email) == email.strip().lower()))


def create_user(email: str, *, name: str, password: str | None, now: datetime) -> User:
    """A confirmed person; without a password they can't sign in yet. Raises DomainError("email_taken")."""
    if find_user(email) is not None:
        raise DomainError("email_taken", email=email)
    user = User(
        email=email.strip(),
        name=name.strip(),
        password=hash_password(password) if password is not None else None,
        confirmed_at=now,
        created_at=now,
        active=True,
    )
    db.session.add(user)
    db.session.flush()
    audit.record(None, "created", user, now=now)
    return user


def rename(actor: Actor, name: str, *, now: datetime) -> None:
    """Change the actor's own name."""
    user = db.session.get_one(User, actor.user_id)
    if user.name != name.strip():
        user.name = name.strip()
        audit.record(actor, "renamed", user, now=now)


def end_sessions(actor: Actor, *, now: datetime) -> None:
    """End every session of the actor: the identity that sessions carry changes."""
    user = db.session.get_one(User, actor.user_id)
    user.fs_uniquifier = uuid.uuid4().hex
    audit.record(actor, "signed out everywhere", user, now=now)


def last_change(user_id: int) -> datetime | None:
    """When something of a person's own account last changed."""
    return db.session.scalar(
        sa.select(sa.func.max(AuditEvent.at)).where(
            AuditEvent.object_type == "User", AuditEvent.object_id == user_id
        )
    )


def grant(
    actor: Actor | None,
    user: User,
    role: Role,
    *,
    now: datetime,
    school_id: int | None = None,
    facility_id: int | None = None,
) -> Membership:
    """Give `user` a role with its scope; giving it twice changes nothing."""
    found = db.session.scalar(
        sa.select(Membership).where(
            Membership.user_id == user.id,
            Membership.role == role,
            Membership.school_id.is_not_distinct_from(school_id),
            Membership.facility_id.is_not_distinct_from(facility_id),
        )
    )
    if found is not None:
        return found
    membership = Membership(
        user_id=user.id, role=role, school_id=school_id, facility_id=facility_id, created_at=now
    )
    db.session.add(membership)
    db.session.flush()
    audit.record(actor, "granted", membership, now=now, user_id=user.id, role=role.value)
    return membership


def may_invite(actor: Actor, role: Role, *, school_id: int | None, facility_id: int | None) -> bool:
    """Operators invite anyone; coordinators invite students and colleagues of their school; contacts invite
    colleagues of their facility. (A coordinator brings in a new facility through facilities.services.)"""
    if actor.has(Role.OPERATOR):
        return True
    if role in {Role.STUDENT, Role.COORDINATOR}:
        return school_id in actor.coordinated_schools
    if role is Role.FACILITY_CONTACT:
        return facility_id in actor.facilities
    return False


def invite(
    actor: Actor,
    email: str,
    role: Role,
    *,
    now: datetime,
    link: str,
    school_id: int | None = None,
    facility_id: int | None = None,
    programme_id: int | None = None,
    name: str = "",
) -> str:
    """Invite `email` to a role and return the token; ``link`` is the page's address with ``TOKEN`` in it.

    Raises NotFound where the actor may not invite to that scope.
    """
    if not may_invite(actor, role, school_id=school_id, facility_id=facility_id):
        raise NotFound("scope")
    scope = {"school_id": school_id, "facility_id": facility_id, "programme_id": programme_id}
    return write_invitation(actor, email, role, now=now, link=link, name=name, **scope)


def write_invitation(
    actor: Actor, email: str, role: Role, *, now: datetime, link: str, name: str = "", **scope: int | None
) -> str:
    """Write an invitation and its mail; whether `actor` may do so is the caller's to check."""
    token, invitation = _add_invitation(actor, email, role, now=now, name=name, **scope)
    hello = f"Hello {name},\n\n" if name else ""
    mail.enqueue(
        f"invitation:{invitation.id}",
        recipient=invitation.email,
        subject="You are invited to Practicum Match",
        body=(
            f"{hello}{actor.name} invites you to Practicum Match.\n\n"
            f"Open this page and press the button there to accept:\n{link.replace('TOKEN', token)}\n\n"
            f"The link works once, until {invitation.expires_at:%d %B %Y}. Opening it changes nothing.\n"
        ),
        now=now,
    )
    return token


def invite_operator(email: str, *, now: datetime) -> str:
    """The token of an invitation to run the installation, for the shell; no mail is written."""
    token, _ = _add_invitation(None, email, Role.OPERATOR, now=now)
    return token


def _add_invitation(
    actor: Actor | None, email: str, role: Role, *, now: datetime, name: str = "", **scope: int | None
) -> tuple[str, Invitation]:
    token = secrets.token_urlsafe(32)
    invitation = Invitation(
        email=email.strip(),
        name=name.strip(),
        role=role,
        **scope,
        token_sha256=_digest(token),
        invited_by_id=actor.user_id if actor else None,
        created_at=now,
        expires_at=now + INVITATION_LIFETIME,
    )
    db.session.add(invitation)
    db.session.flush()
    audit.record(actor, "invited", invitation, now=now, role=role.value)
    return token, invitation


def rename_invitation(actor: Actor, invitation_id: int, name: str, *, now: datetime) -> None:
    """Correct the name on an invitation that nobody has accepted yet."""
    invitation = unanswered(actor, invitation_id, now)
    invitation.name = name.strip()
    audit.record(actor, "renamed invitation", invitation, now=now)


def withdraw_invitation(actor: Actor, invitation_id: int, *, now: datetime) -> None:
    """End an invitation that nobody has accepted: its link stops working."""
    invitation = unanswered(actor, invitation_id, now)
    invitation.expires_at = now
    audit.record(actor, "withdrew invitation", invitation, now=now)


def unanswered(actor: Actor, invitation_id: int, now: datetime) -> Invitation:
    """An invitation that the actor could have written and nobody has answered. Raises NotFound."""
    found = db.session.scalar(sa.select(Invitation).where(Invitation.id == invitation_id).with_for_update())
    if found is None or found.accepted_at is not None or found.expires_at <= now:
        raise NotFound("invitation")
    if not may_invite(actor, found.role, school_id=found.school_id, facility_id=found.facility_id):
        raise NotFound("invitation")
    return found


def open_invitation(token: str, *, now: datetime) -> Invitation:
    """The invitation behind `token`. Raises NotFound if it is unknown, used or expired."""
    found = db.session.scalar(sa.select(Invitation).where(Invitation.token_sha256 == _digest(token)))
    if found is None or found.accepted_at is not None or found.expires_at <= now:
        raise NotFound("invitation")
    return found


def accept_invitation(token: str, user: User, *, now: datetime) -> Invitation:
    """Give `user` the invited role; the invitation is used up, also under two clicks at once."""
    invitation = open_invitation(token, now=now)
    taken = db.session.execute(
        sa.update(Invitation)
        .where(Invitation.id == invitation.id, Invitation.accepted_at.is_(None))
        .values(accepted_at=now)
    )
    if taken.rowcount != 1:  # type: ignore[attr-defined]
        raise NotFound("invitation")
    grant(
        None,
        user,
        invitation.role,
        now=now,
        school_id=invitation.school_id,
        facility_id=invitation.facility_id,
    )
    return invitation


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
