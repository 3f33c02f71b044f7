"""Whom a reminder is for: the people a to-do row counts, who can be written to, who was reminded today."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

import sqlalchemy as sa

from marketplace.accounts.models import Membership, Role, User
from marketplace.coordination import queries
from marketplace.coordination.models import Reminder, ReminderKind
from marketplace.coordination.queries import Participant, SlotState
from marketplace.db import db
from marketplace.errors import WrongPhase
from marketplace.rounds.models import Round
from marketplace.rounds.policies import accepts_applications, accepts_lists
from marketplace.slots.models import Slot


@dataclass(frozen=True, slots=True)
class Recipient:
    """One person to remind. ``slots``: what a contact is reminded of; ``stuck``: a student who can't rank."""

    user_id: int
    name: str
    email: str
    place: str
    slots: tuple[str, ...] = ()
    stuck: bool = False
    last: datetime | None = None


@dataclass(frozen=True, slots=True)
class Audience:
    """Who would be reminded now, who was reminded today, and which slots have nobody to write to."""

    due: list[Recipient] = field(default_factory=list)
    done: list[Recipient] = field(default_factory=list)
    silent: list[Slot] = field(default_factory=list)


def concerned(kind: ReminderKind, people: Iterable[Participant]) -> list[Participant]:
    """The students that a reminder of this kind is about."""
    if kind is ReminderKind.NO_APPLICATION:
        return [p for p in people if not p.applications]
    state = {ReminderKind.NO_LIST: "none", ReminderKind.DRAFT_ONLY: "draft"}.get(kind)
    return [p for p in people if p.state == state]


def unanswered(slots: Iterable[SlotState]) -> list[SlotState]:
    """Slots whose facility has applicants and no certified list."""
    return [s for s in slots if s.state != "certified" and s.applicants]


def today(round_: Round, now: datetime) -> date:
    """The day that `now` falls on for the round's people."""
    return now.astimezone(round_.zone).date()


def require_open(round_: Round, kind: ReminderKind, now: datetime) -> None:
    """Raise WrongPhase where what one would be reminded of can't be done any more, or not yet."""
    accepts = accepts_applications if kind is ReminderKind.NO_APPLICATION else accepts_lists
    if not accepts(round_, now):
        raise WrongPhase(round_.phase.value, kind=kind.value)


def of(round_: Round, kind: ReminderKind, now: datetime) -> Audience:
    """The audience of a reminder at `now`."""
    if kind is ReminderKind.NO_ANSWER:
        found, silent = _contacts(unanswered(queries.slot_states(round_)))
    else:
        found, silent = _students(round_, kind, now), []
    last = last_reminded(round_.id, kind)
    known = [replace(person, last=last.get(person.user_id)) for person in found]
    reminded = reminded_on(round_.id, today(round_, now)).get(kind, frozenset())
    return Audience(
        due=[person for person in known if person.user_id not in reminded],
        done=[person for person in known if person.user_id in reminded],
        silent=silent,
    )


def _students(round_: Round, kind: ReminderKind, now: datetime) -> list[Recipient]:
    closed = not accepts_applications(round_, now)
    return [
        Recipient(
            user.id,
            user.name,
            user.email,
            p.row.student.programme.name,
            stuck=kind is ReminderKind.NO_LIST and closed and not p.applications,
        )
        for p in concerned(kind, queries.participants(round_))
        if (user := p.row.student.user).active
    ]


def _contacts(slots: Sequence[SlotState]) -> tuple[list[Recipient], list[Slot]]:
    """Each contact once, with the slots they speak for; and slots whose facility has no contact."""
    hosts = {s.slot.facility_id: s.slot.facility.name for s in slots}
    query = (
        sa.select(Membership.facility_id, User)
        .join(User, User.id == Membership.user_id)
        .where(Membership.role == Role.FACILITY_CONTACT, Membership.facility_id.in_(hosts), User.active)
        .order_by(User.name, User.id, Membership.facility_id)
    )
    speaks: dict[int, list[int]] = {}
    people: dict[int, User] = {}
    for facility_id, user in db.session.execute(query):
        if facility_id is not None:
            people[user.id] = user
            speaks.setdefault(user.id, []).append(facility_id)
    found = [
        Recipient(
            user.id,
            user.name,
            user.email,
            ", ".join(hosts[facility_id] for facility_id in speaks[user.id]),
            slots=tuple(s.slot.title for s in slots if s.slot.facility_id in speaks[user.id]),
        )
        for user in people.values()
    ]
    heard = {facility_id for facilities in speaks.values() for facility_id in facilities}
    return found, [s.slot for s in slots if s.slot.facility_id not in heard]


def last_reminded(round_id: int, *kinds: ReminderKind) -> dict[int, datetime]:
    """User id to when the person was last reminded in this round, of any of `kinds` (none: of anything)."""
    query = sa.select(Reminder.user_id, sa.func.max(Reminder.sent_at)).where(Reminder.round_id == round_id)
    if kinds:
        query = query.where(Reminder.kind.in_(kinds))
    return {user: at for user, at in db.session.execute(query.group_by(Reminder.user_id))}


def last_reminded_facilities(round_id: int) -> dict[int, datetime]:
    """Facility id to when one of its contacts was last reminded in this round."""
    query = (
        sa.select(Membership.facility_id, sa.func.max(Reminder.sent_at))
        .join(Reminder, Reminder.user_id == Membership.user_id)
        .where(
            Reminder.round_id == round_id,
            Reminder.kind == ReminderKind.NO_ANSWER,
            Membership.role == Role.FACILITY_CONTACT,
        )
        .group_by(Membership.facility_id)
    )
    return {facility: at for facility, at in db.session.execute(query) if facility is not None}


def reminded_on(round_id: int, day: date) -> dict[ReminderKind, frozenset[int]]:
    """Ids of the people reminded on a day, by kind."""
    query = sa.select(Reminder.kind, Reminder.user_id).where(
        Reminder.round_id == round_id, Reminder.day == day
    )
    found: dict[ReminderKind, set[int]] = {}
    for kind, user_id in db.session.execute(query):
        found.setdefault(kind, set()).add(user_id)
    return {kind: frozenset(users) for kind, users in found.items()}
