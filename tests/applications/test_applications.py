"""Applying: a signed consent for one slot, taken back at once, and what a facility sees meanwhile."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from marketplace.applications import disclosures, queries, services
from marketplace.applications.models import Application, Seen
from marketplace.audit.models import AuditEvent
from marketplace.db import db
from marketplace.errors import DomainError, NotFound, WrongPhase
from marketplace.rounds import queries as rounds
from marketplace.rounds.models import Round
from marketplace.rounds.phases import Phase
from marketplace.slots.models import Slot, SlotState
from marketplace.students.models import Student
from tests.factories import Factory, sign_in
from tests.rounds.market import DAY, START, Market, slot_with_facility
from tests.support.client import StrictClient
from tests.support.clock import Clock

pytestmark = pytest.mark.both_databases

NOON = START + 2 * DAY


@pytest.fixture
def market(make: Factory) -> Market:
    return Market(make)


def apply(market: Market, student: Student, slot: Slot, signature: str | None = None) -> None:
    actor = market.make.actor(student)
    with market.committed():
        signed = student.user.name if signature is None else signature
        services.apply(actor, market.round_id, slot_with_facility(slot.id), signature=signed, now=NOON)


def stored(market: Market) -> list[Application]:
    return list(
        market.read(lambda: db.session.scalars(sa.select(Application).order_by(Application.id)).all())
    )


def applicants(market: Market, slot: Slot) -> list[str]:
    return market.read(
        lambda: [found.student.user.name for found in queries.applicants(market.round_id, slot.id)]
    )


def test_keeps_what_was_signed_when_and_for_whom(market: Market) -> None:
    student, slot = market.students[0], market.slots[0]
    apply(market, student, slot, f"  {student.user.name.upper()} ")
    (row,) = stored(market)
    assert (row.student_id, row.slot_id, row.consented_at) == (student.id, slot.id, NOON)
    assert row.withdrawn_at is None
    (signed,) = market.read(lambda: queries.signatures(market.make.actor(student), row.id))
    assert (signed.signature, signed.signed_at) == (student.user.name.upper(), NOON)
    assert (signed.recipient, signed.facility_id) == (slot.facility.name, slot.facility_id)
    for part in (slot.facility.name, slot.title, "Spring", "credentials", "take it back at any time"):
        assert part in signed.text
    last_day = signed.ends_at.astimezone(market.round.zone) - timedelta(seconds=1)
    assert last_day.date() == slot.ends_on and f"{slot.ends_on.year}" in signed.text
    actions = market.read(lambda: db.session.scalars(sa.select(AuditEvent.action)).all())
    assert actions.count("applied") == 1


@pytest.mark.parametrize("signature", ["", "Somebody Else", "Student"])
def test_only_one_s_own_name_signs(market: Market, signature: str) -> None:
    with pytest.raises(DomainError) as caught:
        apply(market, market.students[0], market.slots[0], signature)
    assert caught.value.reason == "signature" and not stored(market)


def test_an_incomplete_profile_is_named(make: Factory, market: Market) -> None:
    student = make.student(market.programme, complete=False)
    with pytest.raises(DomainError) as caught:
        apply(market, student, market.slots[0])
    assert caught.value.reason == "profile_incomplete"
    assert caught.value.details["missing"] == student.missing


def test_slots_that_are_not_in_the_round_do_not_exist(make: Factory, market: Market) -> None:
    student = market.students[0]
    with pytest.raises(NotFound):
        apply(market, student, make.slot())
    with market.committed():
        db.session.get_one(Slot, market.slots[0].id).state = SlotState.CLOSED
    with pytest.raises(NotFound):
        apply(market, student, market.slots[0])


def test_rounds_of_others_do_not_exist(make: Factory, market: Market) -> None:
    for stranger in (
        make.student(make.programme(market.school)),  # another programme of the school
        make.student(),  # another school
        make.student(market.programme, approved=False),  # not taken in yet
    ):
        with pytest.raises(NotFound):
            apply(market, stranger, market.slots[0])


def test_applying_twice_changes_nothing(market: Market) -> None:
    student, slot = market.students[0], market.slots[0]
    apply(market, student, slot)
    market.apply(student, slot, day=3)
    (row,) = stored(market)
    assert row.consented_at == NOON


def test_a_withdrawn_consent_ends_the_view_at_once_and_may_be_given_again(market: Market) -> None:
    student, slot = market.students[0], market.slots[0]
    for each in market.students:
        apply(market, each, slot)
    market.withdraw(student, slot, day=3)
    assert applicants(market, slot) == ["Student 2", "Student 3"]
    with pytest.raises(NotFound):
        market.read(lambda: queries.applicant(market.round_id, slot.id, stored(market)[0].id))
    market.apply(student, slot, day=4)
    assert applicants(market, slot) == ["Student 1", "Student 2", "Student 3"]
    row = next(row for row in stored(market) if row.student_id == student.id)
    assert row.consented_at == START + 4 * DAY and len(stored(market)) == 3


def test_withdrawing_stays_possible_after_the_lock_and_leaves_the_seal(market: Market) -> None:
    student, slot = market.students[0], market.slots[0]
    apply(market, student, slot)
    market.rank(student, slot)
    market.nightly(8)
    market.withdraw(student, slot, day=9)
    assert applicants(market, slot) == []
    (run,) = market.runs()
    students, _slots = market.codes()
    code = next(code for code, row in students.items() if row == student.id)
    assert run.result and f'"{code}":"slot-{slot.id}"' in run.result


def test_a_student_leaves_a_round_only_before_the_lock(market: Market) -> None:
    student, slot = market.students[0], market.slots[0]
    apply(market, student, slot)
    coordinator = market.make.actor(market.coordinator)

    def leave(day: float) -> None:
        with market.committed():
            services.withdraw_from_round(
                market.make.actor(student),
                rounds.coordinated(coordinator, market.round_id),
                db.session.get_one(Student, student.id),
                now=START + day * DAY,
            )

    leave(5)
    assert applicants(market, slot) == []
    market.nightly(8)
    with pytest.raises(WrongPhase):
        leave(9)


def test_openings_are_logged_for_the_student_alone(make: Factory, market: Market) -> None:
    student, other = market.students[:2]
    apply(market, student, market.slots[0])
    contact = make.actor(market.contact)
    (application,) = stored(market)
    with market.committed():
        for minutes in (1, 5):
            disclosures.note(contact, [application.id], Seen.PROFILE, now=NOON + timedelta(minutes=minutes))
    with market.committed():
        disclosures.note(contact, [application.id], Seen.PROFILE, now=NOON + DAY)
        disclosures.note(contact, [application.id], Seen.LINE, now=NOON + DAY / 2)
    mine = market.read(lambda: queries.disclosures(make.actor(student)))
    name = market.facility.name
    assert [(seen.facility, seen.slot, seen.what, seen.at - NOON, seen.times) for seen in mine] == [
        (name, "Slot 1", Seen.PROFILE, DAY, 1),
        (name, "Slot 1", Seen.LINE, DAY / 2, 1),
        (name, "Slot 1", Seen.PROFILE, timedelta(minutes=5), 2),
    ]
    assert market.read(lambda: queries.disclosures(make.actor(other))) == []


def test_one_s_own_applications_only(make: Factory, market: Market) -> None:
    student, other = market.students[:2]
    apply(market, student, market.slots[0])
    ((found, round_),) = market.read(lambda: queries.of_actor(make.actor(student)))
    assert found.student_id == student.id and isinstance(round_, Round)
    assert market.read(lambda: queries.of_actor(make.actor(other))) == []
    with pytest.raises(NotFound):
        market.read(lambda: queries.own(make.actor(other), found.id))


@pytest.mark.parametrize("phase", [Phase.CLOSED, Phase.ARCHIVED])
def test_consents_end_when_the_round_closes(market: Market, phase: Phase) -> None:
    student, slot = market.students[0], market.slots[0]
    apply(market, student, slot)
    (application,) = stored(market)
    with market.committed():
        db.session.get_one(Round, market.round_id).phase = phase
    assert applicants(market, slot) == []
    with pytest.raises(NotFound):
        market.read(lambda: queries.applicant(market.round_id, slot.id, application.id))


def test_a_slot_that_is_no_longer_offered_is_said_to_be_and_leads_nowhere(
    client: StrictClient, make: Factory, market: Market
) -> None:
    student, (kept, gone) = market.students[0], market.slots[:2]
    for slot in (kept, gone):
        apply(market, student, slot)
    with market.committed():
        db.session.get_one(Slot, gone.id).state = SlotState.CLOSED
    sign_in(client, student)
    page = client.get("/applications").get_data(as_text=True)
    assert f'href="/slots/{kept.id}"' in page and f'href="/slots/{gone.id}"' not in page
    assert page.count("No longer offered") == 1


def test_the_slot_s_page_says_when_applications_open_close_and_closed(
    market: Market, client: StrictClient, clock: Clock
) -> None:
    sign_in(client, market.students[0])
    said = []
    for day in (0.5, 2, 7):
        clock.set(START + day * DAY)
        page = client.get(f"/slots/{market.slots[0].id}").text
        said += [word for word in ("are open", "close ", "closed ") if f"Applications {word}" in page]
    assert said == ["are open", "close ", "closed "]
