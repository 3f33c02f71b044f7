"""What each night let expect. Probabilities and totals only: no draw, and nobody's place in one, is kept."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.db import Base, UTCDateTime


class Forecast(Base):
    """One night of one round. ``night`` is the local date that is also the rehearsal's key.

    ``days_left`` counts to the deadline of the lists. ``fixes`` names what there was to mend, so that mail
    goes out only when that changes.
    """

    __tablename__ = "forecast"
    __table_args__ = (
        sa.UniqueConstraint("round_id", "night"),
        sa.CheckConstraint("draws >= 1", name="draws"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(sa.ForeignKey("match_round.id", ondelete="CASCADE"))
    night: Mapped[str] = mapped_column(sa.String(20))
    made_at: Mapped[datetime] = mapped_column(UTCDateTime)
    days_left: Mapped[float]
    draws: Mapped[int]
    totals: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    fixes: Mapped[list[str]] = mapped_column(sa.JSON)


class StudentForecast(Base):
    """How likely a student with applications is placed. ``tonight``: if no list came or changed any more."""

    __tablename__ = "student_forecast"
    __table_args__ = (
        sa.CheckConstraint("probability BETWEEN 0 AND 1 AND tonight BETWEEN 0 AND 1", name="probability"),
    )

    forecast_id: Mapped[int] = mapped_column(
        sa.ForeignKey("forecast.id", ondelete="CASCADE"), primary_key=True
    )
    student_id: Mapped[int] = mapped_column(sa.ForeignKey("student.id"), primary_key=True, index=True)
    probability: Mapped[float]
    tonight: Mapped[float]


class SlotForecast(Base):
    """How likely every place of a slot is taken, and how many are on average."""

    __tablename__ = "slot_forecast"
    __table_args__ = (
        sa.CheckConstraint("probability BETWEEN 0 AND 1 AND tonight BETWEEN 0 AND 1", name="probability"),
    )

    forecast_id: Mapped[int] = mapped_column(
        sa.ForeignKey("forecast.id", ondelete="CASCADE"), primary_key=True
    )
    slot_id: Mapped[int] = mapped_column(sa.ForeignKey("slot.id"), primary_key=True, index=True)
    probability: Mapped[float]
    tonight: Mapped[float]
    taken: Mapped[float]
