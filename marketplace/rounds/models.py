"""Rounds, who and what takes part in them, and the seal over a round's input."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.db import Base, UTCDateTime, choice
from marketplace.rounds.phases import Phase
from marketplace.schools.models import Programme, School
from marketplace.slots.models import Slot
from marketplace.students.models import Student


class AgreementRule(StrEnum):
    """What happens at the lock to a pair that no agreement covers to the placement's last day.

    EXCLUDE: it can't be formed. CONDITIONAL: it can, and the agreement must come by the drop-dead date.
    UNCHECKED: the school keeps its agreements elsewhere, and answers for them there.
    """

    EXCLUDE = "exclude"
    CONDITIONAL = "conditional"
    UNCHECKED = "unchecked"


class Explanation(StrEnum):
    """How much a reason tells.

    COARSE: that others came first. DETAILED: by what, where a slot's capacity is at least five.
    """

    COARSE = "coarse"
    DETAILED = "detailed"


class Round(Base):
    """One match round of a school. Instants are UTC; ``time_zone`` (IANA) is how people read them.

    ``lottery_secret`` is never shown. ``draw_key`` is derived from it and public from release on; its
    SHA-256, the commitment, is public from recruiting on. Rounds older than draw keys have none and committed
    to the secret. ``given_seed`` is set only where a problem was imported with its own seed.

    ``first_day``: the first day any student works at a site; the calendar is counted back from it.
    ``contribution_source`` names what nobody can steer, published at ``contribution_at`` or later; the words
    found there become ``contribution`` and enter the seed. ``confirm_days`` are calendar days and
    ``appeal_days`` working days after the release.
    """

    __tablename__ = "match_round"
    __table_args__ = (
        sa.UniqueConstraint("school_id", "name"),
        sa.CheckConstraint(
            "recruiting_opens_at <= applying_opens_at AND applying_opens_at <= ranking_opens_at"
            " AND ranking_opens_at < ranking_closes_at AND applying_opens_at < applying_closes_at"
            " AND applying_closes_at <= ranking_closes_at",
            name="calendar",
        ),
        sa.CheckConstraint(
            "(agreement_rule = 'conditional') = (agreements_due_on IS NOT NULL)", name="agreements_due_on"
        ),
        sa.CheckConstraint(
            "(contribution_source = '') = (contribution_at IS NULL)", name="contribution_source"
        ),
        sa.CheckConstraint("confirm_days BETWEEN 1 AND 60", name="confirm_days"),
        sa.CheckConstraint("appeal_days BETWEEN 0 AND 30", name="appeal_days"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"))
    name: Mapped[str] = mapped_column(sa.String(120))
    phase: Mapped[Phase] = mapped_column(choice(Phase, "phase"), default=Phase.DRAFT, index=True)
    time_zone: Mapped[str] = mapped_column(sa.String(60))
    recruiting_opens_at: Mapped[datetime] = mapped_column(UTCDateTime)
    applying_opens_at: Mapped[datetime] = mapped_column(UTCDateTime)
    applying_closes_at: Mapped[datetime] = mapped_column(UTCDateTime)
    ranking_opens_at: Mapped[datetime] = mapped_column(UTCDateTime)
    ranking_closes_at: Mapped[datetime] = mapped_column(UTCDateTime)
    release_planned_at: Mapped[datetime] = mapped_column(UTCDateTime)
    first_day: Mapped[date | None]
    use_last_draft: Mapped[bool] = mapped_column(default=True)
    agreement_rule: Mapped[AgreementRule] = mapped_column(
        choice(AgreementRule, "agreement_rule"), default=AgreementRule.EXCLUDE
    )
    agreements_due_on: Mapped[date | None]
    explanation: Mapped[Explanation] = mapped_column(
        choice(Explanation, "explanation"), default=Explanation.COARSE
    )
    couples: Mapped[bool] = mapped_column(default=False)
    confirm_days: Mapped[int] = mapped_column(sa.SmallInteger, default=7)
    appeal_days: Mapped[int] = mapped_column(sa.SmallInteger, default=5)
    contribution_source: Mapped[str] = mapped_column(sa.String(200), default="")
    contribution_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    contribution: Mapped[str] = mapped_column(sa.String(200), default="")
    lottery_secret: Mapped[str] = mapped_column(sa.String(64))
    draw_key: Mapped[str | None] = mapped_column(sa.String(64))
    lottery_commitment: Mapped[str] = mapped_column(sa.String(64))
    given_seed: Mapped[str | None] = mapped_column(sa.String(64))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    released_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    school: Mapped[School] = relationship(lazy="raise")
    programmes: Mapped[list[Programme]] = relationship(
        secondary="round_programme", lazy="raise", order_by="Programme.name, Programme.id"
    )

    @property
    def zone(self) -> ZoneInfo:
        """The zone in which this round's people read its deadlines."""
        return ZoneInfo(self.time_zone)


