"""What a night's rehearsal says, from draws written down by hand."""

from __future__ import annotations

import pytest

from marketplace.runs import rehearsal
from marketplace.runs.models import RunState
from marketplace.runs.rehearsal import SlotFacts
from tests.factories import Factory
from tests.rounds.market import Market

SLOTS = {"a": SlotFacts(1, "hospital"), "b": SlotFacts(2, "clinic"), "c": SlotFacts(1, "clinic")}


def draws(
    *outcomes: tuple[str | None, str | None, str | None], times: int = 1
) -> list[dict[str, str | None]]:
    return [dict(zip(("s1", "s2", "s3"), outcome, strict=True)) for outcome in outcomes for _ in range(times)]


def test_totals_of_a_sure_thing() -> None:
    found = rehearsal.totals(
        draws(("a", "b", None), times=24), {"s1": 3, "s2": 1, "s3": 3}, SLOTS, enrolled=7
    )
    assert found == {
        "draws": 24,
        "students": 7,
        "with_list": 3,
        "short_lists": 1,
        "places": 4,
        "placed_low": 2,
        "placed_typical": 2,
        "placed_high": 2,
        "kinds": [
            {"kind": "clinic", "places": 3, "likely": 1, "maybe": 0, "empty": 2},
            {"kind": "hospital", "places": 1, "likely": 1, "maybe": 0, "empty": 0},
        ],
    }


def test_one_draw_in_twenty_four_is_no_more_than_a_tail() -> None:
    """5 % and 95 % of 24 draws: the first and the twenty-third in order."""
    rare = draws((None, None, None)) + draws(("a", "b", None), times=22) + draws(("a", "b", "c"))
    found = rehearsal.totals(rare, dict.fromkeys(("s1", "s2", "s3"), 3), SLOTS, enrolled=3)
    assert (found["placed_low"], found["placed_typical"], found["placed_high"]) == (0, 2, 2)


@pytest.mark.parametrize(
    ("share", "value"), [(0.05, 1), (0.25, 2), (0.5, 5), (0.75, 8), (0.95, 10), (1.0, 10), (0.0, 1)]
)
def test_quantiles_are_values_that_occurred(share: float, value: int) -> None:
    assert rehearsal.quantile(list(range(1, 11)), share) == value


def test_at_risk_from_a_quarter_of_the_draws_on() -> None:
    outcomes = (
        draws(("a", "b", None), times=6) + draws(("a", None, "c"), times=5) + draws(("a", "b", "c"), times=13)
    )
    found = rehearsal.at_risk(outcomes, {"s1": 2, "s2": 3, "s3": 3})
    assert found == {
        "s1": {"reasons": ["short_list"], "unplaced": 0, "draws": 24},
        "s3": {"reasons": ["unplaced"], "unplaced": 6, "draws": 24},
    }


@pytest.mark.both_databases
def test_a_round_without_lists_or_slots_rehearses_and_decides_to_nothing(make: Factory) -> None:
    """Coordinators start with an empty round; nothing may fail on it."""
    market = Market(make, students=1, slots=0)
    assert "rehearsed 2026-11-03" in market.acts(1)
    (run,) = market.runs()
    assert run.totals and run.totals["placed_high"] == 0 and run.totals["kinds"] == []
    assert market.acts(8) == ["opened ranking", "locked", "decided"]


@pytest.mark.both_databases
def test_the_totals_name_no_place_of_anyone(make: Factory) -> None:
    market = Market(make, students=4)
    for student in market.students[:3]:
        market.apply(student)
        market.rank(student, *market.slots)
    market.nightly(5)
    (run,) = market.runs()
    assert run.state is RunState.DONE and run.result is None and run.totals
    assert (run.totals["students"], run.totals["with_list"], run.totals["places"]) == (4, 3, 2)
    assert run.totals["placed_low"] == run.totals["placed_high"] == 2
    assert set(run.totals["at_risk"]) == {str(student.id) for student in market.students[:3]}
    text = str(run.totals)
    assert not any(code in text for codes in market.codes() for code in codes)
