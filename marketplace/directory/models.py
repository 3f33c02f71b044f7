"""Listings imported from public directories. A listing is never a host: nobody there agreed to anything."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.db import Base, UTCDateTime


class FacilityListing(Base):
    """An organisation in a public directory, keyed by the directory's own identifier."""

    __tablename__ = "facility_listing"
    __table_args__ = (
        sa.UniqueConstraint("source", "source_id"),
        sa.Index("ix_facility_listing_place", "state", "city", "name"),
        sa.Index("ix_facility_listing_name", "name", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str] = mapped_column(sa.String(20))
    source_id: Mapped[str] = mapped_column(sa.String(40))
    name: Mapped[str] = mapped_column(sa.String(200))
    address: Mapped[str] = mapped_column(sa.String(200), default="")
    city: Mapped[str] = mapped_column(sa.String(80), default="")
    state: Mapped[str] = mapped_column(sa.String(2))
    zip: Mapped[str] = mapped_column(sa.String(5), default="")
    county: Mapped[str] = mapped_column(sa.String(80), default="")
    phone: Mapped[str] = mapped_column(sa.String(20), default="")
    kind: Mapped[str] = mapped_column(sa.String(80), default="")
    ownership: Mapped[str] = mapped_column(sa.String(80), default="")
    website: Mapped[str] = mapped_column(sa.String(300), default="")
    beds: Mapped[int | None]
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    position_source: Mapped[str] = mapped_column(sa.String(30), default="")
    imported_at: Mapped[datetime] = mapped_column(UTCDateTime)


class ProgrammeListing(Base):
    """A school's programme as a public page describes it, with the page's address and the day it was read."""

    __tablename__ = "programme_listing"
    __table_args__ = (
        sa.UniqueConstraint("school", "programme", "level"),
        sa.Index("ix_programme_listing_place", "state", "school"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    school: Mapped[str] = mapped_column(sa.String(200))
    unitid: Mapped[str] = mapped_column(sa.String(12), default="")
    programme: Mapped[str] = mapped_column(sa.String(200))
    level: Mapped[str] = mapped_column(sa.String(60), default="")
    city: Mapped[str] = mapped_column(sa.String(80), default="")
    state: Mapped[str] = mapped_column(sa.String(2))
    zip: Mapped[str] = mapped_column(sa.String(5), default="")
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    website: Mapped[str] = mapped_column(sa.String(300), default="")
    evidence_grade: Mapped[str] = mapped_column(sa.String(2), default="")
    evidence_date: Mapped[str] = mapped_column(sa.String(60), default="")
    evidence_url: Mapped[str] = mapped_column(sa.String(500), default="")
    hours_on_page: Mapped[str] = mapped_column(sa.String(200), default="")
    note: Mapped[str] = mapped_column(sa.String(500), default="")
    imported_at: Mapped[datetime] = mapped_column(UTCDateTime)
