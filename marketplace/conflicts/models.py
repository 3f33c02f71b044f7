"""Conflicts of interest: pairs of a student and a facility that must not be matched, and own employers.

Either side can exclude a pair, and the school for it. The other side never learns of it. A facility's reason
is read by the school's coordinators alone.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.db import Base, UTCDateTime, choice
from marketplace.facilities.models import Facility
from marketplace.students.models import Student


class Side(StrEnum):
    """Who excluded the pair."""

    STUDENT = "student"
    FACILITY = "facility"
    SCHOOL = "school"


class Cause(StrEnum):
    """Why. None of them asks about a person's health, disability or background."""

    RELATIVE = "relative"
    WORKED_HERE = "worked-here"
    CARE = "care"
    DISPUTE = "dispute"
    OTHER = "other"


class Exclusion(Base):
    """One pair that one side excluded; lifted, it is kept for the record and counts no more."""

    __tablename__ = "exclusion"
    __table_args__ = (
        sa.Index(
            "uq_exclusion_standing",
            "student_id",
            "facility_id",
            "side",
            unique=True,
            sqlite_where=sa.text("lifted_at IS NULL"),
            postgresql_where=sa.text("lifted_at IS NULL"),
        ),
        sa.Index("ix_exclusion_facility_id", "facility_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    student_id: Mapped[int] = mapped_column(sa.ForeignKey("student.id", ondelete="CASCADE"))
    facility_id: Mapped[int] = mapped_column(sa.ForeignKey("facility.id"))
    side: Mapped[Side] = mapped_column(choice(Side, "side"))
    cause: Mapped[Cause] = mapped_column(choice(Cause, "cause"))
    words: Mapped[str] = mapped_column(sa.String(500), default="")
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    created_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user_account.id", ondelete="SET NULL"))
    lifted_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    student: Mapped[Student] = relationship(lazy="raise")
    facility: Mapped[Facility] = relationship(lazy="raise")


class Employment(Base):
    """A student works at a facility. ``differs`` says how the practicum's project differs from the job."""

    __tablename__ = "employment"
    __table_args__ = (sa.Index("ix_employment_facility_id", "facility_id"),)

    student_id: Mapped[int] = mapped_column(sa.ForeignKey("student.id", ondelete="CASCADE"), primary_key=True)
    facility_id: Mapped[int] = mapped_column(sa.ForeignKey("facility.id"), primary_key=True)
    differs: Mapped[str] = mapped_column(sa.String(1000), default="")
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime)

    facility: Mapped[Facility] = relationship(lazy="raise")
