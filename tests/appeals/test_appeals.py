"""Appeals: when and by whom, decisions that bump nobody, mail, silence."""

from __future__ import annotations

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from marketplace.appeals import policies, queries, services
from marketplace.appeals.models import Correction, Outcome, Remedy
from marketplace.appeals.services import Decision
from marketplace.appeals.trials import Corrected
from marketplace.applications import closures
from marketplace.db import db
from marketplace.errors import DomainError, NotFound
from marketplace.mail.models import OutboxMessage
from marketplace.placements import board
from marketplace.rounds.models import Round
from marketplace.rounds.times import after_working_days
from tests.appeals.acts import NOW, appeal, assignments, decide, decided, make_market, trial
from tests.factories import Factory, sign_in
from tests.rounds.market import DAY, START, Market, address
from tests.support.client import StrictClient
from tests.support.clock import Clock


@pytest.fixture
def market(make: Factory) -> Market:
    """A round whose lists are in."""
    return make_market(make)


# When and by whom -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [
        ("2026-11-02T15:00", 5, "2026-11-09T23:00"),  # a Monday; over one weekend
        ("2026-11-06T15:00", 5, "2026-11-16T23:00"),  # a Friday; Veterans Day is on the way
        ("2026-11-07T15:00", 1, "2026-11-09T23:00"),  # a Saturday
        ("2026-11-03T05:00", 1, "2026-11-03T23:00"),  # still Monday evening in Chicago
        ("2027-03-12T15:00", 1, "2027-03-15T22:00"),  # summer time begins that weekend
    ],
)
def test_working_days_are_counted_in_the_round_s_zone(start: str, days: int, end: str) -> None:
    zone = ZoneInfo("America/Chicago")
    found = after_working_days(
        datetime.fromisoformat(start).replace(tzinfo=UTC), days, hour=time(17), zone=zone
    )
    assert found == datetime.fromisoformat(end).replace(tzinfo=UTC)


def test_an_appeal_is_taken_to_the_last_instant_of_the_last_working_day(market: Market) -> None:
    decided(market)
    end = market.read(lambda: policies.until(market.round))
    assert end is not None and (end - START).days == 15, (
        "released on a Wednesday; the fifth working day after"
    )
    late = pytest.raises(DomainError)
    with late as caught:
        appeal(market, market.students[0], now=end.replace(microsecond=1))
    assert caught.value.reason == "late"
    assert appeal(market, market.students[0], now=end)


def test_a_round_without_appeal_days_takes_none(market: Market, client: StrictClient) -> None:
    with market.committed():
        db.session.get_one(Round, market.round_id).appeal_days = 0
    decided(market)
    with pytest.raises(DomainError):
        appeal(market, market.students[0])
    sign_in(client, market.students[0])
    assert "Appeal" not in client.get(f"/rounds/{market.round_id}/result").text


def test_before_the_release_there_is_nothing_to_appeal_against(market: Market, client: StrictClient) -> None:
    market.nightly(8)
    with pytest.raises(NotFound):
        appeal(market, market.students[0])
    sign_in(client, market.students[0])
    assert client.get(f"/rounds/{market.round_id}/appeal").status_code == 404


def test_one_appeal_stands_at_a_time_and_can_be_taken_back_and_filed_again(market: Market) -> None:
    decided(market)
    first = appeal(market, market.students[0])
    with pytest.raises(DomainError) as caught:
        appeal(market, market.students[0])
    assert caught.value.reason == "filed"
    actor = market.make.actor(market.students[0])
    with market.committed():
        services.take_back(actor, market.round_id, now=NOW)
    assert market.read(lambda: queries.of_round(market.round)) == []
    with pytest.raises(NotFound):
        trial(market, first, Corrected(Correction.CAPACITY, slot_id=market.slots[0].id, capacity=2))
    assert appeal(market, market.students[0], now=NOW + DAY) == first


def test_coordinators_of_other_schools_and_other_students_find_no_appeal(
    make: Factory, market: Market, client: StrictClient
) -> None:
    decided(market)
    number = appeal(market, market.students[0])
    for person in (make.coordinator(), market.students[1], market.contact, make.operator()):
        client.delete_cookie("session")
        sign_in(client, person)
        assert client.get(f"/rounds/{market.round_id}/appeals/{number}").status_code == 404
    client.delete_cookie("session")
    sign_in(client, market.students[1])
    assert "There is no conflict" not in client.get(f"/rounds/{market.round_id}/appeal").text


# Decisions ----------------------------------------------------------------------------------------------


