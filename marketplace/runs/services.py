"""Rehearse, lock and seal, decide, release. Each is whole or not at all, and happens once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from marketplace.access import Actor
from marketplace.audit import services as audit
from marketplace.db import db, transaction
from marketplace.errors import Conflict, DomainError, NotFound
from marketplace.facilities.models import Facility
from marketplace.mail import services as mail
from marketplace.rounds import lottery, queries
from marketplace.rounds.models import Round, RoundSlot, RoundStudent
from marketplace.rounds.phases import Phase
from marketplace.rounds.services import announce, enrol_participants, move
from marketplace.runs import attempts, leases, matching_adapter, rehearsal
from marketplace.runs.models import Assignment, MatchRun, Publication, RunKind, RunState, Seal
from marketplace.slots.models import Slot

OFFICIAL_KEY = "official"


def rehearse(round_id: int, night: str, *, now: datetime, wall: datetime) -> bool:
    """Rehearse one round for one night; True if this call did it."""
    run_id = leases.ensure(round_id, RunKind.REHEARSAL, night, now=now)

    def work(attempt: str) -> None:
        with transaction() as session:
            round_ = session.get_one(Round, round_id)
            enrol_participants(round_)
            input_ = matching_adapter.build(round_)
            facts = _slot_facts(round_id)
            enrolled = _enrolled(round_id)
        outcome = _forecast(round_id, night, input_, facts, enrolled)
        with transaction():
            leases.finish(
                run_id,
                attempt,
                state=RunState.DONE,
                finished_at=now,
                problem_sha256=input_.problem.digest(),
                totals=outcome,
            )

    return attempts.make(run_id, work, now=now, wall=wall)


def _forecast(
    round_id: int,
    night: str,
    input_: matching_adapter.Input,
    facts: Mapping[str, rehearsal.SlotFacts],
    enrolled: int,
) -> dict[str, Any]:
    """The night's totals and at-risk students, by row id."""
    draws = [
        matching_adapter.draw(input_.problem, lottery.rehearsal_seed(round_id, night, k))
        for k in range(rehearsal.DRAWS)
    ]
    lengths = {s.id: sum(map(len, s.preferences)) for s in input_.problem.students}
    outcome = rehearsal.totals(draws, lengths, facts, enrolled=enrolled)
    risks = rehearsal.at_risk(draws, lengths)
    outcome["at_risk"] = {str(input_.student_ids[code]): risk for code, risk in risks.items()}
    return outcome


def _slot_facts(round_id: int) -> dict[str, rehearsal.SlotFacts]:
    rows = db.session.execute(
        sa.select(RoundSlot.code, Slot.capacity, Facility.kind)
        .join(Slot, Slot.id == RoundSlot.slot_id)
        .join(Facility, Facility.id == Slot.facility_id)
        .where(RoundSlot.round_id == round_id)
    )
    return {code: rehearsal.SlotFacts(capacity, kind.value) for code, capacity, kind in rows}


def _enrolled(round_id: int) -> int:
    count = db.session.scalar(
        sa.select(sa.func.count()).where(
            RoundStudent.round_id == round_id, RoundStudent.withdrawn_at.is_(None)
        )
    )
    return count or 0


def lock(round_: Round, *, now: datetime) -> Seal:
    """Freeze the input: the phase, the sealed problem and the mail about its root, in one transaction."""
    enrol_participants(round_)
    move(None, round_, Phase.LOCKED, now=now)
    input_ = matching_adapter.build(round_)
    leaf_root = lottery.root(input_.leaves)
    seed = round_.given_seed or lottery.round_seed(leaf_root, round_.draw_key or round_.lottery_secret)
    seal = Seal(
        round_id=round_.id,
        problem=input_.problem.replace(seed=seed).to_json(),
        problem_sha256=input_.problem.digest(),
        leaves=list(input_.leaves),
        root=leaf_root,
        sealed_at=now,
    )
    db.session.add(seal)
    db.session.flush()
    announce(
        round_,
        "locked",
        subject=f"{round_.name}: lists are closed",
        body=(
            f"The lists of “{round_.name}” closed and are sealed.\n\n"
            f"Number of lists: {len(input_.leaves)}\nRoot of their digests: {leaf_root}\n\n"
            "Keep this mail: with it you can check later that no list was changed.\n"
        ),
        now=now,
    )
    return seal


