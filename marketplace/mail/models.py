"""The transactional outbox: a message is written with the change it tells of, and sent afterwards.

And what is known of an address: how its person wants mail, and whether mail to it comes back.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.db import Base, UTCDateTime, choice


class OutboxMessage(Base):
    """One mail to one person. ``key`` makes it unique: the same news is never written twice.

    With ``digest`` it waits for the person's daily digest and is never sent by itself. ``unsubscribe`` is the
    address that mail programs offer beside a digest.
    """

    __tablename__ = "outbox_message"
    __table_args__ = (
        sa.Index(
            "ix_outbox_message_unsent",
            "id",
            sqlite_where=sa.text("sent_at IS NULL"),
            postgresql_where=sa.text("sent_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(sa.String(160), unique=True)
    recipient: Mapped[str] = mapped_column(sa.String(254))
    subject: Mapped[str] = mapped_column(sa.String(200))
    body: Mapped[str] = mapped_column(sa.Text)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    lease_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    attempts: Mapped[int] = mapped_column(default=0)
    sent_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    error: Mapped[str | None] = mapped_column(sa.String(300))
    digest: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    unsubscribe: Mapped[str] = mapped_column(sa.String(600), default="", server_default=sa.text("''"))


class Choice(StrEnum):
    """How a person wants news. What must reach them (security, deadlines, results) always comes at once."""

    AT_ONCE = "at-once"
    DAILY = "daily"
    NEEDED = "needed"


class Mailbox(Base):
    """An address in lower case; one without a row wants everything at once and works as far as we know.

    ``failed_at``: mail to it came back, with the reason in ``failure``.
    """

    __tablename__ = "mailbox"

    id: Mapped[int] = mapped_column(primary_key=True)
    address: Mapped[str] = mapped_column(sa.String(254), unique=True)
    choice: Mapped[Choice] = mapped_column(choice(Choice, "choice"), default=Choice.AT_ONCE)
    failed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    failure: Mapped[str] = mapped_column(sa.String(300), default="")
