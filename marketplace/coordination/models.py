"""Reminders that a coordinator sent: who was reminded of what, and when."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.db import Base, UTCDateTime, choice


class ReminderKind(StrEnum):
    """What people are reminded of: the first three are for students, the last for facilities."""

    NO_APPLICATION = "no-application"
    NO_LIST = "no-list"
    DRAFT_ONLY = "draft-only"
    NO_ANSWER = "no-answer"


class Reminder(Base):
    """One reminder to one person, at most one a round, kind and day (of the round's own zone)."""

    __tablename__ = "reminder"
    __table_args__ = (sa.UniqueConstraint("round_id", "kind", "day", "user_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(sa.ForeignKey("match_round.id", ondelete="CASCADE"))
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user_account.id", ondelete="CASCADE"), index=True)
    kind: Mapped[ReminderKind] = mapped_column(choice(ReminderKind, "kind"))
    day: Mapped[date]
    sent_at: Mapped[datetime] = mapped_column(UTCDateTime)
    sent_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user_account.id", ondelete="SET NULL"))
