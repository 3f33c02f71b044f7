"""What every page may ask about eligibility: template functions, so that lower features can show it."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa
from flask import Flask

from marketplace.access import Actor, current_actor
from marketplace.accounts.models import Role
from marketplace.db import db
from marketplace.eligibility import display, queries
from marketplace.eligibility.facts import Policy
from marketplace.rounds import queries as rounds
from marketplace.rounds.models import Round, RoundSlot
from marketplace.rounds.policies import OPEN
from marketplace.students import queries as students

_TAKEN = RoundSlot.__table__.c
_TAKING_PART = sa.select(_TAKEN.slot_id, _TAKEN.round_id).where(
    _TAKEN.slot_id.in_(sa.bindparam("slots", expanding=True)),
    _TAKEN.round_id.in_(sa.bindparam("rounds", expanding=True)),
    _TAKEN.withdrawn_at.is_(None),
)


def slot_marks(slot_ids: Collection[int]) -> dict[int, dict[str, str]]:
    """A few words for each slot in a list where something is in the way of the student who looks."""
    actor = current_actor()
    if actor is None or not actor.has(Role.STUDENT) or not slot_ids:
        return {}
    mine = [student for student in students.for_user(actor.user_id) if student.approved_at is not None]
    if not mine:
        return {}
    by_round: dict[int | None, list[int]] = {}
    policies = {None: Policy()} | {r.id: queries.policy_of(r) for r in _open_rounds(actor)}
    round_of = _round_of(slot_ids, [id_ for id_ in policies if id_ is not None])
    for slot_id in slot_ids:
        by_round.setdefault(round_of.get(slot_id), []).append(slot_id)
    found: dict[int, dict[str, str]] = {}
    for round_id, ids in by_round.items():
        for slot_id, verdict in queries.of_student_by(mine[0].id, ids, round_id, policies[round_id]).items():
            mark = display.mark(verdict)
            if mark is not None:
                found[slot_id] = mark
    return found


def _open_rounds(actor: Actor) -> list[Round]:
    """The student's rounds that go on, the first to close last."""
    mine = [round_ for round_ in rounds.rounds_of_student(actor) if round_.phase in OPEN]
    return sorted(mine, key=lambda round_: (round_.ranking_closes_at, round_.id), reverse=True)


def _round_of(slot_ids: Collection[int], round_ids: list[int]) -> dict[int, int]:
    """The round that each slot takes part in; of several the last of `round_ids`."""
    if not round_ids:
        return {}
    rows = db.session.execute(_TAKING_PART, {"slots": list(slot_ids), "rounds": round_ids})
    pairs = sorted(((slot_id, round_id) for slot_id, round_id in rows), key=lambda p: round_ids.index(p[1]))
    return dict(pairs)


def init_app(app: Flask) -> None:
    """Give templates the functions."""
    app.jinja_env.globals["slot_marks"] = slot_marks
    app.jinja_env.globals["eligibility_lines"] = display.lines
    app.jinja_env.globals["eligibility_summary"] = display.summary
