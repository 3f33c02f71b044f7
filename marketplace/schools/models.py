"""Schools that use the marketplace, their programmes, and the programmes' courses."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.db import Base, UTCDateTime, choice
from marketplace.vocabulary import Level


class School(Base):
    """A school whose coordinators and students work here. One that is only listed is a ProgrammeListing."""

    __tablename__ = "school"
    __table_args__ = (sa.CheckConstraint("out_of_state_limit BETWEEN 1 AND 1000", name="out_of_state_limit"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(160), unique=True)
    city: Mapped[str] = mapped_column(sa.String(80), default="")
    state: Mapped[str] = mapped_column(sa.String(2), default="")
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    #: How many students of one programme may be at one site in another state at a time (SARA: 10).
    out_of_state_limit: Mapped[int] = mapped_column(default=10)

    programmes: Mapped[list[Programme]] = relationship(
        back_populates="school", lazy="raise", order_by="Programme.name, Programme.id"
    )


class Programme(Base):
    """A programme of a school, with the practicum hours it asks for (configuration, never a constant).

    ``field`` is empty for health information, else the adjacent field that it teaches; its students may come
    to slots that are open to the field.
    """

    __tablename__ = "programme"
    __table_args__ = (
        sa.UniqueConstraint("school_id", "name"),
        sa.CheckConstraint("required_hours BETWEEN 1 AND 2000", name="required_hours"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"))
    name: Mapped[str] = mapped_column(sa.String(160))
    level: Mapped[Level] = mapped_column(choice(Level, "level"))
    required_hours: Mapped[int] = mapped_column(default=120)

    field: Mapped[str] = mapped_column(sa.String(40), default="", server_default=sa.text("''"))

    school: Mapped[School] = relationship(back_populates="programmes", lazy="raise")


class Course(Base):
    """A course of a programme that asks for a practicum of its own: so many hours, in its term.

    No ``modalities``: work may happen anywhere. Without dates it has no term.
    """

    __tablename__ = "course"
    __table_args__ = (
        sa.UniqueConstraint("programme_id", "name"),
        sa.CheckConstraint("hours BETWEEN 1 AND 2000", name="hours"),
        sa.CheckConstraint("ends_on >= starts_on", name="dates"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    programme_id: Mapped[int] = mapped_column(sa.ForeignKey("programme.id"))
    name: Mapped[str] = mapped_column(sa.String(160))
    hours: Mapped[int] = mapped_column(sa.SmallInteger)
    modalities: Mapped[list[str]] = mapped_column(sa.JSON, default=list)
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]

    programme: Mapped[Programme] = relationship(lazy="raise")
