"""Reports of abuse."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.db import Base, UTCDateTime, choice


class ReportKind(StrEnum):
    """What is reported."""

    ASKED_RANKING = "asked-ranking"
    MESSAGE = "message"
    DISABILITY = "asked-health"
    LISTING = "listing"
    OTHER = "other"


class Report(Base):
    """One person's report. Operators read all; coordinators those of their school, unless about a colleague.

    ``about_coordinator``: only operators read it.
    """

    __tablename__ = "report"
    __table_args__ = (
        sa.CheckConstraint("(resolved_at IS NULL) = (resolution = '')", name="resolved"),
        sa.Index("ix_report_open", "resolved_at", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[ReportKind] = mapped_column(choice(ReportKind, "kind"))
    reporter_id: Mapped[int] = mapped_column(sa.ForeignKey("user_account.id"), index=True)
    school_id: Mapped[int | None] = mapped_column(sa.ForeignKey("school.id"), index=True)
    thread_id: Mapped[int | None] = mapped_column(sa.ForeignKey("thread.id"))
    about_coordinator: Mapped[bool] = mapped_column(default=False)
    body: Mapped[str] = mapped_column(sa.Text)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    resolved_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    resolved_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user_account.id", ondelete="SET NULL"))
    resolution: Mapped[str] = mapped_column(sa.String(1000), default="")