def decide(round_id: int, *, now: datetime, wall: datetime) -> bool:
    """The official run on the sealed input; True if this call did it. Verified before anyone sees it."""
    run_id = leases.ensure(round_id, RunKind.OFFICIAL, OFFICIAL_KEY, now=now)

    def work(attempt: str) -> None:
        with transaction() as session:
            sealed = session.get_one(Seal, round_id).problem
        problem = matching_adapter.read_problem(sealed)
        result = matching_adapter.decide(problem, problem.lottery.seed)
        with transaction() as session:
            leases.finish(
                run_id,
                attempt,
                state=RunState.DONE,
                finished_at=now,
                problem_sha256=result.problem_sha256,
                result=result.to_json(),
                totals={"placed": sum(1 for slot in result.assignment.values() if slot is not None)},
            )
            round_ = session.get_one(Round, round_id)
            move(None, round_, Phase.COMPUTED, now=now)
            _tell_coordinators(round_, now=now)

    return attempts.make(run_id, work, now=now, wall=wall)


def retry(round_id: int, *, now: datetime) -> None:
    """Let an official run that was given up be tried again. Raises NotFound, DomainError("not_failed")."""
    round_ = require_round(round_id)
    run = db.session.scalar(
        sa.select(MatchRun).where(MatchRun.round_id == round_id, MatchRun.kind == RunKind.OFFICIAL)
    )
    if run is None or not leases.retry(run.id):
        raise DomainError("not_failed", phase=round_.phase.value)
    audit.record(None, "official run retried", round_, now=now)


def _tell_coordinators(round_: Round, *, now: datetime) -> None:
    """The result is there to review. The mail says nothing of it."""
    for user_id, address in queries.addresses(round_.id, round_.school_id)["coordinators"]:
        mail.enqueue(
            f"round:{round_.id}:computed:{user_id}",
            recipient=address,
            subject=f"{round_.name}: the match is ready for your review",
            body=f"The match of “{round_.name}” ran and was verified. Review it and release it.\n",
            now=now,
        )


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
    db.session.add_all(_assignments(round_, run.result))
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


def _ranks(round_id: int) -> dict[str, dict[str, int]]:
    """1-based rank of every listed slot on every student's sealed list."""
    problem = matching_adapter.read_problem(db.session.get_one(Seal, round_id).problem)
    return {
        student.id: {slot: rank for rank, tier in enumerate(student.preferences, 1) for slot in tier}
        for student in problem.students
    }


def codes(round_id: int) -> tuple[dict[str, int], dict[str, int]]:
    """The round's pseudonyms to row ids: (students, slots)."""
    students = db.session.execute(
        sa.select(RoundStudent.code, RoundStudent.student_id).where(RoundStudent.round_id == round_id)
    )
    slots = db.session.execute(
        sa.select(RoundSlot.code, RoundSlot.slot_id).where(RoundSlot.round_id == round_id)
    )
    return {c: i for c, i in students}, {c: i for c, i in slots}


def official_run(round_id: int) -> MatchRun | None:
    """The finished official run, if there is one."""
    return db.session.scalar(
        sa.select(MatchRun).where(
            MatchRun.round_id == round_id,
            MatchRun.kind == RunKind.OFFICIAL,
            MatchRun.state == RunState.DONE,
        )
    )


def require_round(round_id: int) -> Round:
    """Any round, for the operator's shell. Raises NotFound."""
    found = db.session.get(Round, round_id)
    if found is None:
        raise NotFound("round")
    return found
