"""How many places a slot has for whom: what a facility asks of rounds, and what it gives each school."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.db import Base, UTCDateTime
from marketplace.rounds.models import Round
from marketplace.slots.models import Slot


class CapacityRequest(Base):
    """What a facility asks of one round. Rows of the same slot and ``asked_at`` were asked at once.

    The slot changes when every round has approved. ``reason`` is the facility's and becomes public then;
    ``answer`` is the coordinator's, for the facility; a refusal without one is that of another round.
    """

    __tablename__ = "capacity_request"
    __table_args__ = (
        sa.CheckConstraint("capacity BETWEEN 1 AND 200", name="capacity"),
        sa.CheckConstraint("minimum BETWEEN 0 AND capacity", name="minimum"),
        sa.CheckConstraint("(decided_at IS NULL) = (approved IS NULL)", name="decided"),
        sa.Index("ix_capacity_request_slot", "slot_id"),
        sa.Index(
            "uq_capacity_request_open",
            "round_id",
            "slot_id",
            unique=True,
            sqlite_where=sa.text("decided_at IS NULL"),
            postgresql_where=sa.text("decided_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(sa.ForeignKey("match_round.id", ondelete="CASCADE"))
    slot_id: Mapped[int] = mapped_column(sa.ForeignKey("slot.id"))
    capacity: Mapped[int] = mapped_column(sa.SmallInteger)
    minimum: Mapped[int] = mapped_column(sa.SmallInteger)
    reason: Mapped[str] = mapped_column(sa.String(300))
    asked_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user_account.id", ondelete="SET NULL"))
    asked_at: Mapped[datetime] = mapped_column(UTCDateTime)
    approved: Mapped[bool | None]
    answer: Mapped[str] = mapped_column(sa.String(300), default="")
    decided_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user_account.id", ondelete="SET NULL"))
    decided_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    round: Mapped[Round] = relationship(lazy="raise")
    slot: Mapped[Slot] = relationship(lazy="raise")


class SchoolShare(Base):
    """At most ``places`` students of a school in a slot: its facility shared the places out."""

    __tablename__ = "school_share"
    __table_args__ = (sa.CheckConstraint("places BETWEEN 0 AND 200", name="places"),)

    slot_id: Mapped[int] = mapped_column(sa.ForeignKey("slot.id", ondelete="CASCADE"), primary_key=True)
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"), primary_key=True)
    places: Mapped[int] = mapped_column(sa.SmallInteger)
