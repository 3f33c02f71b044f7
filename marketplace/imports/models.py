"""A file kept between upload and confirmation, and which slots a school prepared for a facility."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.db import Base, UTCDateTime, choice
from marketplace.schools.models import School
from marketplace.slots.models import Slot


class UploadKind(StrEnum):
    """What a file holds."""

    STUDENTS = "students"
    SLOTS = "slots"
    AGREEMENTS = "agreements"


class Upload(Base):
    """One person's file of one kind, kept until confirmed, discarded, replaced or expired."""

    __tablename__ = "upload"

    user_id: Mapped[int] = mapped_column(
        sa.ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True
    )
    kind: Mapped[UploadKind] = mapped_column(choice(UploadKind, "kind"), primary_key=True)
    filename: Mapped[str] = mapped_column(sa.String(200))
    content: Mapped[bytes] = mapped_column(sa.LargeBinary)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)


class PreparedSlot(Base):
    """A draft that a school wrote for a facility. ``imported`` is what the school's file said of it.

    ``reference`` is how the file names it, so that importing again finds it.
    """

    __tablename__ = "prepared_slot"
    __table_args__ = (sa.UniqueConstraint("school_id", "reference"),)

    slot_id: Mapped[int] = mapped_column(sa.ForeignKey("slot.id", ondelete="CASCADE"), primary_key=True)
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"))
    reference: Mapped[str] = mapped_column(sa.String(80))
    imported: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    prepared_at: Mapped[datetime] = mapped_column(UTCDateTime)

    slot: Mapped[Slot] = relationship(lazy="raise")
    school: Mapped[School] = relationship(lazy="raise")
