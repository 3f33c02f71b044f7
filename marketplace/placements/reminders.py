"""Remind whoever has not answered, two days before they should have. Each placement is reminded of once."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa

from marketplace.db import db
from marketplace.filters import instant
from marketplace.placements import letters, queries
from marketplace.placements.policies import LIVE
from marketplace.rounds.models import Round
from marketplace.runs.models import Placement

AHEAD = timedelta(days=2)


def send(now: datetime) -> int:
    """Remind both sides of each placement whose date is near; how many placements that were."""
    query = (
        sa.select(Placement, Round)
        .join(Round, Round.id == Placement.round_id)
        .where(
            Placement.ended_at.is_(None),
            Placement.reminded_at.is_(None),
            Placement.answer_by > now,
            Placement.answer_by <= now + AHEAD,
            Round.phase.in_(LIVE),
            sa.or_(Placement.student_confirmed_at.is_(None), Placement.host_confirmed_at.is_(None)),
        )
        .order_by(Placement.id)
        .with_for_update(of=Placement, skip_locked=True)
    )
    found = db.session.execute(queries.with_people(query)).all()
    for placement, round_ in found:
        placement.reminded_at = now
        _remind(placement, round_, now)
    return len(found)


def _remind(placement: Placement, round_: Round, now: datetime) -> None:
    until = instant(placement.answer_by, round_.zone)
    if placement.student_confirmed_at is None:
        letters.to_student(
            placement,
            "reminder",
            subject=f"{round_.name}: please confirm your place",
            body=f"Sign in and say until {until} whether you take your place in “{round_.name}”.\n",
            now=now,
        )
    if placement.host_confirmed_at is None:
        slot = placement.slot
        letters.to_hosts(
            slot,
            f"placements:{round_.id}:{slot.id}:{placement.answer_by:%Y%m%d}:reminder",
            subject=f"{round_.name}: please confirm who comes for “{slot.title}”",
            body=(
                f"Please say until {until} whether you expect the students placed at “{slot.title}”: sign "
                "in, or open the link that we mailed you when the results came out.\n"
            ),
            now=now,
        )
