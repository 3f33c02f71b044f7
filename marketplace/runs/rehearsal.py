"""What a night's rehearsal says: totals and who is at risk, over draws of the lottery. Pure.

It never hands out an assignment: a hypothetical place would mislead, and coordinators see none either.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

DRAWS = 24
SHORT_LIST = 3

Assignment = Mapping[str, str | None]


@dataclass(frozen=True)
class SlotFacts:
    """What the totals need of a slot: its capacity and the kind of its facility."""

    capacity: int
    kind: str


def totals(
    draws: Sequence[Assignment], lengths: Mapping[str, int], slots: Mapping[str, SlotFacts], *, enrolled: int
) -> dict[str, Any]:
    """Figures of one night.

    Parameters
    ----------
    draws : one assignment (student code to slot code or None) per lottery draw, at least one
    lengths : list length of every student in the run
    slots : the slots in the run
    enrolled : students of the round, with a list or without
    """
    placed = sorted(sum(1 for slot in draw.values() if slot is not None) for draw in draws)
    return {
        "draws": len(draws),
        "students": enrolled,
        "with_list": len(lengths),
        "short_lists": sum(1 for length in lengths.values() if length < SHORT_LIST),
        "places": sum(facts.capacity for facts in slots.values()),
        "placed_low": quantile(placed, 0.05),
        "placed_typical": quantile(placed, 0.5),
        "placed_high": quantile(placed, 0.95),
        "kinds": _kinds(draws, slots),
    }


def at_risk(draws: Sequence[Assignment], lengths: Mapping[str, int]) -> dict[str, dict[str, Any]]:
    """Student code to why they are at risk: unplaced in a quarter of the draws or more, or a short list."""
    found: dict[str, dict[str, Any]] = {}
    for code in sorted(lengths):
        missed = sum(1 for draw in draws if draw[code] is None)
        reasons = ["unplaced"] if missed * 4 >= len(draws) else []
        reasons += ["short_list"] if lengths[code] < SHORT_LIST else []
        if reasons:
            found[code] = {"reasons": reasons, "unplaced": missed, "draws": len(draws)}
    return found


def _kinds(draws: Sequence[Assignment], slots: Mapping[str, SlotFacts]) -> list[dict[str, Any]]:
    """Places by kind of facility: filled in 95 % of draws, filled in some, empty."""
    filled: dict[str, list[int]] = {kind: [] for kind in sorted({s.kind for s in slots.values()})}
    for draw in draws:
        count = Counter(slots[slot].kind for slot in draw.values() if slot is not None)
        for kind, values in filled.items():
            values.append(count[kind])
    rows = []
    for kind, values in filled.items():
        places = sum(s.capacity for s in slots.values() if s.kind == kind)
        low, high = quantile(sorted(values), 0.05), quantile(sorted(values), 0.95)
        rows.append(
            {"kind": kind, "places": places, "likely": low, "maybe": high - low, "empty": places - high}
        )
    return rows


def quantile(ordered: Sequence[int], share: float) -> int:
    """The value below which `share` of the sorted values lie, without interpolation.

    >>> quantile([1, 2, 3, 4], 0.5), quantile([7], 0.95)
    (2, 7)
    """
    return ordered[max(0, min(len(ordered) - 1, round(share * len(ordered)) - 1))]
