"""Until when placements can change: from a round's release until it is closed."""

from __future__ import annotations

from marketplace.errors import DomainError
from marketplace.rounds.models import Round
from marketplace.rounds.phases import Phase

LIVE = (Phase.RELEASED, Phase.CLEARING)


def require_live(round_: Round) -> None:
    """Refuse what can't be changed any more."""
    if round_.phase not in LIVE:
        raise DomainError("round_over", phase=round_.phase.value)