def test_a_decision_is_mailed_once_and_read_by_the_student_alone(
    market: Market, client: StrictClient, clock: Clock
) -> None:
    clock.set(NOW)
    first = market.students[0]
    decided(market, excluded=first)
    number = appeal(market, first)
    slot = market.slots[0]
    before = assignments(market)
    decide(market, number, Decision(Outcome.UPHELD, "You were eligible.", Remedy.EXTRA_PLACE, slot.id, True))
    with pytest.raises(DomainError) as caught:
        decide(market, number, Decision(Outcome.DISMISSED, "On second thoughts."))
    assert caught.value.reason == "decided"
    assert assignments(market) == before, "nobody is bumped"
    mails = market.read(
        lambda: db.session.scalars(
            sa.select(OutboxMessage).where(OutboxMessage.key.startswith("appeal:"))
        ).all()
    )
    kinds = [(mail.key.split(":")[2], mail.recipient) for mail in mails]
    assert sorted(kinds) == sorted(
        [
            ("filed", market.coordinator.email),
            ("received", address(first)),
            ("decided", address(first)),
        ]
    )
    for mail in mails:
        assert (
            first.user.name not in mail.body and slot.title not in mail.body and "eligible" not in mail.body
        )
    sign_in(client, first)
    page = client.get(f"/rounds/{market.round_id}/appeal").text
    assert "Upheld" in page and "You were eligible." in page and slot.title in page
    assert "is answered" in client.get("/").text


@pytest.mark.parametrize(
    ("decision", "field"),
    [
        (Decision(Outcome.DISMISSED, " "), "reason"),
        (Decision(Outcome.UPHELD, "Yes."), "remedy"),
        (Decision(Outcome.UPHELD, "Yes.", Remedy.EXTRA_PLACE, agreed=True), "slot"),
    ],
)
def test_a_decision_must_be_whole(market: Market, decision: Decision, field: str) -> None:
    decided(market)
    number = appeal(market, market.students[0])
    with pytest.raises(DomainError) as caught:
        decide(market, number, decision)
    assert caught.value.details["field"] == field


def test_first_priority_in_clearing_puts_the_student_before_others_without_a_place(market: Market) -> None:
    first, second, third = market.students
    market.tier(market.slots[1], [])
    decided(market)
    before = market.read(lambda: [s.row.student_id for s in board.read(market.round).seekers])
    assert before == [second.id, third.id]
    number = appeal(market, third)
    decide(market, number, Decision(Outcome.UPHELD, "Yes.", Remedy.CLEARING))
    after = market.read(lambda: [(s.row.student_id, s.first) for s in board.read(market.round).seekers])
    assert after == [(third.id, True), (second.id, False)] and first.id not in dict(after)


def test_an_extra_place_needs_the_facility_s_yes(market: Market) -> None:
    decided(market)
    number = appeal(market, market.students[0])
    asked = Decision(Outcome.UPHELD, "Yes.", Remedy.EXTRA_PLACE, market.slots[0].id)
    with pytest.raises(DomainError) as caught:
        decide(market, number, asked)
    assert caught.value.details["field"] == "agreed"


def test_the_whole_way_through_the_pages(market: Market, client: StrictClient, clock: Clock) -> None:
    clock.set(NOW)
    first = market.students[0]
    decided(market, excluded=first)
    round_ = f"/rounds/{market.round_id}"
    sign_in(client, first)
    assert "You can appeal until" in client.get(f"{round_}/result").text
    answer = client.submit(f"{round_}/appeal", {"words": ""}, button="File the appeal")
    assert answer.status_code == 422
    client.submit(
        f"{round_}/appeal",
        {"ground": "eligibility", "words": "I have no tie to them."},
        button="File the appeal",
    )
    assert "Your appeal" in client.get(f"{round_}/appeal").text
    client.delete_cookie("session")
    sign_in(client, market.coordinator)
    assert "1 appeal waits for you" in client.get("/").text
    assert first.user.name in client.get(f"{round_}/appeals").text
    page = f"{round_}/appeals/1"
    fields = {"trial-correction": "eligibility", "trial-slot": str(market.slots[0].id)}
    client.submit(page, {"trial-correction": "eligibility"}, button="Try it")
    assert client.submit(page, fields, button="Try it").status_code == 302
    shown = client.get(page).text
    assert "Placed elsewhere" in shown and market.students[1].user.name not in shown.partition("Try a")[0]
    chosen = {"decision-outcome": "dismissed", "decision-reason": "The conflict is real."}
    assert client.submit(page, chosen, button="Decide").status_code == 302
    assert "Dismissed" in client.get(f"{round_}/appeals").text


def test_a_slot_that_left_is_not_offered(market: Market) -> None:
    actor = market.make.actor(market.coordinator)
    with market.committed():
        from marketplace.rounds import queries as rounds

        round_ = rounds.coordinated(actor, market.round_id, lock=True)
        closures.remove_slot(actor, round_, market.slots[1].id, now=START + 5 * DAY)
    decided(market)
    number = appeal(market, market.students[0])
    gone = Decision(Outcome.UPHELD, "Yes.", Remedy.EXTRA_PLACE, market.slots[1].id, agreed=True)
    with pytest.raises(DomainError):
        decide(market, number, gone)
