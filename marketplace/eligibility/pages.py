"""What every page may ask about eligibility: template functions, so that lower features can show it."""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from flask import Flask

from marketplace.access import current_actor
from marketplace.accounts.models import Role
from marketplace.db import db
from marketplace.eligibility import display, queries
from marketplace.eligibility.facts import Policy
from marketplace.rounds import queries as rounds
from marketplace.rounds.models import Round, RoundSlot
from marketplace.rounds.policies import OPEN
from marketplace.students import queries as students


def slot_marks(slot_ids: Collection[int]) -> dict[int, dict[str, str]]:
    """A few words for each slot in a list where something is in the way of the student who looks."""
    actor = current_actor()
    if actor is None or not actor.has(Role.STUDENT) or not slot_ids:
        return {}
    mine = [student for student in students.for_user(actor.user_id) if student.approved_at is not None]
    if not mine:
        return {}
    values = {"slots": list(slot_ids), "user": actor.user_id}
    in_round: dict[int, tuple[int, Policy]] = {
        slot_id: (round_id, Policy(rule, due_on))
        for slot_id, round_id, rule, due_on in db.session.execute(_taking_part(), values)
    }
    by_round: dict[tuple[int | None, Policy], list[int]] = {}
    for slot_id in slot_ids:
        by_round.setdefault(in_round.get(slot_id, (None, Policy())), []).append(slot_id)
    found: dict[int, dict[str, str]] = {}
    for (round_id, policy), ids in by_round.items():
        for slot_id, verdict in queries.of_student_by(mine[0].id, ids, round_id, policy).items():
            mark = display.mark(verdict)
            if mark is not None:
                found[slot_id] = mark
    return found


@lru_cache(maxsize=1)
def _taking_part() -> sa.Select[Any]:
    """The open rounds of the student in which slots take part; of several the first to close comes last."""
    round_, taken = Round.__table__.c, RoundSlot.__table__.c
    return (
        sa.select(taken.slot_id, round_.id, round_.agreement_rule, round_.agreements_due_on)
        .join_from(RoundSlot.__table__, Round.__table__, round_.id == taken.round_id)
        .where(
            taken.slot_id.in_(sa.bindparam("slots", expanding=True)),
            taken.withdrawn_at.is_(None),
            round_.phase.in_(OPEN),
            rounds.is_person_in(sa.bindparam("user", type_=sa.Integer)),
        )
        .order_by(round_.ranking_closes_at.desc(), round_.id.desc())
    )


def init_app(app: Flask) -> None:
    """Give templates the functions."""
    app.jinja_env.globals["slot_marks"] = slot_marks
    app.jinja_env.globals["eligibility_lines"] = display.lines
    app.jinja_env.globals["eligibility_summary"] = display.summary
