"""A slot leaves the lists before the lock, closed or taken out of a round, and its applicants hear of it.

Removing slots without telling anyone stays in ``slots`` and ``rounds``; pages use this.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from marketplace.access import Actor
from marketplace.accounts.models import User
from marketplace.applications import queries
from marketplace.applications.models import Application
from marketplace.db import db
from marketplace.mail import services as mail
from marketplace.rounds import queries as rounds
from marketplace.rounds import services as round_services
from marketplace.rounds.models import Round, RoundSlot
from marketplace.rounds.policies import OPEN
from marketplace.slots import services as slot_services
from marketplace.slots.models import Slot
from marketplace.students.models import Student

#: With fewer slots than this left to rank, a student's coordinators hear of it.
FEW = 3


def close_slot(actor: Actor, slot_id: int, *, reason: str, now: datetime) -> Slot:
    """The facility closes a slot for good. Closing twice changes nothing and tells nobody twice."""
    held = _open_rounds(slot_id, lock=True)
    applicants = {round_.id: _applicants(round_.id, slot_id) for round_ in held}
    slot = slot_services.close(actor, slot_id, reason=reason, now=now)
    for round_ in held:
        _tell(round_, slot, applicants[round_.id], reason=slot.closed_reason, now=now)
    return slot


def remove_slot(actor: Actor, round_: Round, slot_id: int, *, now: datetime) -> None:
    """The coordinator takes a slot out of one round."""
    applicants = _applicants(round_.id, slot_id)
    round_services.remove_slot(actor, round_, slot_id, now=now)
    slot = db.session.get_one(Slot, slot_id, options=[joinedload(Slot.facility)])
    _tell(round_, slot, applicants, reason="", now=now)


def affected(slot_id: int, round_id: int | None = None) -> int:
    """How many students' applications to the slot would end, in one round or all that are not locked."""
    ids = [round_.id for round_ in _open_rounds(slot_id)] if round_id is None else [round_id]
    return len({student for i in ids for student, _, _ in _applicants(i, slot_id)})


def _open_rounds(slot_id: int, *, lock: bool = False) -> Sequence[Round]:
    """The rounds before their lock that the slot takes part in; with ``lock`` none is sealed until commit."""
    query = (
        sa.select(Round)
        .join(RoundSlot, RoundSlot.round_id == Round.id)
        .where(RoundSlot.slot_id == slot_id, RoundSlot.withdrawn_at.is_(None), Round.phase.in_(OPEN))
        .order_by(Round.id)
    )
    if lock:
        query = query.with_for_update(read=True, of=Round).execution_options(populate_existing=True)
    return db.session.scalars(query).all()


def _applicants(round_id: int, slot_id: int) -> list[tuple[int, int, str]]:
    """(student id, user id, e-mail) of everyone whose application to the slot stands."""
    query = (
        sa.select(Student.id, User.id, User.email)
        .join(Application, Application.student_id == Student.id)
        .join(User, User.id == Student.user_id)
        .where(Application.slot_id == slot_id, queries.active(round_id))
        .order_by(Student.id)
    )
    return [(student, user, email) for student, user, email in db.session.execute(query)]


def _tell(
    round_: Round, slot: Slot, applicants: list[tuple[int, int, str]], *, reason: str, now: datetime
) -> None:
    """One mail to each applicant, with what is left to them; the coordinators hear who is short of slots."""
    db.session.flush()
    left = _left(round_.id, [student for student, _, _ in applicants])
    # A slot may come back and leave again: the instant tells the news apart.
    news = f"slot-gone:{slot.id}:{now:%Y%m%dT%H%M%S%f}"
    why = f" The reason given: {reason}" if reason else ""
    for student_id, user_id, email in applicants:
        mail.enqueue(
            f"round:{round_.id}:{news}:{user_id}",
            recipient=email,
            subject=f"{round_.name}: a slot you applied to is gone",
            body=(
                f"“{slot.title}” at {slot.facility.name} no longer takes part in “{round_.name}”.{why}\n\n"
                "It is off your list; the order of your other slots stays as it is. "
                f"You can still rank {_slots(left.get(student_id, 0))}. "
                "Sign in to look at your list.\n"
            ),
            now=now,
        )
    short = sum(1 for student, _, _ in applicants if left.get(student, 0) < FEW)
    if short:
        _tell_coordinators(round_, slot, short, news=news, why=why, now=now)


def _tell_coordinators(round_: Round, slot: Slot, short: int, *, news: str, why: str, now: datetime) -> None:
    who = "1 student is" if short == 1 else f"{short} students are"
    for user_id, email in rounds.addresses(round_.id, round_.school_id)["coordinators"]:
        mail.enqueue(
            f"round:{round_.id}:{news}:coordinator:{user_id}",
            recipient=email,
            subject=f"{round_.name}: a slot is gone, and students are short of choices",
            body=(
                f"“{slot.title}” at {slot.facility.name} no longer takes part in “{round_.name}”.{why}\n\n"
                f"{who} left with fewer than {FEW} slots to rank. Sign in to see who they are.\n"
            ),
            now=now,
        )


def _left(round_id: int, student_ids: list[int]) -> dict[int, int]:
    """How many slots each student can still rank; who has none is absent."""
    query = (
        sa.select(Application.student_id, sa.func.count())
        .where(Application.student_id.in_(student_ids), queries.active(round_id))
        .group_by(Application.student_id)
    )
    return {student: count for student, count in db.session.execute(query)}


def _slots(count: int) -> str:
    return {0: "no slot", 1: "1 slot"}.get(count, f"{count} slots")
