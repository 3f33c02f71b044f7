"""Write, answer, forward. Mail only says that there is something to read: never what, or from whom."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

import sqlalchemy as sa

from marketplace.access import Actor
from marketplace.accounts.models import Membership, Role, User
from marketplace.audit import services as audit
from marketplace.db import db
from marketplace.errors import DomainError, NotFound
from marketplace.mail import services as mail
from marketplace.messages import policies, queries
from marketplace.messages.models import Message, Side, Thread, ThreadState
from marketplace.messages.policies import MOST_A_DAY, Way
from marketplace.slots import queries as slots
from marketplace.slots.models import Slot
from marketplace.students.models import Student


def write(actor: Actor, student: Student, slot_id: int, *, body: str, link: str, now: datetime) -> Thread:
    """A student's message about a slot: starts the conversation or goes on with it.

    `link` is the address of a conversation with ``0`` for its number. Raises NotFound (no such public slot),
    DomainError("closed") by the slot's policy, DomainError("too_many") for more than a day's messages.
    """
    slot = slots.get_public_slot(slot_id)
    way = policies.way(slot, student.id)
    if way is Way.CLOSED:
        raise DomainError("closed")
    # The student's own acts wait for each other: two tabs start one conversation, and the count is true.
    db.session.execute(sa.select(Student.id).where(Student.id == student.id).with_for_update(key_share=True))
    _require_few(actor, now)
    thread = queries.about(student.id, slot_id)
    if thread is None:
        thread = Thread(
            student_id=student.id,
            slot_id=slot_id,
            facility_id=slot.facility_id,
            school_id=student.programme.school_id,
            alias=_free_alias(slot.facility_id),
            state=ThreadState.OPEN if way is Way.DIRECT else ThreadState.HELD,
            opened_at=now,
            reached_at=now if way is Way.DIRECT else None,
            last_at=now,
            last_side=Side.STUDENT,
        )
        db.session.add(thread)
        db.session.flush()
    elif thread.state is ThreadState.DECLINED:
        thread.state, thread.note = ThreadState.HELD, ""
    if way is Way.DIRECT and thread.state is ThreadState.HELD:
        thread.state, thread.reached_at = ThreadState.OPEN, now
    _add(actor, thread, Side.STUDENT, body, now)
    if thread.state is ThreadState.OPEN:
        _tell(thread, _contacts(thread.facility_id), "A student writes to you", link, now)
    else:
        _tell(thread, _coordinators(thread.school_id), "A student's message waits for you", link, now)
    return thread


def answer(actor: Actor, thread_id: int, *, body: str, link: str, now: datetime) -> Thread:
    """A facility contact's answer."""
    thread = queries.one(queries.of_facility(actor), thread_id, lock=True)
    if thread.answered_at is None:
        thread.answered_at = now
    _add(actor, thread, Side.FACILITY, body, now)
    _tell(thread, [(thread.student.user_id, thread.student.user.email)], "You have an answer", link, now)
    return thread


def forward(actor: Actor, thread_id: int, *, link: str, now: datetime) -> Thread:
    """A coordinator lets a held conversation through to the facility."""
    thread = queries.one(queries.held_for(actor), thread_id, lock=True)
    thread.state, thread.reached_at = ThreadState.OPEN, thread.reached_at or now
    audit.record(actor, "forwarded", thread, now=now)
    _tell(thread, _contacts(thread.facility_id), "A student writes to you", link, now)
    return thread


def decline(actor: Actor, thread_id: int, *, note: str, link: str, now: datetime) -> Thread:
    """A coordinator keeps a held conversation back, and says why to the student."""
    if not note.strip():
        raise DomainError("missing", field="note")
    thread = queries.one(queries.held_for(actor), thread_id, lock=True)
    thread.state, thread.note = ThreadState.DECLINED, note.strip()[:500]
    audit.record(actor, "not forwarded", thread, now=now)
    people = [(thread.student.user_id, thread.student.user.email)]
    _tell(thread, people, "Your coordinator answers your message", link, now)
    return thread


def _add(actor: Actor, thread: Thread, side: Side, body: str, now: datetime) -> None:
    if not body.strip():
        raise DomainError("missing", field="body")
    message = Message(thread_id=thread.id, sender_id=actor.user_id, side=side, body=body.strip(), sent_at=now)
    db.session.add(message)
    thread.last_at, thread.last_side = now, side
    db.session.flush()
    audit.record(actor, "wrote", thread, now=now, side=side.value)


def _require_few(actor: Actor, now: datetime) -> None:
    written = db.session.scalar(
        sa.select(sa.func.count(Message.id)).where(
            Message.sender_id == actor.user_id, Message.sent_at > now - timedelta(days=1)
        )
    )
    if (written or 0) >= MOST_A_DAY:
        raise DomainError("too_many", most=MOST_A_DAY)


def _free_alias(facility_id: int) -> str:
    """A short random name that no other conversation of the facility has."""
    taken = set(db.session.scalars(sa.select(Thread.alias).where(Thread.facility_id == facility_id)))
    for length in (2, 3, 4):
        for _try in range(40):
            alias = secrets.token_hex(length)[: length * 2 - 1].upper()
            if alias not in taken:
                return alias
    raise NotFound("alias")


def _contacts(facility_id: int) -> Iterable[tuple[int, str]]:
    return _people(Membership.role == Role.FACILITY_CONTACT, Membership.facility_id == facility_id)


def _coordinators(school_id: int) -> Iterable[tuple[int, str]]:
    return _people(Membership.role == Role.COORDINATOR, Membership.school_id == school_id)


def _people(*conditions: sa.ColumnElement[bool]) -> Iterable[tuple[int, str]]:
    query = sa.select(User.id, User.email).join(Membership).where(User.active, *conditions).distinct()
    return [(user_id, email) for user_id, email in db.session.execute(query.order_by(User.id))]


def _tell(thread: Thread, people: Iterable[tuple[int, str]], subject: str, link: str, now: datetime) -> None:
    number = db.session.scalar(sa.select(sa.func.count(Message.id)).where(Message.thread_id == thread.id))
    title = db.session.get_one(Slot, thread.slot_id).title
    address = link.removesuffix("/0") + f"/{thread.id}"
    for user_id, email in people:
        mail.enqueue(
            f"thread:{thread.id}:{number}:{thread.state.value}:{user_id}",
            recipient=email,
            subject=f"{subject} on Practicum Match",
            body=(
                f"{subject}, about “{title}”.\n\nSign in to read it and to answer:\n{address}\n\n"
                "Please answer there, not to this mail: addresses are never passed on.\n"
            ),
            now=now,
            news=True,
        )
