"""What speaks for a facility being what it says: each sign with who checked it, and when."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.db import Base, UTCDateTime, choice


class Sign(StrEnum):
    """The four signs; two of them verify a facility."""

    CALL_BACK = "call-back"
    DOMAIN = "email-domain"
    DIRECTORY = "directory-entry"
    AGREEMENT = "agreement"


class Evidence(Base):
    """One sign that a person checked. A sign taken back stays on record and no longer counts."""

    __tablename__ = "facility_evidence"
    __table_args__ = (
        sa.Index(
            "uq_facility_evidence_sign",
            "facility_id",
            "sign",
            unique=True,
            sqlite_where=sa.text("withdrawn_at IS NULL"),
            postgresql_where=sa.text("withdrawn_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    facility_id: Mapped[int] = mapped_column(sa.ForeignKey("facility.id"), index=True)
    sign: Mapped[Sign] = mapped_column(choice(Sign, "sign"))
    detail: Mapped[str] = mapped_column(sa.String(200))
    checked_at: Mapped[datetime] = mapped_column(UTCDateTime)
    checked_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user_account.id", ondelete="SET NULL"))
    checked_by: Mapped[str] = mapped_column(sa.String(120))
    withdrawn_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    withdrawn_reason: Mapped[str] = mapped_column(sa.String(200), default="")


class Merge(Base):
    """Two facilities found to be one. ``moved``: the keys of what went to the kept one, by table."""

    __tablename__ = "facility_merge"

    id: Mapped[int] = mapped_column(primary_key=True)
    kept_id: Mapped[int] = mapped_column(sa.ForeignKey("facility.id"), index=True)
    merged_id: Mapped[int] = mapped_column(sa.ForeignKey("facility.id"), index=True)
    name: Mapped[str] = mapped_column(sa.String(160))
    was: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    moved: Mapped[dict[str, list[Any]]] = mapped_column(sa.JSON)
    merged_at: Mapped[datetime] = mapped_column(UTCDateTime)
    merged_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user_account.id", ondelete="SET NULL"))
    undone_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
