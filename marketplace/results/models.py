"""What a host says of a released result: that the students are expected, or that something is wrong."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.db import Base, UTCDateTime, choice


class Answer(StrEnum):
    """A host's answer to who is placed with them."""

    CONFIRMED = "confirmed"
    QUESTIONED = "questioned"


class HostAnswer(Base):
    """A slot's answer in a round; the newest counts. ``note`` is for the coordinator alone."""

    __tablename__ = "host_answer"

    round_id: Mapped[int] = mapped_column(sa.ForeignKey("publication.round_id"), primary_key=True)
    slot_id: Mapped[int] = mapped_column(sa.ForeignKey("slot.id"), primary_key=True)
    answer: Mapped[Answer] = mapped_column(choice(Answer, "answer"))
    note: Mapped[str] = mapped_column(sa.String(500), default="")
    answered_at: Mapped[datetime] = mapped_column(UTCDateTime)
    answered_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user_account.id", ondelete="SET NULL"))
