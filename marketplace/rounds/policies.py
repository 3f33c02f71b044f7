"""When what is allowed in a round. The server's arrival time decides, also where the nightly job is late."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from marketplace.db import db
from marketplace.errors import WrongPhase
from marketplace.rounds.models import Round, RoundSlot
from marketplace.rounds.phases import Phase
from marketplace.slots.policies import Hold

#: What a round fixes of its slots: from applying on the number of places; while sealed, that they exist.
COUNTED = frozenset(
    {Phase.APPLYING, Phase.RANKING, Phase.LOCKED, Phase.COMPUTED, Phase.RELEASED, Phase.CLEARING}
)
_SEALED = frozenset({Phase.LOCKED, Phase.COMPUTED})
#: How long the lock waits after the deadline: longer than a request can wait for the database.
LOCK_DELAY = timedelta(seconds=90)
OPEN = (Phase.RECRUITING, Phase.APPLYING, Phase.RANKING)


def accepts_applications(round_: Round, now: datetime) -> bool:
    """Whether students may apply at `now`."""
    return round_.phase in OPEN and round_.applying_opens_at <= now < round_.applying_closes_at


def accepts_lists(round_: Round, now: datetime) -> bool:
    """Whether either side may save and certify lists at `now`."""
    return round_.phase in OPEN and round_.ranking_opens_at <= now < round_.ranking_closes_at


def locks_at(round_: Round) -> datetime:
    """When the lists are sealed: every save that arrived in time has been answered by then."""
    return round_.ranking_closes_at + LOCK_DELAY


def require_applications(round_: Round, now: datetime) -> None:
    """Raise WrongPhase unless applications are open."""
    if not accepts_applications(round_, now):
        raise WrongPhase(round_.phase.value, closed_at=round_.applying_closes_at)


def require_lists(round_: Round, now: datetime) -> None:
    """Raise WrongPhase unless lists are open."""
    if not accepts_lists(round_, now):
        raise WrongPhase(round_.phase.value, closed_at=round_.ranking_closes_at)


def is_open(round_: Round, now: datetime) -> bool:
    """Whether the round is announced and its lists are not closed yet at `now`."""
    return round_.phase in OPEN and now < round_.ranking_closes_at


def answers_close_at(round_: Round, made_at: datetime) -> datetime:
    """By when both sides confirm a placement made at an instant: days later, at the round's closing hour."""
    closing = round_.ranking_closes_at.astimezone(round_.zone)
    last = made_at.astimezone(round_.zone).date() + timedelta(days=round_.confirm_days)
    return datetime.combine(last, closing.time(), round_.zone).astimezone(UTC)


def require_open(round_: Round, now: datetime) -> None:
    """Raise WrongPhase once lists are closed, also where the nightly job has not locked the round yet."""
    if not is_open(round_, now):
        raise WrongPhase(round_.phase.value, closed_at=round_.ranking_closes_at)


def holds_on(slot_id: int) -> frozenset[Hold]:
    """What the rounds a slot takes part in have fixed of it."""
    query = (
        sa.select(Round.phase)
        .join(RoundSlot, RoundSlot.round_id == Round.id)
        .where(RoundSlot.slot_id == slot_id, RoundSlot.withdrawn_at.is_(None))
    )
    phases = frozenset(db.session.scalars(query))
    found = {Hold.CAPACITY, Hold.TERMS} if phases & COUNTED else set()
    return frozenset(found | ({Hold.CLOSING} if phases & _SEALED else set()))
