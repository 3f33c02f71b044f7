"""Make a round and move it through its phases. Every move is a compare-and-set on the phase."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Unpack

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from marketplace.access import Actor
from marketplace.audit import services as audit
from marketplace.db import db
from marketplace.errors import Conflict, DomainError, NotFound, WrongPhase
from marketplace.mail import services as mail
from marketplace.rounds import contention, lottery, queries
from marketplace.rounds.models import (
    AgreementRule,
    Explanation,
    Round,
    RoundProgramme,
    RoundSlot,
    RoundStudent,
)
from marketplace.rounds.phases import Phase, may_follow
from marketplace.rounds.terms import (
    CALENDAR,
    Rules,
    check_calendar,
    check_still_to_come,
    differ,
    set_rules,
)
from marketplace.schools.models import Programme
from marketplace.students.models import Student

#: The rules that a new round starts from.
_STANDARD: Rules = {
    "use_last_draft": True,
    "agreement_rule": AgreementRule.EXCLUDE,
    "agreements_due_on": None,
    "explanation": Explanation.COARSE,
    "couples": False,
    "confirm_days": 7,
    "appeal_days": 5,
    "contribution_source": "",
    "contribution_at": None,
}


def create(
    actor: Actor,
    school_id: int,
    *,
    name: str,
    time_zone: str,
    calendar: Mapping[str, datetime],
    programme_ids: Iterable[int],
    now: datetime,
    **rules: Unpack[Rules],
) -> Round:
    """A draft round. `calendar` gives each instant of CALENDAR. Raises DomainError on a wrong order.

    Rules that are left out are as a new round has them.
    """
    if school_id not in actor.coordinated_schools:
        raise NotFound("school")
    check_calendar(calendar, now)
    secret = lottery.new_secret()
    key = lottery.draw_key(secret)
    round_ = Round(
        school_id=school_id,
        name=name.strip(),
        phase=Phase.DRAFT,
        time_zone=time_zone,
        lottery_secret=secret,
        draw_key=key,
        lottery_commitment=lottery.commitment(key),
        created_at=now,
        **calendar,
    )
    set_rules(round_, _STANDARD | rules)
    if _name_taken(round_):
        raise DomainError("name_taken")
    db.session.add(round_)
    db.session.flush()
    set_programmes(actor, round_, programme_ids, now=now)
    audit.record(actor, "created", round_, now=now, name=round_.name)
    return round_


def edit(
    actor: Actor,
    round_: Round,
    *,
    name: str,
    time_zone: str,
    calendar: Mapping[str, datetime],
    now: datetime,
    **rules: Unpack[Rules],
) -> None:
    """Change a round before ranking opens; rules that are left out stay.

    Afterwards raises WrongPhase. Of an announced round nothing that has happened can be moved.
    """
    if round_.phase not in (Phase.DRAFT, Phase.RECRUITING, Phase.APPLYING):
        raise WrongPhase(round_.phase.value)
    moved = frozenset(field for field in CALENDAR if differ(calendar[field], getattr(round_, field)))
    calendar = {field: calendar[field] if field in moved else getattr(round_, field) for field in CALENDAR}
    if round_.phase is not Phase.DRAFT:
        check_still_to_come(round_, moved, now)
    check_calendar(calendar, now, judged=None if round_.phase is Phase.DRAFT else moved)
    round_.name, round_.time_zone = name.strip(), time_zone
    for field, value in calendar.items():
        setattr(round_, field, value)
    with db.session.no_autoflush:
        set_rules(round_, rules)
    if _name_taken(round_):
        raise DomainError("name_taken")
    audit.record(actor, "edited", round_, now=now, name=round_.name)


def set_programmes(actor: Actor, round_: Round, programme_ids: Iterable[int], *, now: datetime) -> None:
    """Take exactly these programmes into a round; only of schools the actor coordinates."""
    wanted = set(programme_ids)
    own = set(
        db.session.scalars(
            sa.select(Programme.id).where(
                Programme.id.in_(wanted), Programme.school_id.in_(actor.coordinated_schools)
            )
        )
    )
    if wanted != own:
        raise NotFound("programme")
    if not wanted:
        raise DomainError("no_programme")
    db.session.execute(sa.delete(RoundProgramme).where(RoundProgramme.round_id == round_.id))
    db.session.add_all(RoundProgramme(round_id=round_.id, programme_id=i) for i in sorted(wanted))
    db.session.flush()
    audit.record(actor, "programmes set", round_, now=now, programmes=sorted(wanted))


def add_slots(actor: Actor, round_: Round, slot_ids: Iterable[int], *, now: datetime) -> int:
    """Take posted slots of verified facilities into the round; return how many were new.

    Raises WrongPhase, NotFound, and DomainError("contended") where other rounds leave no places in them.
    """
    if round_.phase not in (Phase.DRAFT, Phase.RECRUITING, Phase.APPLYING):
        raise WrongPhase(round_.phase.value)
    wanted = set(slot_ids)
    if queries.candidates_among(wanted) != wanted:
        raise NotFound("slot")
    known = {
        row.slot_id: row
        for row in db.session.scalars(sa.select(RoundSlot).where(RoundSlot.round_id == round_.id))
    }
    new = sorted(i for i in wanted if i not in known or known[i].withdrawn_at is not None)
    for slot_id in new:
        row = known.get(slot_id) or RoundSlot(round_id=round_.id, slot_id=slot_id, code=f"slot-{slot_id}")
        row.withdrawn_at = None
        db.session.add(row)
    db.session.flush()
    contention.settle(round_, new, now=now)
    audit.record(actor, "slots added", round_, now=now, slots=new)
    return len(new)


def remove_slot(actor: Actor, round_: Round, slot_id: int, *, now: datetime) -> None:
    """Take a slot out before the lock; lists keep the name, inactive."""
    if round_.phase not in (Phase.DRAFT, Phase.RECRUITING, Phase.APPLYING, Phase.RANKING):
        raise WrongPhase(round_.phase.value)
    row = db.session.get(RoundSlot, (round_.id, slot_id))
    if row is None or row.withdrawn_at is not None:
        raise NotFound("slot")
    row.withdrawn_at = now
    audit.record(actor, "slot removed", round_, now=now, slot=slot_id)


def enrol_participants(round_: Round) -> None:
    """Give every approved student of the round's programmes a row and a pseudonym in the round.

    Several may do so at once: who is enrolled already stays as they are.
    """
    missing = db.session.scalars(
        sa.select(Student.id)
        .join(RoundProgramme, RoundProgramme.programme_id == Student.programme_id)
        .outerjoin(
            RoundStudent,
            sa.and_(RoundStudent.student_id == Student.id, RoundStudent.round_id == round_.id),
        )
        .where(
            RoundProgramme.round_id == round_.id,
            RoundStudent.student_id.is_(None),
            Student.approved_at.is_not(None),
        )
        .order_by(Student.id)
    ).all()
    if not missing:
        return
    insert = postgresql.insert if db.engine.dialect.name == "postgresql" else sqlite.insert
    db.session.execute(
        insert(RoundStudent).on_conflict_do_nothing(),
        [
            {
                "round_id": round_.id,
                "student_id": student_id,
                "code": lottery.pseudonym(round_.lottery_secret, student_id),
            }
            for student_id in missing
        ],
    )


def move(actor: Actor | None, round_: Round, following: Phase, *, now: datetime) -> None:
    """Move the round on. Raises WrongPhase where that may not follow, Conflict where someone was faster."""
    current = round_.phase
    if not may_follow(current, following):
        raise WrongPhase(current.value, wanted=following.value)
    changed = db.session.execute(
        sa.update(Round)
        .where(Round.id == round_.id, Round.phase == current)
        .values(phase=following)
        .execution_options(synchronize_session=False)
    )
    if changed.rowcount != 1:  # type: ignore[attr-defined]
        raise Conflict("phase_changed", phase=current.value)
    db.session.refresh(round_, ["phase"])
    audit.record(actor, "moved", round_, now=now, **{"from": current.value, "to": following.value})


def open_recruiting(actor: Actor, round_: Round, *, now: datetime) -> None:
    """Announce the round. Its rules, its calendar and the lottery's commitment are public from here.

    Raises DomainError: "no_programme", what :func:`check_calendar` raises, and "contended" where another
    round came to count on a slot's places meanwhile.
    """
    if not queries.programmes(round_.id):
        raise DomainError("no_programme")
    check_calendar({field: getattr(round_, field) for field in CALENDAR}, now)
    move(actor, round_, Phase.RECRUITING, now=now)
    contention.settle(round_, {row.slot_id for row in queries.round_slots(round_.id)}, now=now)
    enrol_participants(round_)


def cancel(actor: Actor, round_: Round, *, reason: str, now: datetime) -> None:
    """Call the round off and tell everyone in it why; a result that waits is never shown to anyone.

    Raises WrongPhase, DomainError("missing") where an announced round is called off without a reason.
    """
    words, announced = reason.strip()[:300], round_.phase is not Phase.DRAFT
    move(actor, round_, Phase.CANCELLED, now=now)
    if announced and not words:
        raise DomainError("missing", field="reason")
    announce(
        round_,
        "cancelled",
        subject=f"{round_.name} is cancelled",
        body=f"The round “{round_.name}” was cancelled by {round_.school.name}. Nobody is placed by it.\n"
        + (f"\nThe reason given: {words}\n" if words else ""),
        now=now,
    )


def announce(round_: Round, news: str, *, subject: str, body: str, now: datetime) -> None:
    """Write the same mail to everyone in the round, once per news and person."""
    groups = queries.addresses(round_.id, round_.school_id)
    people = dict(pair for group in groups.values() for pair in group)
    for user_id, address in sorted(people.items()):
        mail.enqueue(
            f"round:{round_.id}:{news}:{user_id}", recipient=address, subject=subject, body=body, now=now
        )


def _name_taken(round_: Round) -> bool:
    with db.session.no_autoflush:
        other = db.session.scalar(
            sa.select(Round.id).where(
                Round.school_id == round_.school_id,
                Round.name == round_.name,
                Round.id != (round_.id or 0),
            )
        )
    return other is not None
