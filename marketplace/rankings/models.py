"""Rank order lists of both sides. Every saved version is kept; the last certified one counts."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.db import Base, UTCDateTime


class RankList(Base):
    """One saved version of a student's list of slots, or of a slot's list of applicants.

    Exactly one of ``student_id`` and ``slot_id`` names the owner. ``then_any`` (slots only): everyone
    else who applied forms one last tier. A version is never changed after it is written.
    """

    __tablename__ = "rank_list"
    __table_args__ = (
        sa.CheckConstraint("(student_id IS NULL) <> (slot_id IS NULL)", name="one_owner"),
        sa.CheckConstraint("slot_id IS NOT NULL OR NOT then_any", name="then_any"),
        sa.UniqueConstraint("round_id", "student_id", "version"),
        sa.UniqueConstraint("round_id", "slot_id", "version"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(sa.ForeignKey("match_round.id"))
    student_id: Mapped[int | None] = mapped_column(sa.ForeignKey("student.id"), index=True)
    slot_id: Mapped[int | None] = mapped_column(sa.ForeignKey("slot.id"), index=True)
    version: Mapped[int]
    certified: Mapped[bool] = mapped_column(default=False)
    then_any: Mapped[bool] = mapped_column(default=False)
    digest: Mapped[str] = mapped_column(sa.String(64))
    saved_at: Mapped[datetime] = mapped_column(UTCDateTime)
    saved_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user_account.id", ondelete="SET NULL"))

    entries: Mapped[list[RankEntry]] = relationship(
        lazy="raise", order_by="RankEntry.rank, RankEntry.id", cascade="all, delete-orphan"
    )


class RankEntry(Base):
    """One partner on a list. ``rank`` is 1-based; equal ranks form a tier."""

    __tablename__ = "rank_entry"
    __table_args__ = (
        sa.CheckConstraint("(student_id IS NULL) <> (slot_id IS NULL)", name="one_partner"),
        sa.CheckConstraint("rank >= 1", name="rank"),
        sa.UniqueConstraint("rank_list_id", "slot_id"),
        sa.UniqueConstraint("rank_list_id", "student_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    rank_list_id: Mapped[int] = mapped_column(sa.ForeignKey("rank_list.id", ondelete="CASCADE"))
    rank: Mapped[int]
    slot_id: Mapped[int | None] = mapped_column(sa.ForeignKey("slot.id"), index=True)
    student_id: Mapped[int | None] = mapped_column(sa.ForeignKey("student.id"), index=True)
