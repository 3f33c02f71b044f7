"""A map of the states as SVG paths. The borders are us-atlas' (scripts/us_map.py); nothing is fetched."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from marketplace.us_states import STATES

_FILE = Path(__file__).parents[1] / "data" / "us_map.json"
#: The least count of each shade, from the lightest.
SHADES = (1, 3, 10, 30)


@dataclass(frozen=True, slots=True)
class Area:
    """A state on the map, and in the list beside it. ``shade``: 0 for none, then the darker the more."""

    code: str
    name: str
    path: str
    count: int
    shade: int


@lru_cache(maxsize=1)
def paths() -> dict[str, str]:
    """The path of each state that the map draws."""
    found: dict[str, str] = json.loads(_FILE.read_text(encoding="utf-8"))
    return found


def areas(counts: dict[str, int]) -> list[Area]:
    """Every state that the map draws or that has a count, by name."""
    codes = sorted(set(paths()) | set(counts), key=lambda code: STATES.get(code, code))
    return [
        Area(
            code,
            STATES.get(code, code),
            paths().get(code, ""),
            counts.get(code, 0),
            shade(counts.get(code, 0)),
        )
        for code in codes
    ]


def shade(count: int) -> int:
    """Which shade a count has."""
    return sum(count >= least for least in SHADES)
