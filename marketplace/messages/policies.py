"""Whether a student may write about a slot now, and whether the message goes through the coordinator."""

from __future__ import annotations

from enum import StrEnum

import sqlalchemy as sa

from marketplace.db import db
from marketplace.rounds.models import Round
from marketplace.rounds.phases import PUBLISHED
from marketplace.runs.models import Placement
from marketplace.slots.models import Slot
from marketplace.vocabulary import ContactPolicy

#: Messages a student may write in one day, over all conversations.
MOST_A_DAY = 20


class Way(StrEnum):
    """How a student's message reaches the facility."""

    DIRECT = "direct"
    COORDINATOR = "coordinator"
    CLOSED = "closed"


def way(slot: Slot, student_id: int) -> Way:
    """By the slot's contact policy; whoever is placed there may always write."""
    if slot.contact_policy is ContactPolicy.OPEN or _is_placed(slot.id, student_id):
        return Way.DIRECT
    return Way.COORDINATOR if slot.contact_policy is ContactPolicy.COORDINATOR else Way.CLOSED


def _is_placed(slot_id: int, student_id: int) -> bool:
    query = (
        sa.select(Placement.student_id)
        .join(Round, Round.id == Placement.round_id)
        .where(
            Placement.slot_id == slot_id,
            Placement.student_id == student_id,
            Placement.ended_at.is_(None),
            Round.phase.in_(PUBLISHED),
        )
    )
    return db.session.scalar(query.limit(1)) is not None
