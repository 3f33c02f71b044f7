"""Requests to be released, and choices in clearing: what people ask for after the release."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.db import Base, UTCDateTime, choice
from marketplace.runs.models import Placement
from marketplace.slots.models import Slot


class Side(StrEnum):
    """Who answers, or asks."""

    STUDENT = "student"
    HOST = "host"


class PlaceRequest(Base):
    """One side asks a coordinator: to be released from a placement, or (a host) for fewer places in a slot.

    ``places``: the number that would be left; 0 withdraws the slot. At most one waits about each. What is
    typed is for the coordinators alone.
    """

    __tablename__ = "place_request"
    __table_args__ = (
        sa.CheckConstraint("(placement_id IS NULL) <> (places IS NULL)", name="about"),
        sa.CheckConstraint("places >= 0", name="places"),
        sa.CheckConstraint("(decided_at IS NULL) = (granted IS NULL)", name="decided"),
        sa.Index(
            "uq_place_request_placement",
            "placement_id",
            unique=True,
            sqlite_where=sa.text("decided_at IS NULL AND placement_id IS NOT NULL"),
            postgresql_where=sa.text("decided_at IS NULL AND placement_id IS NOT NULL"),
        ),
        sa.Index(
            "uq_place_request_slot",
            "round_id",
            "slot_id",
            unique=True,
            sqlite_where=sa.text("decided_at IS NULL AND placement_id IS NULL"),
            postgresql_where=sa.text("decided_at IS NULL AND placement_id IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(sa.ForeignKey("publication.round_id"))
    slot_id: Mapped[int] = mapped_column(sa.ForeignKey("slot.id"))
    placement_id: Mapped[int | None] = mapped_column(sa.ForeignKey("placement.id"))
    side: Mapped[Side] = mapped_column(choice(Side, "side"))
    places: Mapped[int | None]
    reason: Mapped[str] = mapped_column(sa.String(500))
    asked_at: Mapped[datetime] = mapped_column(UTCDateTime)
    asked_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user_account.id", ondelete="SET NULL"))
    decided_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    decided_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user_account.id", ondelete="SET NULL"))
    granted: Mapped[bool | None]
    answer: Mapped[str] = mapped_column(sa.String(500), default="")

    placement: Mapped[Placement | None] = relationship(lazy="raise")
    slot: Mapped[Slot] = relationship(lazy="raise")


class ClearingChoice(Base):
    """An open place that a student would take, in their order (1-based)."""

    __tablename__ = "clearing_choice"
    __table_args__ = (
        sa.CheckConstraint("rank >= 1", name="rank"),
        sa.UniqueConstraint("clearing_id", "student_id", "rank"),
    )

    clearing_id: Mapped[int] = mapped_column(
        sa.ForeignKey("clearing.id", ondelete="CASCADE"), primary_key=True
    )
    student_id: Mapped[int] = mapped_column(sa.ForeignKey("student.id"), primary_key=True)
    slot_id: Mapped[int] = mapped_column(sa.ForeignKey("slot.id"), primary_key=True)
    rank: Mapped[int]
