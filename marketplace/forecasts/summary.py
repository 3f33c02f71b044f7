"""Counts over draws as what people read: probabilities with intervals, and totals from low to high. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from math import sqrt
from typing import Any

from marketplace.forecasts.market import Market
from marketplace.forecasts.simulation import Tally
from marketplace.runs.rehearsal import quantile


def interval(probability: float, draws: int) -> tuple[float, float]:
    """What so many draws say of a probability: Wilson's 95 % interval.

    >>> [round(each, 2) for each in interval(0.5, 400)], [round(each, 3) for each in interval(1.0, 400)]
    ([0.45, 0.55], [0.99, 1.0])
    """
    z = 1.96
    middle = (probability + z * z / (2 * draws)) / (1 + z * z / draws)
    half = z / (1 + z * z / draws) * sqrt(probability * (1 - probability) / draws + (z / (2 * draws)) ** 2)
    return max(0.0, middle - half), min(1.0, middle + half)


def totals(market: Market, tally: Tally, enrolled: Mapping[int, int]) -> dict[str, Any]:
    """Figures of one night: low, typical and high are the 5th, 50th and 95th of a hundred draws.

    Parameters
    ----------
    enrolled : students of the round by programme, with applications or without
    """
    low, typical, high = _spread([sum(draw.values()) for draw in tally.by_programme])
    return {
        "draws": tally.draws,
        "students": sum(enrolled.values()),
        "with_list": sum(person.wishes is not None for person in market.people),
        "applied": len(market.people),
        "places": sum(place.capacity for place in market.places),
        "placed_low": low,
        "placed_typical": typical,
        "placed_high": high,
        "programmes": [
            {"programme": programme, "students": students, "low": low, "typical": typical, "high": high}
            for programme, students in sorted(enrolled.items())
            for low, typical, high in [_spread([draw.get(programme, 0) for draw in tally.by_programme])]
        ],
        "kinds": _kinds(market, tally),
    }


def _kinds(market: Market, tally: Tally) -> list[dict[str, Any]]:
    """Places by kind of facility: filled in 95 % of draws, filled in some, empty."""
    places: Counter[str] = Counter()
    for place in market.places:
        places[place.kind] += place.capacity
    rows = []
    for kind, of in sorted(places.items()):
        low, _typical, high = _spread([draw.get(kind, 0) for draw in tally.by_kind])
        rows.append({"kind": kind, "places": of, "likely": low, "maybe": high - low, "empty": of - high})
    return rows


def _spread(values: Iterable[int]) -> tuple[int, int, int]:
    ordered = sorted(values)
    return quantile(ordered, 0.05), quantile(ordered, 0.5), quantile(ordered, 0.95)
