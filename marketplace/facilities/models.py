"""Facilities that host, and their sites. Their contacts are memberships (accounts)."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.db import Base, UTCDateTime, choice
from marketplace.facilities.lapsing import Lapsing
from marketplace.vocabulary import ContactPolicy, FacilityKind


class Facility(Lapsing, Base):
    """An organisation that hosts. Until verified it can draft; nothing of it is visible or rankable.

    Its offer is to be listed as a host.
    """

    __tablename__ = "facility"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(160), index=True)
    kind: Mapped[FacilityKind] = mapped_column(choice(FacilityKind, "kind"))
    website: Mapped[str] = mapped_column(sa.String(300), default="")
    phone: Mapped[str] = mapped_column(sa.String(20), default="")
    about: Mapped[str] = mapped_column(sa.Text, default="")
    contact_policy: Mapped[ContactPolicy] = mapped_column(
        choice(ContactPolicy, "contact_policy"), default=ContactPolicy.COORDINATOR
    )
    listing_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("facility_listing.id", ondelete="SET NULL"), index=True
    )
    #: Other names it is found by: those of facilities merged into it.
    aliases: Mapped[list[str]] = mapped_column(sa.JSON, default=list)
    #: Where it was found to be the same as another: the one that was kept. Then nothing is left here.
    merged_into_id: Mapped[int | None] = mapped_column(sa.ForeignKey("facility.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    verified_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    #: Since when its texts show without being read first (texts.policies).
    trusted_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    #: Since when it is listed as a host no more: nobody there confirmed that it hosts.
    lapsed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    sites: Mapped[list[Site]] = relationship(
        back_populates="facility", lazy="raise", order_by="Site.name, Site.id"
    )


class Site(Base):
    """An address of a facility. Coordinates are degrees (WGS 84); without them no distance is shown."""

    __tablename__ = "site"
    __table_args__ = (
        sa.UniqueConstraint("facility_id", "name"),
        sa.Index("ix_site_position", "latitude", "longitude"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    facility_id: Mapped[int] = mapped_column(sa.ForeignKey("facility.id"))
    name: Mapped[str] = mapped_column(sa.String(120))
    address: Mapped[str] = mapped_column(sa.String(200), default="")
    city: Mapped[str] = mapped_column(sa.String(80))
    state: Mapped[str] = mapped_column(sa.String(2))
    zip: Mapped[str] = mapped_column(sa.String(5))
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]

    facility: Mapped[Facility] = relationship(back_populates="sites", lazy="raise")


class PostalArea(Base):
    """The centre of a ZIP code area, to turn a ZIP into coordinates without asking anyone."""

    __tablename__ = "postal_area"

    zip: Mapped[str] = mapped_column(sa.String(5), primary_key=True)
    city: Mapped[str] = mapped_column(sa.String(80), default="")
    state: Mapped[str] = mapped_column(sa.String(2), default="")
    latitude: Mapped[float]
    longitude: Mapped[float]
