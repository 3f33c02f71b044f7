"""Read students: a person's own profiles, those who ask to join, and the profile as a facility sees it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache

import sqlalchemy as sa
from flask_babel import format_date
from flask_babel import gettext as _
from sqlalchemy.orm import joinedload

from marketplace import vocabulary
from marketplace.access import Actor
from marketplace.db import db
from marketplace.errors import NotFound
from marketplace.filters import day
from marketplace.geo import Point
from marketplace.memo import once
from marketplace.schools.models import Programme, School
from marketplace.students.models import HeldCredential, Student, StudentCourse


@dataclass(frozen=True, slots=True)
class ProfileCard:
    """What a facility sees of a student, ready for the page."""

    name: str
    subtitle: str
    facts: list[tuple[str, str]] = field(default_factory=list)
    credentials: list[str] = field(default_factory=list)
    skills: list[str] = field(default_factory=list)
    experience: str = ""
    statement: str = ""


@once
def for_user(user_id: int) -> list[Student]:
    """The person's profiles, one a programme, approved ones first; programme and school are loaded."""
    return list(db.session.scalars(_for_user(), {"user": user_id}))


@lru_cache(maxsize=1)
def _for_user() -> sa.Select[Student]:
    return (
        sa.select(Student)
        .where(Student.user_id == sa.bindparam("user"))
        .options(joinedload(Student.programme).joinedload(Programme.school), joinedload(Student.user))
        .order_by(Student.approved_at.is_(None), Student.id)
    )


def own(actor: Actor, student_id: int | None = None) -> Student:
    """One of the person's own profiles, the first without `student_id`. Raises NotFound."""
    found = [s for s in for_user(actor.user_id) if student_id is None or s.id == student_id]
    if not found:
        raise NotFound("student")
    return found[0]


def course_of(student_id: int) -> int:
    """The course that a student chose; 0 for none."""
    query = sa.select(StudentCourse.course_id).where(StudentCourse.student_id == student_id)
    return db.session.scalar(query) or 0


def waiting(actor: Actor, student_id: int | None = None) -> list[Student]:
    """People who ask to join a school the actor coordinates, oldest first."""
    query = (
        sa.select(Student)
        .join(Programme, Programme.id == Student.programme_id)
        .where(Student.approved_at.is_(None), Programme.school_id.in_(actor.coordinated_schools))
        .options(joinedload(Student.programme).joinedload(Programme.school), joinedload(Student.user))
        .order_by(Student.id)
    )
    return list(db.session.scalars(query if student_id is None else query.where(Student.id == student_id)))


def programmes_to_join() -> list[Programme]:
    """Every programme of a school that uses the marketplace, by school and name."""
    query = (
        sa.select(Programme)
        .join(School, School.id == Programme.school_id)
        .options(joinedload(Programme.school))
        .order_by(School.name, Programme.name, Programme.id)
    )
    return list(db.session.scalars(query))


def home_of(students: Iterable[Student]) -> Point | None:
    """Where a person's distances start: the first profile's home that is known."""
    for student in students:
        if student.latitude is not None and student.longitude is not None:
            return Point(student.latitude, student.longitude)
    return None


def profile_card(student: Student, *, named: bool = True, background: bool = False) -> ProfileCard:
    """The profile as a facility sees it after consent; ``named=False`` is the pseudonymous form.

    ``background``: whether the consent names it; it is shown if the student shares it as well.
    Needs programme, its school and user loaded. Home ZIP, address and e-mail are never part of it.
    """
    programme = student.programme
    return ProfileCard(
        name=student.user.name if named else _("Student %(number)s", number=student.id),
        subtitle=f"{programme.name}, {programme.school.name}",
        facts=_facts(student) + (_background(student) if background and student.share_background else []),
        credentials=_credentials(student),
        skills=[vocabulary.SKILLS.label(code) for code in student.skills],
        experience=student.experience,
        statement=student.statement,
    )


def _credentials(student: Student) -> list[str]:
    """Each with the day on which the school checked it."""
    query = sa.select(HeldCredential.code, HeldCredential.checked_at).where(
        HeldCredential.student_id == student.id, HeldCredential.checked_at.is_not(None)
    )
    checked = {code: at for code, at in db.session.execute(query) if at is not None}
    return [
        _("%(code)s, checked %(day)s", code=vocabulary.CREDENTIALS.label(code), day=day(checked[code]))
        if code in checked
        else vocabulary.CREDENTIALS.label(code)
        for code in student.credentials
    ]


def _background(student: Student) -> list[tuple[str, str]]:
    said = [_("changes careers")] if student.career_changer else []
    said += [_("lost a job, or it is ending")] if student.displaced_worker else []
    return [(_("How they came here"), "; ".join(said))] if said else []


def _facts(student: Student) -> list[tuple[str, str]]:
    found = [(_("Level"), vocabulary.label(student.programme.level))]
    if student.available_from and student.available_until:
        until = format_date(student.available_until, "MMM d, y")
        found.append((_("Available"), f"{format_date(student.available_from, 'MMM d, y')} – {until}"))
    if student.weekly_hours:
        found.append((_("Hours a week"), str(student.weekly_hours)))
    found.append((_("Travels up to"), _("%(n)s miles", n=student.travel_limit)))
    found.append((_("Remote work"), _("Yes") if student.remote_ok else _("No")))
    return found