class RoundProgramme(Base):
    """A programme takes part in a round: its students are the round's students."""

    __tablename__ = "round_programme"
    __table_args__ = (sa.Index("ix_round_programme_programme", "programme_id"),)

    round_id: Mapped[int] = mapped_column(
        sa.ForeignKey("match_round.id", ondelete="CASCADE"), primary_key=True
    )
    programme_id: Mapped[int] = mapped_column(sa.ForeignKey("programme.id"), primary_key=True)


class RoundSlot(Base):
    """A slot takes part in a round. ``code`` is its id in the problem file."""

    __tablename__ = "round_slot"
    __table_args__ = (sa.UniqueConstraint("round_id", "code"), sa.Index("ix_round_slot_slot", "slot_id"))

    round_id: Mapped[int] = mapped_column(
        sa.ForeignKey("match_round.id", ondelete="CASCADE"), primary_key=True
    )
    slot_id: Mapped[int] = mapped_column(sa.ForeignKey("slot.id"), primary_key=True)
    code: Mapped[str] = mapped_column(sa.String(200))
    withdrawn_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    slot: Mapped[Slot] = relationship(lazy="raise")


class RoundStudent(Base):
    """A student takes part in a round, under a pseudonym derived from the round's secret."""

    __tablename__ = "round_student"
    __table_args__ = (
        sa.UniqueConstraint("round_id", "code"),
        sa.Index("ix_round_student_student", "student_id"),
    )

    round_id: Mapped[int] = mapped_column(
        sa.ForeignKey("match_round.id", ondelete="CASCADE"), primary_key=True
    )
    student_id: Mapped[int] = mapped_column(sa.ForeignKey("student.id"), primary_key=True)
    code: Mapped[str] = mapped_column(sa.String(200))
    withdrawn_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    student: Mapped[Student] = relationship(lazy="raise")


class RoundChange(Base):
    """A change of an announced round, for everyone to read: field to [before, after]."""

    __tablename__ = "round_change"
    __table_args__ = (sa.Index("ix_round_change_round", "round_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(sa.ForeignKey("match_round.id", ondelete="CASCADE"))
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    reason: Mapped[str] = mapped_column(sa.String(300))
    changed: Mapped[dict[str, list[Any]]] = mapped_column(sa.JSON)


class Preassigned(Base):
    """A place that a coordinator gave a student before the match, for a reason; no list is needed."""

    __tablename__ = "preassigned"
    __table_args__ = (sa.Index("ix_preassigned_slot", "slot_id"),)

    round_id: Mapped[int] = mapped_column(
        sa.ForeignKey("match_round.id", ondelete="CASCADE"), primary_key=True
    )
    student_id: Mapped[int] = mapped_column(sa.ForeignKey("student.id"), primary_key=True)
    slot_id: Mapped[int] = mapped_column(sa.ForeignKey("slot.id"))
    reason: Mapped[str] = mapped_column(sa.String(300))
    named_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user_account.id", ondelete="SET NULL"))
    named_at: Mapped[datetime] = mapped_column(UTCDateTime)

    student: Mapped[Student] = relationship(lazy="raise")
    slot: Mapped[Slot] = relationship(lazy="raise")
