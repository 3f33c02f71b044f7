"""Slots: posted positions with a capacity, and students' shortlists of them."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.db import Base, UTCDateTime, choice
from marketplace.facilities.lapsing import Lapsing
from marketplace.facilities.models import Facility, Site
from marketplace.vocabulary import ContactPolicy, EhrAccess, Modality, Pay, Silence, SlotKind


class SlotState(StrEnum):
    """Draft: seen by its facility. Posted: public, if the facility is verified. Closed: out of every list.

    Expired: posted once, hidden since its facility did not confirm it; confirmed, it is posted again.
    """

    DRAFT = "draft"
    POSTED = "posted"
    EXPIRED = "expired"
    CLOSED = "closed"


class Slot(Lapsing, Base):
    """A position at a site for `capacity` students. ``hours`` is the whole placement's, per student.

    ``open_to`` names the adjacent programmes whose students may come as well. With a ``minimum`` the facility
    takes that many students or none.
    """

    __tablename__ = "slot"
    __table_args__ = (
        sa.CheckConstraint("capacity BETWEEN 1 AND 200", name="capacity"),
        sa.CheckConstraint("minimum BETWEEN 0 AND capacity", name="minimum"),
        sa.CheckConstraint("hours BETWEEN 1 AND 2000", name="hours"),
        sa.CheckConstraint("ends_on >= starts_on", name="dates"),
        sa.CheckConstraint("fee BETWEEN 0 AND 5000", name="fee"),
        # The search walks these two without touching a slot's row until it is a hit.
        sa.Index("ix_slot_state_starts_on", "state", "starts_on", "id", "facility_id"),
        sa.Index("ix_slot_state_posted_at", "state", "posted_at", "id", "starts_on", "facility_id"),
        sa.Index("ix_slot_facility_state", "facility_id", "state"),
        sa.Index("ix_slot_site", "site_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    facility_id: Mapped[int] = mapped_column(sa.ForeignKey("facility.id"))
    site_id: Mapped[int] = mapped_column(sa.ForeignKey("site.id"))
    state: Mapped[SlotState] = mapped_column(choice(SlotState, "state"), default=SlotState.DRAFT)
    kind: Mapped[SlotKind] = mapped_column(choice(SlotKind, "kind"), default=SlotKind.TERM)
    title: Mapped[str] = mapped_column(sa.String(120))
    role: Mapped[str] = mapped_column(sa.String(40))
    description: Mapped[str] = mapped_column(sa.Text, default="")
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    hours: Mapped[int]
    weekdays: Mapped[str] = mapped_column(sa.String(120), default="")
    capacity: Mapped[int] = mapped_column(default=1)
    minimum: Mapped[int] = mapped_column(sa.SmallInteger, default=0)
    modality: Mapped[Modality] = mapped_column(choice(Modality, "modality"))
    preceptor_name: Mapped[str] = mapped_column(sa.String(120), default="")
    preceptor_background: Mapped[str] = mapped_column(sa.String(200), default="")
    ehr: Mapped[str] = mapped_column(sa.String(60), default="")
    ehr_access: Mapped[EhrAccess] = mapped_column(choice(EhrAccess, "ehr_access"), default=EhrAccess.NONE)
    task_areas: Mapped[list[str]] = mapped_column(sa.JSON, default=list)
    specialities: Mapped[list[str]] = mapped_column(sa.JSON, default=list)
    open_to: Mapped[list[str]] = mapped_column(sa.JSON, default=list)
    credentials: Mapped[list[str]] = mapped_column(sa.JSON, default=list)
    skills: Mapped[list[str]] = mapped_column(sa.JSON, default=list)
    pay: Mapped[Pay] = mapped_column(choice(Pay, "pay"), default=Pay.UNPAID)
    pay_note: Mapped[str] = mapped_column(sa.String(120), default="")
    parking: Mapped[str] = mapped_column(sa.String(120), default="")
    #: What the facility itself takes of a student, in dollars; None: it did not say.
    fee: Mapped[int | None]
    contact_policy: Mapped[ContactPolicy] = mapped_column(
        choice(ContactPolicy, "contact_policy"), default=ContactPolicy.COORDINATOR
    )
    silence: Mapped[Silence] = mapped_column(choice(Silence, "silence"), default=Silence.ANY)
    attested: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    posted_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    closed_reason: Mapped[str] = mapped_column(sa.String(200), default="")
    #: The edition of the search index that holds it (search.EDITION).
    indexed: Mapped[int] = mapped_column(sa.SmallInteger, default=0, server_default="0")

    facility: Mapped[Facility] = relationship(lazy="raise")
    site: Mapped[Site] = relationship(lazy="raise")


class SlotTerm(Base):
    """The search index: one row per slot and word or filter value (``task:coding``).

    Terms sort by byte in both databases, so that a word's beginning is a range of the primary key. A word's
    best slots are one end of the index by weight.
    """

    __tablename__ = "slot_term"
    __table_args__ = (
        sa.Index("ix_slot_term_slot", "slot_id"),
        sa.Index("ix_slot_term_weight", "term", "weight", "slot_id"),
    )

    term: Mapped[str] = mapped_column(
        sa.String(60).with_variant(sa.String(60, collation="C"), "postgresql"), primary_key=True
    )
    slot_id: Mapped[int] = mapped_column(sa.ForeignKey("slot.id", ondelete="CASCADE"), primary_key=True)
    weight: Mapped[int] = mapped_column(sa.SmallInteger, default=0, server_default="0")


class Shortlisted(Base):
    """A student keeps a slot in view. Nobody else sees it."""

    __tablename__ = "shortlisted"
    __table_args__ = (sa.Index("ix_shortlisted_slot", "slot_id"),)

    student_id: Mapped[int] = mapped_column(sa.ForeignKey("student.id", ondelete="CASCADE"), primary_key=True)
    slot_id: Mapped[int] = mapped_column(sa.ForeignKey("slot.id", ondelete="CASCADE"), primary_key=True)
    added_at: Mapped[datetime] = mapped_column(UTCDateTime)
