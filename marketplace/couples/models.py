"""Couples of a round and their lists of pairs. Every saved version is kept, as with single lists."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.db import Base, UTCDateTime, choice
from marketplace.students.models import Student


class CoupleState(StrEnum):
    """An invitation, a couple, or what was one."""

    INVITED = "invited"
    CONFIRMED = "confirmed"
    ENDED = "ended"


class Couple(Base):
    """A student asked another to be placed together. ``email`` is what they typed, whether or not anybody
    has it: the partner is known only once they confirm. ``code`` is the couple's id in the problem file that
    its round was imported from; others get a pseudonym (:func:`marketplace.couples.queries.code`)."""

    __tablename__ = "couple"
    __table_args__ = (
        sa.CheckConstraint("state <> 'confirmed' OR partner_id IS NOT NULL", name="partner"),
        sa.CheckConstraint("partner_id <> inviter_id", name="two"),
        sa.Index("ix_couple_round", "round_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(sa.ForeignKey("match_round.id"))
    inviter_id: Mapped[int] = mapped_column(sa.ForeignKey("student.id"), index=True)
    partner_id: Mapped[int | None] = mapped_column(sa.ForeignKey("student.id"), index=True)
    email: Mapped[str] = mapped_column(sa.String(254), index=True)
    code: Mapped[str | None] = mapped_column(sa.String(200))
    state: Mapped[CoupleState] = mapped_column(choice(CoupleState, "state"), default=CoupleState.INVITED)
    invited_at: Mapped[datetime] = mapped_column(UTCDateTime)
    confirmed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    inviter: Mapped[Student] = relationship(lazy="raise", foreign_keys=inviter_id)
    partner: Mapped[Student | None] = relationship(lazy="raise", foreign_keys=partner_id)

    @property
    def members(self) -> tuple[int, int]:
        """Who invited, then who confirmed: the order of every pair. For confirmed couples."""
        assert self.partner_id is not None
        return self.inviter_id, self.partner_id


class CoupleMember(Base):
    """A student is in a confirmed couple of a round: the key allows one. Gone when the couple ends."""

    __tablename__ = "couple_member"
    __table_args__ = (sa.Index("ix_couple_member_student", "student_id"),)

    round_id: Mapped[int] = mapped_column(sa.ForeignKey("match_round.id"), primary_key=True)
    student_id: Mapped[int] = mapped_column(sa.ForeignKey("student.id"), primary_key=True)
    couple_id: Mapped[int] = mapped_column(sa.ForeignKey("couple.id", ondelete="CASCADE"), index=True)


class PairList(Base):
    """One saved version of a couple's list. It counts once both members certified this version; ``digest``
    is made then. A version's pairs are never changed after it is written."""

    __tablename__ = "pair_list"
    __table_args__ = (sa.UniqueConstraint("couple_id", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    couple_id: Mapped[int] = mapped_column(sa.ForeignKey("couple.id", ondelete="CASCADE"))
    version: Mapped[int]
    digest: Mapped[str | None] = mapped_column(sa.String(64))
    saved_at: Mapped[datetime] = mapped_column(UTCDateTime)
    saved_by_id: Mapped[int] = mapped_column(sa.ForeignKey("student.id"))

    entries: Mapped[list[PairEntry]] = relationship(
        lazy="raise", order_by="PairEntry.rank", cascade="all, delete-orphan"
    )
    certifications: Mapped[list[PairCertification]] = relationship(lazy="raise", cascade="all, delete-orphan")

    @property
    def pairs(self) -> list[tuple[int | None, int | None]]:
        """(the inviter's slot, the partner's), best first; None: unplaced."""
        return [(entry.first_slot_id, entry.second_slot_id) for entry in self.entries]

    @property
    def apart(self) -> bool:
        """Whether both members asked to be processed separately if no pair works."""
        return len(self.certifications) == 2 and all(each.apart for each in self.certifications)

    def certified_by(self, student_id: int) -> bool:
        """Whether this member certified this version."""
        return any(each.student_id == student_id for each in self.certifications)


class PairEntry(Base):
    """One pair of slots. ``rank`` is 1-based; an empty slot means that this member stays unplaced."""

    __tablename__ = "pair_entry"
    __table_args__ = (
        sa.CheckConstraint("first_slot_id IS NOT NULL OR second_slot_id IS NOT NULL", name="somewhere"),
        sa.CheckConstraint("rank >= 1", name="rank"),
    )

    pair_list_id: Mapped[int] = mapped_column(
        sa.ForeignKey("pair_list.id", ondelete="CASCADE"), primary_key=True
    )
    rank: Mapped[int] = mapped_column(primary_key=True)
    first_slot_id: Mapped[int | None] = mapped_column(sa.ForeignKey("slot.id"), index=True)
    second_slot_id: Mapped[int | None] = mapped_column(sa.ForeignKey("slot.id"), index=True)


class PairCertification(Base):
    """A member certifies a version. ``apart``: if no pair works, they'd rather be processed separately."""

    __tablename__ = "pair_certification"

    pair_list_id: Mapped[int] = mapped_column(
        sa.ForeignKey("pair_list.id", ondelete="CASCADE"), primary_key=True
    )
    student_id: Mapped[int] = mapped_column(sa.ForeignKey("student.id"), primary_key=True)
    apart: Mapped[bool] = mapped_column(default=False)
    at: Mapped[datetime] = mapped_column(UTCDateTime)
