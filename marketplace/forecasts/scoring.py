"""How good forecasts were, once it is known how it went. Pure.

The Brier score is the mean of (probability - outcome) squared: 0 is perfect, always saying 50 % scores 0.25.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import NamedTuple


class Verified(NamedTuple):
    """One forecast and whether it came true. ``group`` is the round it belongs to."""

    probability: float
    came: bool
    group: int = 0


def brier(forecasts: Sequence[Verified]) -> float:
    """The Brier score; 0.0 of none."""
    return sum((f.probability - f.came) ** 2 for f in forecasts) / max(1, len(forecasts))


@dataclass(frozen=True, slots=True)
class Bin:
    """Forecasts of about one probability: what was said on average, what came, and how sure that is."""

    low: float
    count: int
    said: float
    came: float
    margin: float

    @property
    def holds(self) -> bool:
        """Whether what came is within 7 points of what was said, or cannot be told from it (95 %)."""
        return abs(self.said - self.came) <= max(0.07, self.margin)


def bins(forecasts: Sequence[Verified], width: float = 0.1) -> list[Bin]:
    """The forecasts by tenths, without empty ones.

    ``margin`` is half the 95 % interval of (came - said) with rounds as clusters: students of one round
    share its luck, so that they are not as many cases as they are people.
    """
    sorted_in: dict[int, list[Verified]] = {}
    last = round(1 / width) - 1
    for forecast in forecasts:
        sorted_in.setdefault(min(last, int(forecast.probability / width + 1e-9)), []).append(forecast)
    return [_bin(number * width, inside) for number, inside in sorted(sorted_in.items())]


def _bin(low: float, inside: Sequence[Verified]) -> Bin:
    n = len(inside)
    said = sum(f.probability for f in inside) / n
    came = sum(f.came for f in inside) / n
    off: dict[int, float] = {}
    for f in inside:
        off[f.group] = off.get(f.group, 0.0) + (f.came - f.probability) - (came - said)
    groups = len(off)
    spread = sqrt(sum(each * each for each in off.values())) / n
    correction = sqrt(groups / (groups - 1)) if groups > 1 else 1.0
    return Bin(low, n, said, came, 1.96 * spread * correction)
