"""A slot that rounds count on changes in what decides who may come: every such round says so in public."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from marketplace.db import db
from marketplace.facilities.models import Site
from marketplace.filters import day
from marketplace.rounds import changes
from marketplace.rounds.models import Round, RoundSlot
from marketplace.rounds.policies import COUNTED
from marketplace.slots.models import Slot
from marketplace.vocabulary import Silence


def publish(slot: Slot, changed: Mapping[str, tuple[Any, Any]], reason: str, now: datetime) -> None:
    """Write it into the log of each round that counts on the slot, and tell everyone in it."""
    query = (
        sa.select(Round)
        .join(RoundSlot, RoundSlot.round_id == Round.id)
        .where(RoundSlot.slot_id == slot.id, RoundSlot.withdrawn_at.is_(None), Round.phase.in_(COUNTED))
        .options(joinedload(Round.school))
        .order_by(Round.id)
    )
    before, after = (
        f"{slot.facility.name}, {slot.title}: "
        + ", ".join(_said(name, pair[side]) for name, pair in changed.items())
        for side in (0, 1)
    )
    for round_ in db.session.scalars(query).all():
        changes.publish(round_, {"slot_terms": [before, after]}, reason=reason, now=now)


def _said(name: str, value: Any) -> str:
    if name == "site_id":
        return f"at {db.session.get_one(Site, value).name}"
    if name in ("starts_on", "ends_on"):
        return f"{'from' if name == 'starts_on' else 'to'} {day(value)}"
    if name == "hours":
        return f"{value} hours"
    if name == "silence":
        return "without a list any eligible applicant" if value is Silence.ANY else "without a list nobody"
    if name == "modality":
        return str(value.value).replace("-", " ")
    named = ", ".join(value) or "none"
    return f"credentials asked for: {named}" if name == "credentials" else f"other fields welcome: {named}"
