"""Rehearse one round for one night, once: its figures are kept, its assignments are not."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from marketplace.db import db, transaction
from marketplace.facilities.models import Facility
from marketplace.rounds import lottery
from marketplace.rounds.models import Round, RoundSlot, RoundStudent
from marketplace.rounds.services import enrol_participants
from marketplace.runs import attempts, leases, matching_adapter, rehearsal
from marketplace.runs.models import RunKind, RunState
from marketplace.slots.models import Slot


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
    given = {student for student, _slot in input_.problem.preassigned}
    lengths = {s.id: sum(map(len, s.preferences)) for s in input_.problem.students if s.id not in given}
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
