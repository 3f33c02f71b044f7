"""Release a decided round: everyone's result and everyone's mail in one transaction, at most once."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from marketplace.access import Actor
from marketplace.audit import services as audit
from marketplace.db import db
from marketplace.errors import Conflict, DomainError
from marketplace.rounds.models import Round
from marketplace.rounds.phases import Phase
from marketplace.rounds.policies import answers_close_at
from marketplace.rounds.services import announce, move
from marketplace.runs import matching_adapter
from marketplace.runs.models import Assignment, Origin, Placement, Publication, Seal
from marketplace.runs.queries import codes, official_run


def release(actor: Actor, round_: Round, *, now: datetime) -> Publication:
    """Publish the result: phase, assignments and everyone's mail in one transaction, at most once."""
    run = official_run(round_.id)
    if run is None or run.result is None:
        raise DomainError("no_result")
    move(actor, round_, Phase.RELEASED, now=now)
    if db.session.get(Publication, round_.id) is not None:
        raise Conflict("already_released")
    publication = Publication(
        round_id=round_.id, run_id=run.id, released_by_id=actor.user_id, released_at=now
    )
    round_.released_at = now
    db.session.add(publication)
    db.session.flush()
    assignments = _assignments(round_, run.result)
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


def _assignments(round_: Round, result_text: str) -> list[Assignment]:
    result = matching_adapter.read_result(result_text)
    ranks = _ranks(round_.id)
    students, slots = codes(round_.id)
    return [
        Assignment(
            round_id=round_.id,
            student_id=students[code],
            slot_id=slots[slot] if slot is not None else None,
            rank=ranks[code][slot] if slot is not None else None,
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


def _ranks(round_id: int) -> dict[str, dict[str, int]]:
    """1-based rank of every listed slot on every student's sealed list."""
    problem = matching_adapter.read_problem(db.session.get_one(Seal, round_id).problem)
    return {
        student.id: {slot: rank for rank, tier in enumerate(student.preferences, 1) for slot in tier}
        for student in problem.students
    }
