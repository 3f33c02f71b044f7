"""A release that was planned: by the nightly job, once, at its instant; a hold stops it and says so."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
import sqlalchemy as sa

from marketplace.accounts.models import User
from marketplace.db import db
from marketplace.errors import DomainError, WrongPhase
from marketplace.rounds import queries
from marketplace.rounds.phases import Phase
from marketplace.runs import releasing
from marketplace.runs.models import Publication, ReleasePlan
from tests.factories import Factory
from tests.rounds.market import DAY, START, Market, address

pytestmark = pytest.mark.both_databases


def market_of(make: Factory, *, nobody: bool = False) -> Market:
    market = Market(make)
    for student in market.students:
        market.apply(student)
        market.rank(student, *market.slots)
    if nobody:
        for slot in market.slots:
            market.tier(slot)
    market.nightly(8)
    return market


def plan(market: Market, day: float, *, now: float = 8.5) -> None:
    actor = market.make.actor(market.coordinator)
    with market.committed():
        round_ = queries.coordinated(actor, market.round_id, lock=True)
        releasing.plan(actor, round_, START + DAY * day, now=START + DAY * now)


def plans(market: Market) -> int:
    return len(market.read(lambda: db.session.scalars(sa.select(ReleasePlan)).all()))


def test_it_goes_out_at_its_instant_and_once(make: Factory) -> None:
    market = market_of(make)
    plan(market, 9)
    assert market.acts(9 - 1e-5) == [] and market.phase is Phase.COMPUTED
    assert market.acts(9) == ["released"] and market.acts(9) == []
    assert market.phase is Phase.RELEASED and len(market.mail("released")) == 5
    publication = market.read(lambda: db.session.get_one(Publication, market.round_id))
    assert publication.released_by_id == market.coordinator.id, "who planned it answers for it"
    assert publication.released_at == START + 9 * DAY


def test_a_later_time_takes_the_place_of_the_first(make: Factory) -> None:
    market = market_of(make)
    plan(market, 9)
    plan(market, 10)
    assert plans(market) == 1 and market.acts(9.5) == [] and market.acts(10) == ["released"]


def test_it_can_be_taken_back(make: Factory) -> None:
    market = market_of(make)
    plan(market, 9)
    actor = make.actor(market.coordinator)
    for _twice in range(2):
        with market.committed():
            round_ = queries.coordinated(actor, market.round_id, lock=True)
            releasing.drop_plan(actor, round_, now=START + 8.6 * DAY)
    assert plans(market) == 0 and market.acts(9) == [] and market.phase is Phase.COMPUTED


def test_a_hold_stops_it_and_the_coordinator_is_told_once(make: Factory) -> None:
    market = market_of(make, nobody=True)
    plan(market, 9)
    assert market.acts(9) == [] and market.acts(9 + 1e-3) == []
    assert market.phase is Phase.COMPUTED and plans(market) == 0, "nothing goes out later by surprise"
    (told,) = market.mail("held")
    assert told.recipient == address(market.coordinator)
    assert not any(student.user.name in told.body for student in market.students)
    assert market.programme.name not in told.body


def test_only_a_time_to_come_and_only_while_a_result_waits(make: Factory) -> None:
    market = market_of(make)
    with pytest.raises(DomainError) as caught:
        plan(market, 8.5)
    assert caught.value.reason == "past"
    market.release()
    with pytest.raises(WrongPhase):
        plan(market, 12, now=10)


def test_released_by_hand_before_its_time_it_is_not_released_again(make: Factory) -> None:
    market = market_of(make)
    plan(market, 9 + 1 / 24)
    market.release(day=9)
    assert market.acts(9 + 2 / 24) == [] and len(market.mail("released")) == 5
    assert market.round.released_at == START + 9 * DAY + timedelta(0)


def test_two_coordinators_and_the_planned_hour_at_once_release_it_once(make: Factory) -> None:
    market = market_of(make)
    second = make.coordinator(market.school, "Second coordinator")
    plan(market, 9)
    start, outcomes = threading.Barrier(3), []

    def press(person: User) -> None:
        actor = make.actor(person)
        start.wait()
        try:
            with market.committed():
                round_ = queries.coordinated(actor, market.round_id, lock=True)
                releasing.release(actor, round_, now=START + 9 * DAY)
            outcomes.append("released")
        except DomainError:
            outcomes.append("refused")

    def strike() -> None:
        start.wait()
        report = market.nightly(9)
        assert not report.failures
        outcomes.append("released" if (market.round_id, "released") in report.acts else "refused")

    threads = [threading.Thread(target=press, args=(person,)) for person in (market.coordinator, second)]
    threads.append(threading.Thread(target=strike))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["refused", "refused", "released"]
    assert len(market.mail("released")) == 6 and market.phase is Phase.RELEASED
