"""Conversations about a slot between a student and its facility, and their messages."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.db import Base, UTCDateTime, choice
from marketplace.slots.models import Slot
from marketplace.students.models import Student


class ThreadState(StrEnum):
    """Held: a coordinator looks first. Open: both sides read. Declined: it never reached the facility."""

    HELD = "held"
    OPEN = "open"
    DECLINED = "declined"


class Side(StrEnum):
    """Who wrote a message."""

    STUDENT = "student"
    FACILITY = "facility"


class Thread(Base):
    """One conversation of one student about one slot.

    ``alias`` is how the facility knows the student before consent; drawn at random, so it leads nowhere.
    ``reached_at`` is when the facility could first read it, ``answered_at`` when it first answered.
    """

    __tablename__ = "thread"
    __table_args__ = (
        sa.UniqueConstraint("student_id", "slot_id"),
        sa.UniqueConstraint("facility_id", "alias"),
        sa.CheckConstraint("answered_at IS NULL OR reached_at IS NOT NULL", name="answered"),
        sa.Index("ix_thread_answered", "facility_id", "answered_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    student_id: Mapped[int] = mapped_column(sa.ForeignKey("student.id"))
    slot_id: Mapped[int] = mapped_column(sa.ForeignKey("slot.id"), index=True)
    facility_id: Mapped[int] = mapped_column(sa.ForeignKey("facility.id"))
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"), index=True)
    alias: Mapped[str] = mapped_column(sa.String(8))
    state: Mapped[ThreadState] = mapped_column(choice(ThreadState, "state"))
    opened_at: Mapped[datetime] = mapped_column(UTCDateTime)
    reached_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    answered_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    last_at: Mapped[datetime] = mapped_column(UTCDateTime)
    last_side: Mapped[Side] = mapped_column(choice(Side, "last_side"))
    note: Mapped[str] = mapped_column(sa.String(500), default="")

    slot: Mapped[Slot] = relationship(lazy="raise")
    student: Mapped[Student] = relationship(lazy="raise")
    messages: Mapped[list[Message]] = relationship(lazy="raise", order_by="Message.sent_at, Message.id")


class Message(Base):
    """What one side wrote. Never changed."""

    __tablename__ = "message"
    __table_args__ = (sa.Index("ix_message_thread", "thread_id"), sa.Index("ix_message_sender", "sender_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    thread_id: Mapped[int] = mapped_column(sa.ForeignKey("thread.id"))
    sender_id: Mapped[int] = mapped_column(sa.ForeignKey("user_account.id"))
    side: Mapped[Side] = mapped_column(choice(Side, "side"))
    body: Mapped[str] = mapped_column(sa.Text)
    sent_at: Mapped[datetime] = mapped_column(UTCDateTime)
