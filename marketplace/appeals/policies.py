"""Until when a student may appeal: working days after the release, to the round's closing hour."""

from __future__ import annotations

from datetime import datetime

from marketplace.rounds.models import Round
from marketplace.rounds.times import after_working_days, to_local


def until(round_: Round) -> datetime | None:
    """The last instant at which an appeal is taken; None in a round without appeals, or before release."""
    if round_.released_at is None or not round_.appeal_days:
        return None
    hour = to_local(round_.ranking_closes_at, round_.zone).time()
    return after_working_days(round_.released_at, round_.appeal_days, hour=hour, zone=round_.zone)


def accepts(round_: Round, now: datetime) -> bool:
    """Whether appeals are taken at `now`."""
    end = until(round_)
    return end is not None and now <= end
