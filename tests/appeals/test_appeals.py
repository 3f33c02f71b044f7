"""Appeals: when and by whom, what-if runs on the sealed input, decisions that bump nobody, mail, silence."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from marketplace.appeals import policies, queries, services, trials
from marketplace.appeals.models import Appeal, Correction, Ground, Outcome, Remedy, Trial
from marketplace.appeals.services import Decision
from marketplace.appeals.trials import Corrected
from marketplace.applications import closures
from marketplace.conflicts.models import Cause, Exclusion, Side
from marketplace.db import db
from marketplace.errors import DomainError, NotFound
from marketplace.mail.models import OutboxMessage
from marketplace.placements import board
from marketplace.rankings.models import RankList
from marketplace.rounds.models import Round
from marketplace.rounds.times import after_working_days
from marketplace.runs.models import Assignment
from marketplace.students.models import Student
from tests.factories import Factory, sign_in
from tests.rounds.market import DAY, START, Market, address
from tests.support.client import StrictClient
from tests.support.clock import Clock

NOW = START + 9.5 * DAY


@pytest.fixture
def market(make: Factory) -> Market:
    """One place at each of two slots. Student 1 was kept out of slot 1 by a conflict, so 2 has it and 1 has
    slot 2, where 3 comes to nothing."""
    market = Market(make, students=3, slots=2)
    first, second, third = market.students
    a, b = market.slots
    market.everyone_applies()
    market.acts(4)
    market.rank(first, a, b)
    market.rank(second, a)
    market.rank(third, b)
    market.tier(a, [first], [second])
    market.tier(b, [first], [third])
    return market


def exclude(market: Market, student: Student) -> None:
    with market.committed():
        db.session.add(
            Exclusion(
                student_id=student.id,
                facility_id=market.facility.id,
                side=Side.FACILITY,
                cause=Cause.OTHER,
                created_at=START,
            )
        )


def decided(market: Market, *, excluded: Student | None = None) -> None:
    if excluded is not None:
        exclude(market, excluded)
    market.nightly(8)
    market.release()


def appeal(market: Market, student: Student, *, now: datetime = NOW, **values: Any) -> int:
    actor = market.make.actor(student)
    said = {"ground": Ground.ELIGIBILITY, "words": "There is no conflict.", "link": "/appeals", **values}
    with market.committed():
        return services.file(actor, market.round_id, now=now, **said).id


def trial(market: Market, appeal_id: int, corrected: Corrected) -> tuple[int | None, int | None]:
    actor = market.make.actor(market.coordinator)
    with market.committed():
        found = trials.run(actor, market.round_id, appeal_id, corrected, now=NOW)
        return found.before_slot_id, found.after_slot_id


def decide(market: Market, appeal_id: int, decision: Decision) -> Appeal:
    actor = market.make.actor(market.coordinator)
    with market.committed():
        return services.decide(actor, market.round_id, appeal_id, decision, link="/appeal", now=NOW)


def assignments(market: Market) -> dict[int, int | None]:
    rows = market.read(lambda: db.session.scalars(sa.select(Assignment)).all())
    return {row.student_id: row.slot_id for row in rows}


# When and by whom -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [
        ("2026-11-02T15:00", 5, "2026-11-09T23:00"),  # a Monday; over one weekend
        ("2026-11-06T15:00", 5, "2026-11-13T23:00"),  # a Friday
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


# What-if runs -------------------------------------------------------------------------------------------


def test_an_eligibility_correction_says_where_the_student_would_be_and_changes_nothing(
    market: Market,
) -> None:
    first, second, third = market.students
    a, b = market.slots
    decided(market, excluded=first)
    before = assignments(market)
    assert before == {first.id: None, second.id: a.id, third.id: b.id}
    number = appeal(market, first)
    pair = {"student_id": first.id}
    assert trial(market, number, Corrected(Correction.ELIGIBILITY, slot_id=a.id, **pair)) == (None, a.id)
    assert trial(market, number, Corrected(Correction.ELIGIBILITY, slot_id=b.id, **pair)) == (None, b.id)
    assert assignments(market) == before, "nobody is bumped"


def test_another_s_wrong_eligibility_can_be_tried(market: Market) -> None:
    """Student 3 says that 1 has a conflict at slot 2: without 1 there, 3 has the place."""
    first, second, third = market.students
    _a, b = market.slots
    market.tier(market.slots[0], [second], [first])
    decided(market)
    number = appeal(market, third, ground=Ground.CONFLICT)
    corrected = Corrected(Correction.ELIGIBILITY, slot_id=b.id, student_id=first.id)
    assert trial(market, number, corrected) == (None, b.id)


def test_a_capacity_correction(market: Market) -> None:
    _first, second, third = market.students
    a, b = market.slots
    decided(market)
    assert assignments(market)[second.id] is None
    number = appeal(market, second)
    assert trial(market, number, Corrected(Correction.CAPACITY, slot_id=a.id, capacity=2)) == (None, a.id)
    assert trial(market, number, Corrected(Correction.CAPACITY, slot_id=b.id, capacity=2)) == (None, None)
    assert assignments(market)[third.id] == b.id


def test_a_list_certified_in_time_but_not_counted(market: Market) -> None:
    """Student 3 certified slot 1 alone before, and is not on its list; student 2 certified slot 2 before."""
    _first, second, _third = market.students
    a, b = market.slots
    market.rank(second, b, a)
    market.rank(second, a)
    market.tier(b, [second], [market.students[0]])
    decided(market)
    number = appeal(market, second, ground=Ground.DATA_ERROR)
    options = market.read(lambda: trials.uncounted(market.round, db.session.get_one(Appeal, number)))
    own = next(saved for saved, _title in options if saved.student_id and saved.version == 2)
    assert {(saved.version, bool(title)) for saved, title in options} == {(1, False), (2, False), (1, True)}
    assert trial(market, number, Corrected(Correction.LIST, rank_list_id=own.id)) == (None, b.id)


def test_a_list_of_somebody_who_was_not_in_the_match(make: Factory) -> None:
    """The list was certified in time and lost: with it the student joins, on the facility's list too."""
    market = Market(make, students=2, slots=1)
    first, second = market.students
    market.everyone_applies()
    market.acts(4)
    market.rank(first, *market.slots)
    market.rank(second, *market.slots)
    market.tier(market.slots[0], [first], [second])
    with market.committed():
        lost = db.session.scalars(sa.select(RankList).where(RankList.student_id == first.id)).one()
        lost.certified = False
        lost_id = lost.id
        db.session.get_one(Round, market.round_id).use_last_draft = False
    decided(market)
    with market.committed():
        db.session.get_one(RankList, lost_id).certified = True
    assert first.id not in assignments(market)
    number = appeal(market, first, ground=Ground.DATA_ERROR)
    found = trial(market, number, Corrected(Correction.LIST, rank_list_id=lost_id))
    assert found == (None, market.slots[0].id)
    assert assignments(market) == {second.id: market.slots[0].id}


def test_what_was_not_in_the_sealed_input_can_t_be_corrected(make: Factory, market: Market) -> None:
    decided(market)
    number = appeal(market, market.students[0])
    elsewhere, stranger = make.slot(), make.student()
    wrong = [
        Corrected(Correction.CAPACITY, slot_id=elsewhere.id, capacity=2),
        Corrected(Correction.CAPACITY, slot_id=market.slots[0].id),
        Corrected(Correction.ELIGIBILITY, slot_id=market.slots[0].id, student_id=stranger.id),
        Corrected(Correction.LIST, rank_list_id=999),
    ]
    for corrected in wrong:
        with pytest.raises(DomainError) as caught:
            trial(market, number, corrected)
        assert caught.value.reason == "unknown"


def test_a_trial_keeps_nobody_else_s_outcome() -> None:
    """Its row has room for the appealing student's two slots and for what was corrected."""
    slots = [name for name in Trial.__table__.columns.keys() if name.endswith("slot_id")]  # noqa: SIM118
    assert slots == ["slot_id", "before_slot_id", "after_slot_id"]


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
