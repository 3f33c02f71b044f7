"""What sites ask of students before they come, and where each student stands.

Least data: a status, two dates and who checked. No documents, no results, no findings: a check is cleared,
not cleared or pending, and nothing here is ever shown to a facility.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.accounts.models import User
from marketplace.db import Base, UTCDateTime, choice
from marketplace.facilities.models import Site
from marketplace.schools.models import School
from marketplace.vocabulary import Modality


class Due(StrEnum):
    """When an item must be cleared: for the match, or by the placement's first day."""

    MATCH = "match"
    START = "start"


class Standing(StrEnum):
    """PENDING: under way, or said by the student and not yet checked. The other two are a coordinator's."""

    PENDING = "pending"
    CLEARED = "cleared"
    NOT_CLEARED = "not-cleared"


class RequirementSet(Base):
    """Items asked for by a school's students: at one site or (none) all, for one modality or (none) all.

    Everything that fits a slot adds up: the school's own set, and those of the slot's site and modality.
    """

    __tablename__ = "requirement_set"
    __table_args__ = (sa.UniqueConstraint("school_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"))
    site_id: Mapped[int | None] = mapped_column(sa.ForeignKey("site.id"), index=True)
    modality: Mapped[Modality | None] = mapped_column(choice(Modality, "modality"))
    name: Mapped[str] = mapped_column(sa.String(120))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)

    school: Mapped[School] = relationship(lazy="raise")
    site: Mapped[Site | None] = relationship(lazy="raise")
    items: Mapped[list[RequirementItem]] = relationship(
        lazy="raise", order_by="RequirementItem.kind", cascade="all, delete-orphan"
    )


class RequirementItem(Base):
    """One thing a set asks for; ``kind`` is a code of vocabulary.REQUIREMENTS.

    ``cost``: what it usually costs a student, in dollars; None: nobody said.
    """

    __tablename__ = "requirement_item"
    __table_args__ = (sa.CheckConstraint("cost BETWEEN 0 AND 5000", name="cost"),)

    set_id: Mapped[int] = mapped_column(
        sa.ForeignKey("requirement_set.id", ondelete="CASCADE"), primary_key=True
    )
    kind: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    due: Mapped[Due] = mapped_column(choice(Due, "due"), default=Due.START)
    cost: Mapped[int | None]


class RequirementRecord(Base):
    """One entry about a student and a kind. Entries are kept; the newest one that was checked decides.

    ``expires_on`` empty: it does not expire. A pending entry has no verifier; every other one has.
    """

    __tablename__ = "requirement_record"
    __table_args__ = (
        sa.CheckConstraint("expires_on >= done_on", name="dates"),
        sa.CheckConstraint("(standing = 'pending') = (checked_at IS NULL)", name="checked"),
        sa.Index("ix_requirement_record_student", "student_id", "kind"),
        sa.Index("ix_requirement_record_expires_on", "expires_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    student_id: Mapped[int] = mapped_column(sa.ForeignKey("student.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(sa.String(40))
    standing: Mapped[Standing] = mapped_column(choice(Standing, "standing"), default=Standing.PENDING)
    done_on: Mapped[date | None]
    expires_on: Mapped[date | None]
    verifier_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user_account.id", ondelete="SET NULL"))
    checked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)

    verifier: Mapped[User | None] = relationship(lazy="raise")
