"""Applications: a student's signed, dated consent that one facility sees their profile for one slot."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.db import Base, UTCDateTime
from marketplace.slots.models import Slot
from marketplace.students.models import Student


class Application(Base):
    """One student, one slot, one round. Withdrawing revokes the consent at once and keeps the row."""

    __tablename__ = "application"
    __table_args__ = (
        sa.UniqueConstraint("round_id", "student_id", "slot_id"),
        sa.Index("ix_application_slot", "round_id", "slot_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(sa.ForeignKey("match_round.id"))
    student_id: Mapped[int] = mapped_column(sa.ForeignKey("student.id"), index=True)
    slot_id: Mapped[int] = mapped_column(sa.ForeignKey("slot.id"), index=True)
    signature: Mapped[str] = mapped_column(sa.String(120))
    consent_text: Mapped[str] = mapped_column(sa.Text)
    consented_at: Mapped[datetime] = mapped_column(UTCDateTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    student: Mapped[Student] = relationship(lazy="raise")
    slot: Mapped[Slot] = relationship(lazy="raise")


class Disclosure(Base):
    """A facility opened a student's profile. The student can read this log."""

    __tablename__ = "disclosure"

    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(sa.ForeignKey("application.id"), index=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user_account.id"))
    at: Mapped[datetime] = mapped_column(UTCDateTime)
