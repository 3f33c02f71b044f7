"""What earlier rounds teach about a night, from cases written down by hand."""

from __future__ import annotations

from random import Random

import pytest

from marketplace.forecasts.chances import MOST_CASES, AnswerPast, ListPast, Share, learn, prior


def late(programme: int, began: float | None, changed: float | None = None) -> ListPast:
    return ListPast(programme, (20.0, 18.0), began, changed)


def test_without_a_past_the_prior_holds_and_falls_as_the_deadline_nears() -> None:
    nights = [learn([], [], days) for days in (20, 7, 1)]
    assert [night == prior(days) for night, days in zip(nights, (20, 7, 1), strict=True)] == [True] * 3
    assert nights[0].others.mean > nights[1].others.mean > nights[2].others.mean > 0
    assert nights[0].answers.mean > nights[2].answers.mean


def test_only_those_without_a_list_on_that_day_teach_who_certifies_late() -> None:
    pasts = [late(1, 12.0)] * 50 + [late(1, 3.0)] * 30 + [late(1, None)] * 10
    week = learn(pasts, [], 7)
    assert week.others.cases == prior(7).others.cases + 40
    assert week.submits[1].mean == pytest.approx(0.75, abs=0.04)


def test_programmes_differ_and_a_small_one_is_near_the_school() -> None:
    pasts = [late(1, 3.0)] * 60 + [late(2, None)] * 60 + [late(3, 3.0)]
    found = learn(pasts, [], 7)
    assert found.submits[1].mean > 0.85 and found.submits[2].mean < 0.15
    assert abs(found.submits[3].mean - found.others.mean) < 0.05


def test_changes_of_those_who_applied_no_further_count_as_late_edits() -> None:
    pasts = [late(1, 12.0, 2.0)] * 20 + [late(1, 12.0)] * 80
    assert learn(pasts, [], 7).edits.mean == pytest.approx(0.2, abs=0.01)
    further = [ListPast(1, (20.0, 4.0), 12.0, 4.0)] * 50
    assert learn(pasts + further, [], 7).edits == learn(pasts, [], 7).edits


def test_how_many_more_slots_is_seen_by_how_many_there_are() -> None:
    pasts = [ListPast(1, (20.0, 4.0, 3.0))] * 2 + [ListPast(1, (20.0, 19.0, 18.0, 17.0))]
    one, _two, more = learn(pasts, [], 7, applying=True).further
    assert one.count(2) == 2 and more[-1] == 0
    assert learn(pasts, [], 7).further == ()


def test_answers_of_slots_that_were_silent_on_that_day() -> None:
    answers = (
        [AnswerPast(20.0, 3.0, 4, 3)] * 30 + [AnswerPast(20.0, None)] * 10 + [AnswerPast(20.0, 15.0, 4, 4)]
    )
    found = learn([], answers, 7)
    assert found.answers.cases == prior(7).answers.cases + 40
    assert found.accepts.mean == pytest.approx((30 * 3 + 4 + 0.85 * 6) / (31 * 4 + 6))


def test_draws_of_a_share_keep_its_mean_and_never_narrow_to_a_point() -> None:
    rng = Random(1)
    drawn = [Share(0.7, 100_000).drawn(rng) for _ in range(4_000)]
    mean = sum(drawn) / len(drawn)
    assert mean == pytest.approx(0.7, abs=0.01)
    spread = sum((each - mean) ** 2 for each in drawn) / len(drawn)
    assert spread == pytest.approx(0.7 * 0.3 / (MOST_CASES + 1), rel=0.1)
    assert Share(0.0, 5).drawn(rng) == 0.0 and Share(1.0, 5).drawn(rng) == 1.0
