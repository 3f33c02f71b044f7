"""Every version of a public text that a contact sent, and what became of it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.db import Base, UTCDateTime, choice


class TextState(StrEnum):
    """Waiting: not shown. Approved: shown since. Sent back: never shown. Replaced: a newer one waits."""

    WAITING = "waiting"
    APPROVED = "approved"
    SENT_BACK = "sent-back"
    REPLACED = "replaced"


class PublicText(Base):
    """One version of what a facility says of itself, or (``slot_id``) of a slot.

    ``fields`` are the columns it would change, by name; ``posts``: approving it posts the slot. ``held_for``
    are the rules that held it (policies.Rule). Decided by nobody: no rule held it.
    """

    __tablename__ = "public_text"
    __table_args__ = (
        sa.Index("ix_public_text_state", "state", "id"),
        sa.Index("ix_public_text_facility_id", "facility_id", "slot_id", "state"),
        sa.Index(
            "uq_public_text_waiting",
            "facility_id",
            sa.text("coalesce(slot_id, 0)"),
            unique=True,
            sqlite_where=sa.text("state = 'waiting'"),
            postgresql_where=sa.text("state = 'waiting'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    facility_id: Mapped[int] = mapped_column(sa.ForeignKey("facility.id"))
    slot_id: Mapped[int | None] = mapped_column(sa.ForeignKey("slot.id"), index=True)
    fields: Mapped[dict[str, str]] = mapped_column(sa.JSON)
    posts: Mapped[bool] = mapped_column(default=False)
    held_for: Mapped[list[str]] = mapped_column(sa.JSON)
    state: Mapped[TextState] = mapped_column(choice(TextState, "state"))
    sent_at: Mapped[datetime] = mapped_column(UTCDateTime)
    sent_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user_account.id", ondelete="SET NULL"))
    decided_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    decided_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user_account.id", ondelete="SET NULL"))
    reason: Mapped[str] = mapped_column(sa.String(300), default="")


class TextPrint(Base):
    """A few fingerprints of each text, to know it again elsewhere although some words were changed."""

    __tablename__ = "text_print"

    value: Mapped[str] = mapped_column(sa.String(12), primary_key=True)
    text_id: Mapped[int] = mapped_column(
        sa.ForeignKey("public_text.id", ondelete="CASCADE"), primary_key=True, index=True
    )
