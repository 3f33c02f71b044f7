"""Saved searches, and which slots a person was told of."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.accounts.models import User
from marketplace.db import Base, UTCDateTime, choice


class Cadence(StrEnum):
    """How often a search is mailed about."""

    DAILY = "daily"
    WEEKLY = "weekly"
    NEVER = "never"


class SavedSearch(Base):
    """A search somebody keeps: the arguments of its address, in canonical form. Nobody else sees it.

    ``since``: slots that became visible later are news. ``due_at``: when to look for news next.
    """

    __tablename__ = "saved_search"
    __table_args__ = (
        sa.UniqueConstraint("user_id", "address"),
        sa.Index("ix_saved_search_due", "cadence", "due_at", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user_account.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(sa.String(200))
    address: Mapped[str] = mapped_column(sa.String(1000))
    cadence: Mapped[Cadence] = mapped_column(choice(Cadence, "cadence"), default=Cadence.DAILY)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    since: Mapped[datetime] = mapped_column(UTCDateTime)
    due_at: Mapped[datetime] = mapped_column(UTCDateTime)

    user: Mapped[User] = relationship(lazy="raise")


class ToldSlot(Base):
    """A person was mailed about a slot: never twice, whichever of their searches find it."""

    __tablename__ = "told_slot"
    __table_args__ = (sa.Index("ix_told_slot_slot", "slot_id"),)

    user_id: Mapped[int] = mapped_column(
        sa.ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True
    )
    slot_id: Mapped[int] = mapped_column(sa.ForeignKey("slot.id", ondelete="CASCADE"), primary_key=True)
    told_at: Mapped[datetime] = mapped_column(UTCDateTime)
