"""Student profiles. Least data: no health, no disability, no documents; a home ZIP, never an address."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.accounts.models import User
from marketplace.db import Base, UTCDateTime
from marketplace.schools.models import Programme


class Student(Base):
    """One person in one programme. Lists hold vocabulary codes, sorted. ``travel_limit`` is miles.

    ``approved_at`` is when a coordinator of the school took them in; until then they take part in no round.
    """

    __tablename__ = "student"
    __table_args__ = (
        sa.UniqueConstraint("user_id", "programme_id"),
        sa.CheckConstraint("travel_limit BETWEEN 0 AND 500", name="travel_limit"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user_account.id"))
    programme_id: Mapped[int] = mapped_column(sa.ForeignKey("programme.id"), index=True)
    home_zip: Mapped[str] = mapped_column(sa.String(5), default="")
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    travel_limit: Mapped[int] = mapped_column(default=40)
    available_from: Mapped[date | None]
    available_until: Mapped[date | None]
    weekly_hours: Mapped[int | None]
    remote_ok: Mapped[bool] = mapped_column(default=True)
    credentials: Mapped[list[str]] = mapped_column(sa.JSON, default=list)
    skills: Mapped[list[str]] = mapped_column(sa.JSON, default=list)
    experience: Mapped[str] = mapped_column(sa.Text, default="")
    statement: Mapped[str] = mapped_column(sa.Text, default="")
    #: Whether they change careers or lost their job: theirs to say or not, and to share or not.
    career_changer: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    displaced_worker: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    share_background: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    approved_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    updated_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    user: Mapped[User] = relationship(lazy="raise")
    programme: Mapped[Programme] = relationship(lazy="raise")

    @property
    def missing(self) -> list[str]:
        """The profile fields still needed before applying, in the form's order."""
        return missing_in(self)


class StudentCourse(Base):
    """Which of their programme's courses a student takes now."""

    __tablename__ = "student_course"

    student_id: Mapped[int] = mapped_column(sa.ForeignKey("student.id", ondelete="CASCADE"), primary_key=True)
    course_id: Mapped[int] = mapped_column(sa.ForeignKey("course.id", ondelete="CASCADE"), index=True)


class HeldCredential(Base):
    """The number of a credential that a student holds, and which coordinator checked it when.

    Facilities see that it was checked, never the number. Another number is not checked any more.
    """

    __tablename__ = "held_credential"
    __table_args__ = (sa.UniqueConstraint("student_id", "code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    student_id: Mapped[int] = mapped_column(sa.ForeignKey("student.id", ondelete="CASCADE"))
    code: Mapped[str] = mapped_column(sa.String(20))
    number: Mapped[str] = mapped_column(sa.String(60))
    checked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    verifier_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user_account.id", ondelete="SET NULL"))

    student: Mapped[Student] = relationship(lazy="raise")
    verifier: Mapped[User | None] = relationship(lazy="raise")


def missing_in(profile: object) -> list[str]:
    """The fields that a profile, or a row with its columns, still needs before applying."""
    wanted = ("home_zip", "available_from", "available_until", "skills", "statement")
    return [name for name in wanted if not getattr(profile, name)]
