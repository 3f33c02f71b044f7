"""Read what runs left: the official run, and the way from a round's pseudonyms back to rows."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from marketplace.db import db
from marketplace.errors import NotFound
from marketplace.rounds.models import Round, RoundSlot, RoundStudent
from marketplace.runs import matching_adapter
from marketplace.runs.models import MatchRun, RunKind, RunState


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


@dataclass(frozen=True)
class Closure:
    """A slot that did not run: how many students it needed at least, and how many were left for it."""

    minimum: int
    had: int


def closures(run: MatchRun) -> dict[int, Closure]:
    """The slots that a decided run closed below their minimum, by row id. Part of the result: embargoed."""
    if run.result is None:
        return {}
    result = matching_adapter.read_result(run.result)
    _students, slots = codes(run.round_id)
    return {slots[each.slot]: Closure(each.minimum, each.had) for each in result.closed}


def require_round(round_id: int) -> Round:
    """Any round, for the operator's shell. Raises NotFound."""
    found = db.session.get(Round, round_id)
    if found is None:
        raise NotFound("round")
    return found
