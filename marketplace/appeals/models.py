"""A student's appeal in a round, and the corrections that coordinators tried on the sealed input."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.db import Base, UTCDateTime, choice
from marketplace.slots.models import Slot
from marketplace.students.models import Student


class Ground(StrEnum):
    """What an appeal may be about. Not being pleased is none."""

    DATA_ERROR = "data-error"
    ELIGIBILITY = "eligibility"
    PROCESS = "process"
    CONFLICT = "conflict"


class Outcome(StrEnum):
    """A coordinator's decision."""

    UPHELD = "upheld"
    DISMISSED = "dismissed"


class Remedy(StrEnum):
    """What an upheld appeal leads to. None of them takes a place from anybody."""

    EXTRA_PLACE = "extra-place"
    CLEARING = "clearing"
    RECORD = "record"


class Correction(StrEnum):
    """The one thing that a what-if run changes in the sealed input."""

    ELIGIBILITY = "eligibility"
    LIST = "list"
    CAPACITY = "capacity"


class Appeal(Base):
    """A student's appeal: one a round. Taken back and filed again it is the same row with new words."""

    __tablename__ = "appeal"
    __table_args__ = (
        sa.UniqueConstraint("round_id", "student_id"),
        sa.CheckConstraint("(outcome IS NULL) = (decided_at IS NULL)", name="decided"),
        sa.CheckConstraint("COALESCE(outcome, '') = 'upheld' OR remedy IS NULL", name="remedy_of_upheld"),
        sa.CheckConstraint(
            "(COALESCE(remedy, '') = 'extra-place') = (remedy_slot_id IS NOT NULL)", name="remedy_slot"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(sa.ForeignKey("publication.round_id"))
    student_id: Mapped[int] = mapped_column(sa.ForeignKey("student.id"), index=True)
    ground: Mapped[Ground] = mapped_column(choice(Ground, "ground"))
    words: Mapped[str] = mapped_column(sa.String(2000))
    filed_at: Mapped[datetime] = mapped_column(UTCDateTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    outcome: Mapped[Outcome | None] = mapped_column(choice(Outcome, "outcome"))
    reason: Mapped[str] = mapped_column(sa.String(2000), default="")
    remedy: Mapped[Remedy | None] = mapped_column(choice(Remedy, "remedy"))
    remedy_slot_id: Mapped[int | None] = mapped_column(sa.ForeignKey("slot.id"))
    decided_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    decided_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user_account.id", ondelete="SET NULL"))

    student: Mapped[Student] = relationship(lazy="raise")
    remedy_slot: Mapped[Slot | None] = relationship(lazy="raise")


class Trial(Base):
    """One what-if run for an appeal: what was corrected, and where its student would then be.

    ``student_id`` with ``slot_id`` is the pair of an ELIGIBILITY correction, ``rank_list_id`` the version
    that a LIST correction counts instead. Nobody else's outcome is kept.
    """

    __tablename__ = "appeal_trial"
    __table_args__ = (sa.Index("ix_appeal_trial_appeal", "appeal_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    appeal_id: Mapped[int] = mapped_column(sa.ForeignKey("appeal.id", ondelete="CASCADE"))
    correction: Mapped[Correction] = mapped_column(choice(Correction, "correction"))
    student_id: Mapped[int | None] = mapped_column(sa.ForeignKey("student.id"))
    slot_id: Mapped[int | None] = mapped_column(sa.ForeignKey("slot.id"))
    rank_list_id: Mapped[int | None] = mapped_column(sa.ForeignKey("rank_list.id"))
    capacity: Mapped[int | None]
    before_slot_id: Mapped[int | None] = mapped_column(sa.ForeignKey("slot.id"))
    after_slot_id: Mapped[int | None] = mapped_column(sa.ForeignKey("slot.id"))
    problem_sha256: Mapped[str] = mapped_column(sa.String(64))
    ran_at: Mapped[datetime] = mapped_column(UTCDateTime)
    ran_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user_account.id", ondelete="SET NULL"))
