"""The phases of a round and which may follow which. Imports nothing of ours."""

from __future__ import annotations

from enum import StrEnum


class Phase(StrEnum):
    """Where a round stands. Results exist from COMPUTED on and are embargoed until RELEASED."""

    DRAFT = "draft"
    RECRUITING = "recruiting"
    APPLYING = "applying"
    RANKING = "ranking"
    LOCKED = "locked"
    COMPUTED = "computed"
    RELEASED = "released"
    CLEARING = "clearing"
    CLOSED = "closed"
    ARCHIVED = "archived"
    CANCELLED = "cancelled"


_CANCELLABLE = (Phase.DRAFT, Phase.RECRUITING, Phase.APPLYING, Phase.RANKING, Phase.LOCKED, Phase.COMPUTED)

TRANSITIONS: dict[Phase, frozenset[Phase]] = {
    Phase.DRAFT: frozenset({Phase.RECRUITING}),
    Phase.RECRUITING: frozenset({Phase.APPLYING}),
    Phase.APPLYING: frozenset({Phase.RANKING}),
    Phase.RANKING: frozenset({Phase.LOCKED}),
    Phase.LOCKED: frozenset({Phase.COMPUTED}),
    Phase.COMPUTED: frozenset({Phase.RELEASED, Phase.LOCKED}),
    Phase.RELEASED: frozenset({Phase.CLEARING, Phase.CLOSED}),
    Phase.CLEARING: frozenset({Phase.CLOSED}),
    Phase.CLOSED: frozenset({Phase.ARCHIVED}),
    Phase.ARCHIVED: frozenset(),
    Phase.CANCELLED: frozenset({Phase.ARCHIVED}),
}
for _phase in _CANCELLABLE:
    TRANSITIONS[_phase] |= {Phase.CANCELLED}

#: Phases in which lists may still change, so a rehearsal says something.
REHEARSABLE = frozenset({Phase.APPLYING, Phase.RANKING})
#: Phases after which a result may be shown to participants.
PUBLISHED = frozenset({Phase.RELEASED, Phase.CLEARING, Phase.CLOSED, Phase.ARCHIVED})
#: Phases in which a round is over, and with it every consent given for it.
OVER = frozenset({Phase.CLOSED, Phase.ARCHIVED, Phase.CANCELLED})


def may_follow(current: Phase, following: Phase) -> bool:
    """Whether a round in `current` may move to `following`.

    >>> may_follow(Phase.RANKING, Phase.LOCKED), may_follow(Phase.LOCKED, Phase.RANKING)
    (True, False)
    """
    return following in TRANSITIONS[current]
