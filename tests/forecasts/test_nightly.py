"""Forecasts of real rows: once a night, nobody's place kept, mailed when there is news, scored at the end."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
import sqlalchemy as sa

from marketplace.audit.models import AuditEvent
from marketplace.db import db
from marketplace.forecasts import history, queries, services
from marketplace.forecasts.chances import AnswerPast, ListPast
from marketplace.forecasts.models import Forecast
from marketplace.rounds.models import Round
from marketplace.runs.nightly import night_of
from tests.factories import Factory
from tests.rounds.market import DAY, START, Market


def forecasts(market: Market) -> Sequence[Forecast]:
    return market.read(lambda: queries.nights(market.round_id))


def chances(market: Market) -> dict[int, float]:
    last = forecasts(market)[-1]
    return market.read(lambda: queries.probabilities(last))[0]


@pytest.mark.both_databases
def test_one_forecast_a_night_however_often_the_job_runs(make: Factory) -> None:
    market = Market(make, students=3)
    for student in market.students[:2]:
        market.apply(student)
    market.rank(market.students[0], *market.slots)
    assert not market.nightly(5).undone
    first = forecasts(market)
    assert not market.nightly(5.1).undone
    assert [f.id for f in forecasts(market)] == [f.id for f in first] and len(first) == 1
    market.nightly(6)
    assert len(forecasts(market)) == 2
    with make.app.app_context():
        night = night_of(market.round, START + 6 * DAY)
        assert services.make(market.round_id, night, now=START + 6 * DAY) is False, "the key refuses a second"
    (one, two) = forecasts(market)
    assert one.days_left == pytest.approx(3, abs=0.01) and two.days_left == pytest.approx(2, abs=0.01)


@pytest.mark.both_databases
def test_probabilities_are_of_those_who_applied_and_fit_the_lists(make: Factory) -> None:
    market = Market(make, students=4)
    listed, silent, nowhere, barred = market.students
    for student in (listed, silent, barred):
        market.apply(student)
    market.rank(listed, *market.slots)
    market.rank(barred, *market.slots)
    for slot in market.slots:
        market.tier(slot, [listed], [silent])
    market.nightly(7.9)
    found = chances(market)
    assert set(found) == {listed.id, silent.id, barred.id} and nowhere.id not in found
    assert found[listed.id] == 1.0, "first on every slot's list"
    assert found[barred.id] == 0.0, "on no slot's list"
    assert 0.05 < found[silent.id] < 0.7, "a place is there, if a list comes"
    (night,) = forecasts(market)
    totals = night.totals
    assert (totals["students"], totals["applied"], totals["with_list"], totals["places"]) == (4, 3, 2, 2)
    assert totals["placed_low"] == 1 and totals["placed_high"] == 2
    assert totals["programmes"] == [
        {"programme": market.programme.id, "students": 4, "low": 1, "typical": 1, "high": 2}
    ]
    slots = market.read(lambda: queries.slots(night))
    assert sum(slot.taken for slot in slots) == pytest.approx(sum(found.values()))


@pytest.mark.both_databases
def test_earlier_rounds_of_the_school_are_cases_to_learn_from(make: Factory) -> None:
    """When lists began and changed, when slots answered and whom they took; drafts count as the rules say."""
    market = Market(make, students=4, use_last_draft=True)
    for student in market.students:
        market.apply(student, day=2)
    steady, fickle, draft, _silent = market.students
    market.rank(steady, *market.slots, day=4.5)
    market.rank(fickle, *market.slots, day=5)
    market.rank(fickle, market.slots[0], day=7)
    market.rank(draft, market.slots[1], certify=False, day=6)
    market.tier(market.slots[0], [steady, fickle], day=6)
    market.nightly(8)
    later = make.round(market.school, programmes=[market.programme], ranking_closes_at=START + 60 * DAY)

    def read() -> tuple[list[ListPast], list[AnswerPast]]:
        return history.pasts(db.session.get_one(Round, later.id))

    lists, answers = market.read(read)
    assert [(_day(p.began), _day(p.changed)) for p in lists] == [(3.5, None), (3, 1), (2, None), (None, None)]
    assert {tuple(map(_day, p.applied)) for p in lists} == {(6, 6)}
    assert {p.programme_id for p in lists} == {market.programme.id}
    assert [(_day(a.asked), _day(a.began), a.applicants, a.accepted) for a in answers] == [
        (6, 2, 4, 2),
        (6, None, 0, 0),
    ]
    earlier = make.round(market.school, programmes=[market.programme], ranking_closes_at=START + 5 * DAY)
    assert market.read(lambda: history.pasts(db.session.get_one(Round, earlier.id))) == ([], [])


def _day(days: float | None) -> float | None:
    return None if days is None else round(days, 1)


@pytest.mark.both_databases
def test_mail_goes_out_when_something_changed_and_not_otherwise(make: Factory) -> None:
    market = Market(make, students=2)
    market.apply(market.students[0])
    market.nightly(2)
    (mail,) = market.mail("fixes")
    assert "1 student has not applied anywhere" in mail.body and "/rounds/" in mail.body
    assert market.students[1].user.name not in mail.body, "names stay behind the sign-in"
    market.nightly(3)
    assert len(market.mail("fixes")) == 1, "nothing new"
    market.apply(market.students[1], day=3.5)
    market.nightly(4)
    news = market.mail("fixes")
    assert len(news) == 2 and "NEW: 2 students applied and have no list" in news[1].body


@pytest.mark.both_databases
def test_after_the_release_every_night_is_scored(make: Factory) -> None:
    market = Market(make, students=3)
    for student in market.students:
        market.apply(student)
    for student in market.students[:2]:
        market.rank(student, *market.slots)
    for day in (6, 7):
        market.nightly(day)
    assert market.read(lambda: queries.scores(market.round_id)) == []
    for day in (8, 8.1):
        market.nightly(day)
    market.release()
    scores = market.read(lambda: queries.scores(market.round_id))
    assert [score.students for score in scores] == [3, 3]
    said = [chances(market)[s.id] for s in market.students]
    by_hand = sum((p - came) ** 2 for p, came in zip(said, (1, 1, 0), strict=True)) / 3
    assert scores[-1].forecast == pytest.approx(by_hand)
    assert scores[-1].base == pytest.approx(2 / 9)
    assert scores[-1].tonight == 0.0, "nobody's list changed after that night"


def test_nobody_s_place_is_written_anywhere(make: Factory) -> None:
    market = Market(make, students=3)
    for student in market.students:
        market.apply(student)
        market.rank(student, *market.slots)
    market.nightly(6)
    (night,) = forecasts(market)
    codes = [code for codes in market.codes() for code in codes]
    assert not any(code in str(night.totals) + str(night.fixes) for code in codes)
    with make.app.app_context():
        notes = db.session.scalars(sa.select(AuditEvent.change)).all()
    assert "forecast" not in str(notes)
