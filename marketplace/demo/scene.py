"""What the demonstration is made of while it is being built, and what its parts share."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask_babel import LazyString, lazy_gettext

from marketplace.access import Actor, actor_for
from marketplace.accounts.models import User
from marketplace.db import db
from marketplace.demo import data
from marketplace.schools.models import School
from marketplace.schools.queries import coordinated

ZONE = "America/Chicago"
DAY = timedelta(days=1)


@dataclass
class Scene:
    """What has been built so far."""

    now: datetime
    operator: Actor
    coordinator: Actor
    contacts: list[Actor] = field(default_factory=list)
    slot_ids: list[int] = field(default_factory=list)
    hosts: list[int] = field(default_factory=list)
    students: list[Actor] = field(default_factory=list)
    round_id: int = 0


def address(name: str) -> str:
    """The demonstration address of a person."""
    return f"{name.lower().replace(' ', '.')}@{data.DOMAIN}"


def student_name(index: int) -> str:
    """The fictional name of one of the sixty students."""
    return f"{data.FIRST[index % 30]} {data.LAST[(index * 7 + index // 30) % 30]}"


def sign_ins() -> list[tuple[str, str, str]]:
    """(role, e-mail, password) for people of each role."""
    people = (
        ("student", student_name(0)),
        ("student", student_name(1)),
        ("student", data.PLACED),
        ("facility-contact", data.HOSTS[0].contact),
        ("coordinator", data.COORDINATOR[0]),
        ("operator", data.OPERATOR[0]),
    )
    return [(role, address(name), data.PASSWORD) for role, name in people]


def notes() -> dict[str, LazyString]:
    """What there is to see as one of these, by e-mail, where their role doesn't say it."""
    return {address(data.PLACED): lazy_gettext("A student whose result is out, with the reasons")}


def actor_for_id(user_id: int) -> Actor:
    """The actor of a user as their memberships stand now."""
    return actor_for(db.session.get_one(User, user_id))


def school_of(scene: Scene) -> School:
    return coordinated(scene.coordinator)[0]


def midnight(now: datetime) -> datetime:
    """The start of today in the round's zone."""
    local = now.astimezone(ZoneInfo(ZONE)).date()
    return datetime.combine(local, time(), ZoneInfo(ZONE)).astimezone(UTC)
