"""When what is allowed in a round. The server's arrival time decides, also where the nightly job is late."""

from __future__ import annotations

from datetime import datetime

from marketplace.errors import WrongPhase
from marketplace.rounds.models import Round
from marketplace.rounds.phases import Phase

_OPEN = (Phase.RECRUITING, Phase.APPLYING, Phase.RANKING)


def accepts_applications(round_: Round, now: datetime) -> bool:
    """Whether students may apply at `now`."""
    return round_.phase in _OPEN and round_.applying_opens_at <= now < round_.applying_closes_at


def accepts_lists(round_: Round, now: datetime) -> bool:
    """Whether either side may save and certify lists at `now`."""
    return round_.phase in _OPEN and round_.ranking_opens_at <= now < round_.ranking_closes_at


def require_applications(round_: Round, now: datetime) -> None:
    """Raise WrongPhase unless applications are open."""
    if not accepts_applications(round_, now):
        raise WrongPhase(round_.phase.value, closed_at=round_.applying_closes_at)


def require_lists(round_: Round, now: datetime) -> None:
    """Raise WrongPhase unless lists are open."""
    if not accepts_lists(round_, now):
        raise WrongPhase(round_.phase.value, closed_at=round_.ranking_closes_at)
