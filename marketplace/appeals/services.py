"""File an appeal, take it back, decide it. A decision never takes a place from anybody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from marketplace.access import Actor
from marketplace.appeals import policies, queries
from marketplace.appeals.models import Appeal, Ground, Outcome, Remedy
from marketplace.audit import services as audit
from marketplace.db import db
from marketplace.errors import DomainError, NotFound
from marketplace.mail import services as mail
from marketplace.rounds import queries as rounds
from marketplace.rounds.models import Round
from marketplace.rounds.phases import PUBLISHED


def file(actor: Actor, round_id: int, *, ground: Ground, words: str, link: str, now: datetime) -> Appeal:
    """Write the student's appeal and tell the coordinators.

    Raises NotFound before release, DomainError("late", until=...) once time is up, ("missing") without words,
    ("filed") where one stands already.
    """
    round_, student = rounds.as_student(actor, round_id, lock=True)
    if round_.phase not in PUBLISHED:
        raise NotFound("result")
    if not policies.accepts(round_, now):
        raise DomainError("late", until=policies.until(round_))
    if not words.strip():
        raise DomainError("missing", field="words")
    appeal = queries.of_student(round_, student)
    if appeal is not None and appeal.withdrawn_at is None:
        raise DomainError("filed")
    appeal = appeal or Appeal(round_id=round_.id, student_id=student.id)
    appeal.ground, appeal.words = ground, words.strip()[:2000]
    appeal.filed_at, appeal.withdrawn_at = now, None
    db.session.add(appeal)
    db.session.flush()
    audit.record(actor, "appealed", appeal, now=now, ground=ground.value)
    _tell_coordinators(round_, appeal, link=link, now=now)
    mail.enqueue(
        f"appeal:{appeal.id}:received:{now.isoformat()}",
        recipient=actor.email,
        subject=f"{round_.name}: we have your appeal",
        body=f"Your appeal in “{round_.name}” is with your coordinators. You get a mail with the answer.\n",
        now=now,
    )
    return appeal


def take_back(actor: Actor, round_id: int, *, now: datetime) -> None:
    """End an appeal that is not decided yet. Raises NotFound where there is none."""
    round_, student = rounds.as_student(actor, round_id, lock=True)
    appeal = queries.of_student(round_, student)
    if appeal is None or appeal.withdrawn_at is not None or appeal.decided_at is not None:
        raise NotFound("appeal")
    appeal.withdrawn_at = now
    audit.record(actor, "took appeal back", appeal, now=now)


@dataclass(frozen=True)
class Decision:
    """What a coordinator decides. ``agreed``: the facility of the extra place said yes to one more."""

    outcome: Outcome
    reason: str
    remedy: Remedy | None = None
    slot_id: int | None = None
    agreed: bool = False


def decide(
    actor: Actor, round_id: int, appeal_id: int, decision: Decision, *, link: str, now: datetime
) -> Appeal:
    """Keep the decision and tell the student that there is one.

    Raises DomainError("decided"), or ("missing", field=...) for what the decision lacks.
    """
    round_ = rounds.coordinated(actor, round_id, lock=True)
    appeal = queries.one(round_, appeal_id, lock=True)
    if appeal.decided_at is not None:
        raise DomainError("decided")
    _require_whole(round_, decision)
    upheld = decision.outcome is Outcome.UPHELD
    appeal.outcome, appeal.reason = decision.outcome, decision.reason.strip()[:2000]
    appeal.remedy = decision.remedy if upheld else None
    appeal.remedy_slot_id = decision.slot_id if appeal.remedy is Remedy.EXTRA_PLACE else None
    appeal.decided_at, appeal.decided_by_id = now, actor.user_id
    db.session.flush()
    remedy = appeal.remedy.value if appeal.remedy else None
    audit.record(actor, f"appeal {decision.outcome.value}", appeal, now=now, remedy=remedy)
    mail.enqueue(
        f"appeal:{appeal.id}:decided",
        recipient=appeal.student.user.email,
        subject=f"{round_.name}: your appeal is answered",
        body=f"Your appeal in “{round_.name}” is answered. Sign in to read it:\n{link}\n",
        now=now,
    )
    return appeal


def _require_whole(round_: Round, decision: Decision) -> None:
    if not decision.reason.strip():
        raise DomainError("missing", field="reason")
    if decision.outcome is not Outcome.UPHELD:
        return
    if decision.remedy is None:
        raise DomainError("missing", field="remedy")
    if decision.remedy is Remedy.EXTRA_PLACE:
        if decision.slot_id not in {row.slot_id for row in rounds.round_slots(round_.id)}:
            raise DomainError("missing", field="slot")
        if not decision.agreed:
            raise DomainError("missing", field="agreed")


def _tell_coordinators(round_: Round, appeal: Appeal, *, link: str, now: datetime) -> None:
    for user_id, address in rounds.addresses(round_.id, round_.school_id)["coordinators"]:
        mail.enqueue(
            f"appeal:{appeal.id}:filed:{now.isoformat()}:{user_id}",
            recipient=address,
            subject=f"{round_.name}: an appeal waits for you",
            body=f"A student appeals in “{round_.name}”. Sign in to read it:\n{link}\n",
            now=now,
        )
