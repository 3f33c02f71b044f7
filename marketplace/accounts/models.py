"""People who sign in, what they may act for, and invitations. Lowest feature: imports no other.

A membership ties a person to a role and, where the role has one, to its school or facility.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from flask_security import RoleMixin, UserMixin
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.db import Base, UTCDateTime, choice


class Role(StrEnum):
    """What a person may act as."""

    STUDENT = "student"
    FACILITY_CONTACT = "facility-contact"
    COORDINATOR = "coordinator"
    OPERATOR = "operator"


_SCOPE = (
    "(role = 'facility-contact' AND facility_id IS NOT NULL AND school_id IS NULL)"
    " OR (role IN ('coordinator', 'student') AND school_id IS NOT NULL AND facility_id IS NULL)"
    " OR (role = 'operator' AND school_id IS NULL AND facility_id IS NULL)"
)


class User(Base, UserMixin):
    """A person with a password. ``fs_uniquifier`` is the session identity; changing it signs out."""

    __tablename__ = "user_account"
    __table_args__ = (sa.Index("uq_user_account_email", sa.text("lower(email)"), unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(sa.String(254))
    name: Mapped[str] = mapped_column(sa.String(120), default="")
    password: Mapped[str | None] = mapped_column(sa.String(255))
    active: Mapped[bool] = mapped_column(default=True)
    fs_uniquifier: Mapped[str] = mapped_column(sa.String(64), unique=True, default=lambda: uuid.uuid4().hex)
    confirmed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    created_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    memberships: Mapped[list[Membership]] = relationship(back_populates="user", lazy="raise")

    @property
    def roles(self) -> list[RoleMixin]:  # type: ignore[override]  # read-only on purpose
        """Flask-Security's global roles: none, since every role here has a scope (see Membership)."""
        return []


class Membership(Base):
    """One role of one person, with its scope."""

    __tablename__ = "membership"
    __table_args__ = (
        sa.CheckConstraint(_SCOPE, name="scope"),
        sa.Index(
            "uq_membership_scope",
            "user_id",
            "role",
            sa.text("coalesce(school_id, 0)"),
            sa.text("coalesce(facility_id, 0)"),
            unique=True,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user_account.id", ondelete="CASCADE"))
    role: Mapped[Role] = mapped_column(choice(Role, "role"))
    school_id: Mapped[int | None] = mapped_column(sa.ForeignKey("school.id"), index=True)
    facility_id: Mapped[int | None] = mapped_column(sa.ForeignKey("facility.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)

    user: Mapped[User] = relationship(back_populates="memberships", lazy="raise")


class Invitation(Base):
    """A single-use, expiring offer of a membership, sent by mail. Only the token's digest is stored."""

    __tablename__ = "invitation"
    __table_args__ = (sa.CheckConstraint(_SCOPE, name="scope"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(sa.String(254), index=True)
    #: The name whoever invites knows the person by; accepting, they may write another.
    name: Mapped[str] = mapped_column(sa.String(120), default="", server_default=sa.text("''"))
    role: Mapped[Role] = mapped_column(choice(Role, "role"))
    school_id: Mapped[int | None] = mapped_column(sa.ForeignKey("school.id"), index=True)
    facility_id: Mapped[int | None] = mapped_column(sa.ForeignKey("facility.id"), index=True)
    programme_id: Mapped[int | None] = mapped_column(sa.ForeignKey("programme.id"), index=True)
    token_sha256: Mapped[str] = mapped_column(sa.String(64), unique=True)
    invited_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user_account.id", ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)
    accepted_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
