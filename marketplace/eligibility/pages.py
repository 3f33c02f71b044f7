"""What every page may ask about eligibility: template functions, so that lower features can show it."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa
from flask import Flask

from marketplace.access import current_actor
from marketplace.accounts.models import Role
from marketplace.db import db
from marketplace.eligibility import display, queries
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
    taking_part = (
        sa.select(RoundSlot.slot_id, Round)
        .join(Round, Round.id == RoundSlot.round_id)
        .where(
            RoundSlot.slot_id.in_(slot_ids),
            RoundSlot.withdrawn_at.is_(None),
            Round.phase.in_(OPEN),
            rounds.is_student_in(actor),
        )
        .order_by(Round.ranking_closes_at.desc(), Round.id.desc())
    )
    round_of: dict[int, Round] = {slot_id: round_ for slot_id, round_ in db.session.execute(taking_part)}
    by_round: dict[Round | None, list[int]] = {}
    for slot_id in slot_ids:
        by_round.setdefault(round_of.get(slot_id), []).append(slot_id)
    found: dict[int, dict[str, str]] = {}
    for round_, ids in by_round.items():
        for slot_id, verdict in queries.of_student(mine[0].id, ids, round_).items():
            mark = display.mark(verdict)
            if mark is not None:
                found[slot_id] = mark
    return found


def init_app(app: Flask) -> None:
    """Give templates the functions."""
    app.jinja_env.globals["slot_marks"] = slot_marks
    app.jinja_env.globals["eligibility_lines"] = display.lines
    app.jinja_env.globals["eligibility_summary"] = display.summary
