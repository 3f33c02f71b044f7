"""Brier scores and calibration, by hand; and that bad forecasts are found out."""

from __future__ import annotations

import random

import pytest

from marketplace.forecasts.scoring import Verified, bins, brier


def test_brier_by_hand() -> None:
    assert brier([Verified(1.0, True), Verified(0.5, False)]) == pytest.approx(0.125)
    assert brier([]) == 0.0


def made(true: float, said: float, *, rounds: int = 60, seed: int = 3) -> list[Verified]:
    rng = random.Random(seed)
    return [Verified(said, rng.random() < true, group) for group in range(rounds) for _ in range(20)]


def test_an_honest_tenth_holds_and_a_liar_is_found_out() -> None:
    (honest,) = bins(made(0.62, 0.62))
    assert honest.holds and honest.count == 1_200 and honest.low == pytest.approx(0.6)
    (liar,) = bins(made(0.50, 0.62))
    assert not liar.holds


def test_a_round_that_goes_all_one_way_is_one_case() -> None:
    """The interval of forecasts whose rounds share their luck is far wider than that of as many people."""
    rng = random.Random(5)
    lucky = [Verified(0.5, luck, g) for g in range(30) for luck in [rng.random() < 0.5] for _ in range(40)]
    alone = [Verified(0.5, rng.random() < 0.5, g) for g in range(1_200)]
    assert bins(lucky)[0].margin > 4 * bins(alone)[0].margin


def test_one_belongs_to_the_last_tenth() -> None:
    assert [each.low for each in bins([Verified(1.0, True), Verified(0.0, False)])] == [
        0.0,
        pytest.approx(0.9),
    ]
