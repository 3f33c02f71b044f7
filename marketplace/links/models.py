"""What an e-mailed link is for, and the tokens that open it. Only digests of tokens and codes are kept.

Stands below every feature: a link names its subject by id, what the subject is and who may send a link
belongs to those who use it.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.db import Base, UTCDateTime, choice


class Purpose(StrEnum):
    """The one thing a link lets its reader do."""

    HOST = "host"
    RANK = "rank"
    CONFIRM = "confirm"
    RESULT = "result"
    STILL = "still"


class EmailLink(Base):
    """One errand of one person, known by their address. ``draft`` holds what they have typed so far."""

    __tablename__ = "email_link"
    __table_args__ = (sa.Index("ix_email_link_subject", "round_id", "slot_id", "purpose"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    purpose: Mapped[Purpose] = mapped_column(choice(Purpose, "purpose"))
    email: Mapped[str] = mapped_column(sa.String(254), index=True)
    facility_id: Mapped[int | None] = mapped_column(sa.ForeignKey("facility.id"), index=True)
    slot_id: Mapped[int | None] = mapped_column(sa.ForeignKey("slot.id"), index=True)
    round_id: Mapped[int | None] = mapped_column(sa.ForeignKey("match_round.id"))
    version: Mapped[int | None]
    draft: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)
    sent_by_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("user_account.id", ondelete="SET NULL"), index=True
    )
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    done_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    tokens: Mapped[list[LinkToken]] = relationship(
        back_populates="link", lazy="raise", order_by="LinkToken.id"
    )


class LinkToken(Base):
    """One sending of a link. A newer one, sent because this was lost or late, revokes it.

    ``code_*`` is the six-digit code on its way, ``passed_*`` the browser that typed it.
    """

    __tablename__ = "link_token"
    __table_args__ = (
        sa.CheckConstraint("code_tries >= 0", name="code_tries"),
        sa.CheckConstraint("codes_sent >= 0", name="codes_sent"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    link_id: Mapped[int] = mapped_column(sa.ForeignKey("email_link.id", ondelete="CASCADE"), index=True)
    token_sha256: Mapped[str] = mapped_column(sa.String(64), unique=True)
    issued_at: Mapped[datetime] = mapped_column(UTCDateTime)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    codes_sent: Mapped[int] = mapped_column(default=0)
    code_sha256: Mapped[str | None] = mapped_column(sa.String(64))
    code_expires_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    code_tries: Mapped[int] = mapped_column(default=0)
    passed_sha256: Mapped[str | None] = mapped_column(sa.String(64))
    passed_until: Mapped[datetime | None] = mapped_column(UTCDateTime)

    link: Mapped[EmailLink] = relationship(back_populates="tokens", lazy="raise")
