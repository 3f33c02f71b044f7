"""Applications, the signed consents under them, and the log of what facilities saw."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.db import Base, UTCDateTime, choice
from marketplace.slots.models import Slot
from marketplace.students.models import Student


class Application(Base):
    """One student, one slot, one round. Withdrawing revokes the consent at once and keeps the row.

    ``consented_at`` is the newest signature's instant; the signatures themselves are :class:`Consent` rows.
    """

    __tablename__ = "application"
    __table_args__ = (
        sa.UniqueConstraint("round_id", "student_id", "slot_id"),
        sa.Index("ix_application_slot", "round_id", "slot_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(sa.ForeignKey("match_round.id"))
    student_id: Mapped[int] = mapped_column(sa.ForeignKey("student.id"), index=True)
    slot_id: Mapped[int] = mapped_column(sa.ForeignKey("slot.id"), index=True)
    consented_at: Mapped[datetime] = mapped_column(UTCDateTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    student: Mapped[Student] = relationship(lazy="raise")
    slot: Mapped[Slot] = relationship(lazy="raise")


class ConsentEnd(StrEnum):
    """Why a consent no longer stands."""

    REVOKED = "revoked"
    ROUND_OVER = "round-over"
    EXPIRED = "expired"


class Consent(Base):
    """One signature: which records, for what, to whom, until when (34 CFR 99.30). Never changed.

    It can only end, once. At most one of an application stands at a time; applying again signs a new one.
    """

    __tablename__ = "consent"
    __table_args__ = (
        sa.CheckConstraint("(ended_at IS NULL) = (end_reason IS NULL)", name="ended"),
        sa.Index(
            "uq_consent_standing",
            "application_id",
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        ),
        sa.Index("ix_consent_application", "application_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(sa.ForeignKey("application.id"))
    facility_id: Mapped[int] = mapped_column(sa.ForeignKey("facility.id"), index=True)
    recipient: Mapped[str] = mapped_column(sa.String(160))
    records: Mapped[list[str]] = mapped_column(sa.JSON)
    purpose: Mapped[str] = mapped_column(sa.Text)
    text: Mapped[str] = mapped_column(sa.Text)
    text_version: Mapped[int]
    signature: Mapped[str] = mapped_column(sa.String(120))
    signed_at: Mapped[datetime] = mapped_column(UTCDateTime)
    ends_at: Mapped[datetime] = mapped_column(UTCDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    end_reason: Mapped[ConsentEnd | None] = mapped_column(choice(ConsentEnd, "end_reason"))


class Seen(StrEnum):
    """How much of a student one response showed: a line of a list, the whole profile, the address too."""

    LINE = "line"
    PROFILE = "profile"
    CONTACT = "contact"


class Disclosure(Base):
    """A facility's contact saw something of a student. The student can read this log.

    One row a person, part and day: ``at`` is the first time of that day (UTC), ``last_at`` the last.
    """

    __tablename__ = "disclosure"
    __table_args__ = (
        sa.UniqueConstraint("application_id", "user_id", "what", "day"),
        sa.CheckConstraint("times >= 1", name="times"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(sa.ForeignKey("application.id"), index=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user_account.id"))
    what: Mapped[Seen] = mapped_column(choice(Seen, "what"))
    day: Mapped[date]
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    last_at: Mapped[datetime] = mapped_column(UTCDateTime)
    times: Mapped[int] = mapped_column(default=1)


class SignedIsFinal(RuntimeError):
    """Something tried to change what was signed."""


@event.listens_for(Consent, "before_update")
def _only_ends(_mapper: Any, _connection: Any, consent: Consent) -> None:
    state = sa.inspect(consent)
    changed = {each.key for each in state.attrs if each.history.has_changes()}
    if changed - {"ended_at", "end_reason"} or state.attrs.ended_at.history.deleted not in ((), [None]):
        raise SignedIsFinal(sorted(changed))


@event.listens_for(Consent, "before_delete")
def _is_kept(_mapper: Any, _connection: Any, consent: Consent) -> None:
    raise SignedIsFinal(consent.id)
