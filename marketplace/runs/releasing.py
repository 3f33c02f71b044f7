"""Release a decided round: everyone's result and everyone's mail in one transaction, at most once."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from marketplace.access import Actor
from marketplace.audit import services as audit
from marketplace.db import db
from marketplace.errors import Conflict, DomainError, WrongPhase
from marketplace.filters import instant
from marketplace.mail import services as mail
from marketplace.rounds import queries as rounds
from marketplace.rounds.models import Round
from marketplace.rounds.phases import Phase
from marketplace.rounds.policies import answers_close_at
from marketplace.rounds.services import announce, move
from marketplace.runs import apart, holds, matching_adapter, superseding
from marketplace.runs.models import Assignment, MatchRun, Origin, Placement, Publication, ReleasePlan
from marketplace.runs.queries import codes, official_run


def release(actor: Actor, round_: Round, *, now: datetime) -> Publication:
    """Publish the result: phase, assignments and everyone's mail in one transaction, at most once.

    Raises DomainError("no_result"), ("held") while a hold stands, WrongPhase, Conflict.
    """
    return _publish(actor, round_, released_by_id=actor.user_id, now=now)


def plan(actor: Actor, round_: Round, at: datetime, *, now: datetime) -> ReleasePlan:
    """Have the result that waits released by itself at `at`; a plan that was there gives way.

    Raises WrongPhase, DomainError("past").
    """
    run = _waiting(round_)
    if at <= now:
        raise DomainError("past", field="release_at")
    found = db.session.get(ReleasePlan, run.id) or ReleasePlan(run_id=run.id)
    found.release_at, found.planned_at, found.planned_by_id = at, now, actor.user_id
    db.session.add(found)
    db.session.flush()
    audit.record(actor, "release planned", round_, now=now, at=at.isoformat())
    return found


def drop_plan(actor: Actor, round_: Round, *, now: datetime) -> None:
    """Take the plan back, if there is one; nothing is released by itself then. Raises WrongPhase."""
    found = db.session.get(ReleasePlan, _waiting(round_).id)
    if found is not None:
        db.session.delete(found)
        audit.record(actor, "release plan dropped", round_, now=now)


def planned(round_: Round) -> ReleasePlan | None:
    """When the result that waits is released by itself, if it is."""
    run = official_run(round_.id) if round_.phase is Phase.COMPUTED else None
    return db.session.get(ReleasePlan, run.id) if run else None


def release_if_due(round_: Round, *, now: datetime) -> bool:
    """Release a result whose planned instant has come.

    Where something blocks it the plan is dropped and the coordinators are told: when it is mended, a person
    decides anew, and nothing goes out by surprise.
    """
    found = planned(round_)
    if found is None or now < found.release_at:
        return False
    if obstacle(found.run_id) is None:
        _publish(None, round_, released_by_id=found.planned_by_id, now=now)
        return True
    _tell_held(round_, found, now=now)
    db.session.delete(found)
    audit.record(None, "planned release held", round_, now=now)
    return False


def obstacle(run_id: int) -> str | None:
    """What blocks the release of a run's result, as the reason of the error; None where nothing does."""
    if holds.standing(run_id):
        return "held"
    return "superseding" if superseding.opened(run_id) else None


def _waiting(round_: Round) -> MatchRun:
    """The run whose result waits to be released."""
    run = official_run(round_.id)
    if round_.phase is not Phase.COMPUTED or run is None:
        raise WrongPhase(round_.phase.value)
    return run


def _tell_held(round_: Round, found: ReleasePlan, *, now: datetime) -> None:
    """The mail says that somebody must look, and nothing of the result."""
    at = instant(found.release_at, round_.zone)
    for user_id, address in rounds.addresses(round_.id, round_.school_id)["coordinators"]:
        mail.enqueue(
            f"round:{round_.id}:held:{found.run_id}:{found.release_at.isoformat()}:{user_id}",
            recipient=address,
            subject=f"{round_.name}: the results were not released",
            body=(
                f"The release of “{round_.name}” was planned for {at}.\n"
                "It did not happen: a hold stands that a coordinator must look at first.\n"
                "Clear it, then release, or plan the release again.\n"
            ),
            now=now,
        )


def _publish(actor: Actor | None, round_: Round, *, released_by_id: int | None, now: datetime) -> Publication:
    run = official_run(round_.id)
    if run is None or run.result is None:
        raise DomainError("no_result")
    if (blocked := obstacle(run.id)) is not None:
        raise DomainError(blocked)
    move(actor, round_, Phase.RELEASED, now=now)
    if db.session.get(Publication, round_.id) is not None:
        raise Conflict("already_released")
    publication = Publication(
        round_id=round_.id, run_id=run.id, released_by_id=released_by_id, released_at=now
    )
    round_.released_at = now
    db.session.add(publication)
    db.session.flush()
    assignments = _assignments(round_, run)
    db.session.add_all(assignments)
    db.session.add_all(_placements(round_, assignments, now=now))
    announce(
        round_,
        "released",
        subject=f"{round_.name}: results are out",
        body=f"The results of “{round_.name}” are out. Sign in to see yours.\n",
        now=now,
    )
    db.session.flush()
    audit.record(actor, "released", round_, now=now, run=run.id)
    return publication


def _assignments(round_: Round, run: MatchRun) -> list[Assignment]:
    result = matching_adapter.read_result(run.result or "")
    ranks = apart.ranks(superseding.decided(run), result)
    students, slots = codes(round_.id)
    return [
        Assignment(
            round_id=round_.id,
            student_id=students[code],
            slot_id=slots[slot] if slot is not None else None,
            rank=ranks.get(code) if slot is not None else None,
        )
        for code, slot in sorted(result.assignment.items())
    ]


def _placements(round_: Round, assignments: Iterable[Assignment], *, now: datetime) -> list[Placement]:
    """What each assignment to a slot begins as."""
    return [
        Placement(
            round_id=round_.id,
            student_id=each.student_id,
            slot_id=each.slot_id,
            origin=Origin.MATCH,
            made_at=now,
            answer_by=answers_close_at(round_, now),
        )
        for each in assignments
        if each.slot_id is not None
    ]
