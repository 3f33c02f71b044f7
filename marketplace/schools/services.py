"""Write schools' programmes."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from marketplace.access import Actor
from marketplace.accounts.models import Role
from marketplace.audit import services as audit
from marketplace.db import db
from marketplace.errors import DomainError, NotFound
from marketplace.schools.models import Programme, School
from marketplace.vocabulary import ADJACENT_FIELDS, Level


def create(actor: Actor, *, name: str, city: str, state: str, now: datetime) -> School:
    """A new school; the operator's act. Raises DomainError("name_taken")."""
    if not actor.has(Role.OPERATOR):
        raise NotFound("school")
    if db.session.scalar(sa.select(School.id).where(School.name == name.strip())) is not None:
        raise DomainError("name_taken", field="name")
    school = School(name=name.strip(), city=city.strip(), state=state, created_at=now)
    db.session.add(school)
    db.session.flush()
    audit.record(actor, "created", school, now=now, name=school.name)
    return school


def add_programme(
    actor: Actor,
    school_id: int,
    *,
    name: str,
    level: Level,
    required_hours: int,
    now: datetime,
    field: str = "",
) -> Programme:
    """A programme of a school the actor coordinates. Raises DomainError("name_taken")."""
    if school_id not in actor.coordinated_schools:
        raise NotFound("school")
    taken = db.session.scalar(
        sa.select(Programme.id).where(Programme.school_id == school_id, Programme.name == name.strip())
    )
    if taken is not None:
        raise DomainError("name_taken", field="name")
    programme = Programme(
        school_id=school_id,
        name=name.strip(),
        level=level,
        required_hours=required_hours,
        field=_field(field),
    )
    db.session.add(programme)
    db.session.flush()
    audit.record(actor, "created", programme, now=now, name=programme.name)
    return programme


def edit_programme(
    actor: Actor,
    programme_id: int,
    *,
    name: str,
    level: Level,
    required_hours: int,
    now: datetime,
    field: str | None = None,
) -> Programme:
    """Change a programme of a school the actor coordinates. Raises DomainError("name_taken")."""
    programme = db.session.scalar(
        sa.select(Programme).where(
            Programme.id == programme_id, Programme.school_id.in_(actor.coordinated_schools)
        )
    )
    if programme is None:
        raise NotFound("programme")
    taken = sa.select(Programme.id).where(
        Programme.school_id == programme.school_id,
        Programme.name == name.strip(),
        Programme.id != programme_id,
    )
    if db.session.scalar(taken) is not None:
        raise DomainError("name_taken", field="name")
    programme.name, programme.level, programme.required_hours = name.strip(), level, required_hours
    programme.field = programme.field if field is None else _field(field)
    audit.record(
        actor, "edited", programme, now=now, name=programme.name, hours=required_hours, field=programme.field
    )
    return programme


def _field(code: str) -> str:
    if code and code not in ADJACENT_FIELDS.codes():
        raise DomainError("unknown_code", field="field")
    return code
