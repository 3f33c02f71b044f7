"""The forecasts beat both baselines and keep their word, over rounds made up by code that isn't theirs."""

from __future__ import annotations

import pytest

from tests.forecasts.evidence import HELD_OUT, HORIZONS, collect
from tests.forecasts.seasons import school


@pytest.mark.parametrize(
    ("first", "schools", "draws"),
    [
        pytest.param(0, 24, 80, id="some tuned on"),
        pytest.param(0, 220, 150, marks=pytest.mark.full, id="all tuned on"),
        pytest.param(HELD_OUT, 220, 150, marks=pytest.mark.full, id="all held out"),
    ],
)
def test_better_than_both_baselines_and_calibrated(first: int, schools: int, draws: int) -> None:
    """At full size 1,100 rounds, and as many that no prior was chosen by. `some` are 120 of them."""
    found = collect(schools=schools, draws=draws, first=first)
    for (who, day), evidence in found.items():
        mine, today, base = evidence.scores
        assert mine < today and mine < base, (who, day, evidence.scores)
        wrong = [each for each in evidence.judged if not each.holds]
        assert not wrong, (who, day, wrong)
    assert sum(len(found["students", day].judged) for day in HORIZONS) >= (20 if schools > 100 else 3)


def test_the_generator_does_what_it_says() -> None:
    """Lists are missing not at random, about a fifth of the standing ones change late, rounds differ."""
    seasons = [season for number in range(60) for season in school(number, 4)]
    people = [person for season in seasons for person in season.people]
    missing = [p.quality for p in people if not p.versions]
    there = [p.quality for p in people if p.versions]
    assert sum(missing) / len(missing) < -0.3 < 0 < sum(there) / len(there)
    listed = [p for p in people if p.list_at(14) is not None and min(p.applied.values()) >= 14]
    changed = sum(1 for p in listed if p.versions[-1][0] < 14) / len(listed)
    assert 0.15 < changed < 0.25, changed
