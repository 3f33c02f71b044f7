"""The stages of a round as its calendar has them, for everyone who takes part. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from marketplace.rounds.models import Round


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage: ``state`` is "done", "now" or "next"."""

    key: str
    begins: datetime
    ends: datetime
    state: str


def stages(round_: Round, now: datetime) -> list[Stage]:
    """What happens in the round and when. They may overlap, so two can be going on."""
    spans = (
        ("recruit", round_.recruiting_opens_at, round_.applying_opens_at),
        ("apply", round_.applying_opens_at, round_.applying_closes_at),
        ("rank", round_.ranking_opens_at, round_.ranking_closes_at),
        ("match", round_.ranking_closes_at, round_.release_planned_at),
        ("result", round_.release_planned_at, round_.release_planned_at),
    )
    return [Stage(key, begins, ends, _state(round_, key, begins, ends, now)) for key, begins, ends in spans]


def _state(round_: Round, key: str, begins: datetime, ends: datetime, now: datetime) -> str:
    if round_.released_at is not None or (now >= ends and key != "result"):
        return "done"
    return "now" if now >= begins else "next"
