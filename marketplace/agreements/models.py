"""The registry of affiliation agreements: (school, programmes) × (facility or health system, sites) × dates.

An agreement without programme rows is for every programme of its school; one without site rows of a facility
is for every site of it. One with a health system names all of the system's facilities that it is for.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.accounts.models import User
from marketplace.db import Base, UTCDateTime, choice
from marketplace.facilities.models import Facility, Site
from marketplace.schools.models import Programme, School

#: How long before its end a signed agreement counts as expiring: the first alert.
EXPIRING = timedelta(days=120)


class Stage(StrEnum):
    """How far the paper is. What follows from dates (expiring, expired) is a Status and never stored."""

    NONE = "none"
    REQUESTED = "requested"
    IN_REVIEW = "in-review"
    ACTIVE = "active"


class Status(StrEnum):
    """What people read: the stage, and for a signed agreement where its dates stand."""

    NONE = "none"
    REQUESTED = "requested"
    IN_REVIEW = "in-review"
    STARTING = "starting"
    ACTIVE = "active"
    EXPIRING = "expiring"
    EXPIRED = "expired"


class Agreement(Base):
    """One agreement. ``party`` is who signs for the other side; ``ends_on`` empty: until notice is given.

    ``lead_days`` is how long signing usually takes here, ``target_on`` when it is expected, ``survives`` that
    students already placed may finish when it ends (said to people; it never makes a new placement covered).
    """

    __tablename__ = "agreement"
    __table_args__ = (
        sa.CheckConstraint("stage <> 'active' OR starts_on IS NOT NULL", name="start"),
        sa.CheckConstraint("ends_on >= starts_on", name="dates"),
        sa.CheckConstraint("notice_days BETWEEN 0 AND 730", name="notice_days"),
        sa.CheckConstraint("lead_days BETWEEN 1 AND 730", name="lead_days"),
        sa.Index("ix_agreement_ends_on", "ends_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"), index=True)
    party: Mapped[str] = mapped_column(sa.String(160))
    stage: Mapped[Stage] = mapped_column(choice(Stage, "stage"), default=Stage.NONE)
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]
    notice_days: Mapped[int] = mapped_column(default=60)
    survives: Mapped[bool] = mapped_column(default=True)
    lead_days: Mapped[int] = mapped_column(default=120)
    requested_on: Mapped[date | None]
    target_on: Mapped[date | None]
    owner_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("user_account.id", ondelete="SET NULL"), index=True
    )
    note: Mapped[str] = mapped_column(sa.Text, default="")
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)

    school: Mapped[School] = relationship(lazy="raise")
    owner: Mapped[User | None] = relationship(lazy="raise")
    programmes: Mapped[list[Programme]] = relationship(
        secondary="agreement_programme", lazy="raise", order_by="Programme.name, Programme.id"
    )
    facilities: Mapped[list[Facility]] = relationship(
        secondary="agreement_facility", lazy="raise", order_by="Facility.name, Facility.id"
    )
    sites: Mapped[list[Site]] = relationship(
        secondary="agreement_site", lazy="raise", order_by="Site.name, Site.id"
    )

    def status(self, today: date) -> Status:
        """Where it stands on `today`."""
        if self.stage is not Stage.ACTIVE:
            return Status(self.stage.value)
        if self.starts_on is not None and today < self.starts_on:
            return Status.STARTING
        if self.ends_on is None or today < self.ends_on - EXPIRING:
            return Status.ACTIVE
        return Status.EXPIRING if today <= self.ends_on else Status.EXPIRED

    @property
    def expected_on(self) -> date | None:
        """When an agreement that is being made should be signed, as far as anyone knows."""
        return expected_on(self.stage, self.target_on, self.requested_on, self.lead_days)


def expected_on(
    stage: Stage, target_on: date | None, requested_on: date | None, lead_days: int
) -> date | None:
    """When an agreement at this stage should be signed: the day aimed at, else the usual time later."""
    if target_on is not None or stage is Stage.ACTIVE:
        return target_on
    return requested_on + timedelta(days=lead_days) if requested_on else None


class AgreementProgramme(Base):
    """An agreement that is for some programmes only names them."""

    __tablename__ = "agreement_programme"

    agreement_id: Mapped[int] = mapped_column(
        sa.ForeignKey("agreement.id", ondelete="CASCADE"), primary_key=True
    )
    programme_id: Mapped[int] = mapped_column(sa.ForeignKey("programme.id"), primary_key=True, index=True)


class AgreementFacility(Base):
    """A facility that an agreement is with; several where a health system signed."""

    __tablename__ = "agreement_facility"

    agreement_id: Mapped[int] = mapped_column(
        sa.ForeignKey("agreement.id", ondelete="CASCADE"), primary_key=True
    )
    facility_id: Mapped[int] = mapped_column(sa.ForeignKey("facility.id"), primary_key=True, index=True)


class AgreementSite(Base):
    """An agreement that is for some sites of a facility only names them."""

    __tablename__ = "agreement_site"

    agreement_id: Mapped[int] = mapped_column(
        sa.ForeignKey("agreement.id", ondelete="CASCADE"), primary_key=True
    )
    site_id: Mapped[int] = mapped_column(sa.ForeignKey("site.id"), primary_key=True, index=True)
