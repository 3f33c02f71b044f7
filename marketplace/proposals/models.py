"""Sites nominated by students, and schools that people ask for."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.db import Base, UTCDateTime, choice


class ProposalKind(StrEnum):
    """What is proposed."""

    SITE = "site"
    SCHOOL = "school"


class Proposal(Base):
    """One proposal. Nothing is ever sent to the organisation by itself.

    A site waits for the coordinators of ``school_id``, a school for the operators. ``proposer_id`` is empty
    for a visitor, who may leave an address to be answered at.
    """

    __tablename__ = "proposal"
    __table_args__ = (
        sa.CheckConstraint("(kind = 'site') = (school_id IS NOT NULL)", name="queue"),
        sa.Index("ix_proposal_waiting", "kind", "answered_at", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[ProposalKind] = mapped_column(choice(ProposalKind, "kind"))
    school_id: Mapped[int | None] = mapped_column(sa.ForeignKey("school.id"), index=True)
    proposer_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user_account.id"), index=True)
    proposer_email: Mapped[str] = mapped_column(sa.String(254), default="")
    name: Mapped[str] = mapped_column(sa.String(160))
    place: Mapped[str] = mapped_column(sa.String(120), default="")
    employer: Mapped[bool] = mapped_column(default=False)
    words: Mapped[str] = mapped_column(sa.String(600), default="")
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    answered_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    answered_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user_account.id", ondelete="SET NULL"))
    answer: Mapped[str] = mapped_column(sa.String(600), default="")
