"""A round keeps to the rules: in the sealed input, on the pages, in mail; and nobody learns too much."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from marketplace.agreements import alerts
from marketplace.agreements.models import Agreement, Stage
from marketplace.conflicts import queries as conflicts
from marketplace.conflicts import services as conflict_services
from marketplace.conflicts.models import Cause
from marketplace.db import db
from marketplace.eligibility import limits, queries
from marketplace.errors import DomainError, NotFound
from marketplace.gaps import queries as gaps
from marketplace.gaps import warnings
from marketplace.mail.models import OutboxMessage
from marketplace.requirements import reminders, services
from marketplace.requirements.models import Due, Standing
from marketplace.rounds.models import AgreementRule, Round
from marketplace.runs import matching_adapter
from marketplace.runs.models import Seal
from marketplace.schools.models import School
from marketplace.slots.models import Slot
from tests.factories import Factory, sign_in
from tests.rounds.market import DAY, START, Market, address
from tests.support.client import StrictClient
from tests.support.clock import Clock


def change_agreement(market: Market, **values: Any) -> None:
    with market.committed():
        db.session.execute(sa.update(Agreement).values(**values))


def decided(market: Market) -> dict[str, Any]:
    """Everyone wants the first slot, then the second; the sealed file and what became of it."""
    market.everyone_applies()
    for student in market.students:
        market.rank(student, *market.slots)
    for slot in market.slots:
        market.tier(slot, market.students)
    assert market.acts(8.1)[-1] == "decided"
    sealed = market.read(lambda: db.session.get_one(Seal, market.round_id).problem)
    (run,) = market.runs(matching_official())
    assert run.result is not None
    result = matching_adapter.read_result(run.result)
    return {"problem": matching_adapter.read_problem(sealed), "placed": result.assignment}


def matching_official() -> Any:
    from marketplace.runs.models import RunKind

    return RunKind.OFFICIAL


def test_missing_agreement_at_lock_excludes_by_default(make: Factory) -> None:
    market = Market(make, students=2, slots=2)
    change_agreement(market, ends_on=START.date() + timedelta(days=100))  # the slots end on day 160
    found = decided(market)
    assert {entry.reason for entry in found["problem"].ineligible} == {"agreement"}
    assert len(found["problem"].ineligible) == 4
    assert set(found["placed"].values()) == {None}


def test_missing_agreement_at_lock_is_conditional_where_the_round_says_so(make: Factory) -> None:
    due = START.date() + timedelta(days=50)
    rule = {"agreement_rule": AgreementRule.CONDITIONAL, "agreements_due_on": due}
    market = Market(make, students=2, slots=2, **rule)
    change_agreement(market, stage=Stage.IN_REVIEW)
    found = decided(market)
    assert found["problem"].ineligible == () and None not in found["placed"].values()


def test_the_drop_dead_date_is_warned_of_30_14_and_7_days_before_once_each(make: Factory) -> None:
    due = START.date() + timedelta(days=50)
    rule = {"agreement_rule": AgreementRule.CONDITIONAL, "agreements_due_on": due}
    market = Market(make, students=2, slots=2, **rule)
    change_agreement(market, stage=Stage.REQUESTED)
    decided(market)
    market.release()
    written = {}
    for day in range(10, 53):
        with market.committed():
            count = warnings.send(START + DAY * day)
            assert warnings.send(START + DAY * day) == 0, "the second call of a night writes nothing"
        if count:
            written[(due - (START + DAY * day).date()).days] = count
    assert written == {30: 3, 14: 3, 7: 3}, "the coordinator and both students, three times"
    bodies = {mail.recipient: mail.body for mail in market.mail("agreements")}
    assert "students waiting: 2" in bodies[market.coordinator.email]
    assert "conditional" in bodies[address(market.students[0])]


def test_before_the_release_no_student_is_warned(make: Factory) -> None:
    rule = {
        "agreement_rule": AgreementRule.CONDITIONAL,
        "agreements_due_on": START.date() + timedelta(days=35),
    }
    market = Market(make, students=2, slots=2, **rule)
    change_agreement(market, stage=Stage.REQUESTED)
    market.everyone_applies()
    with market.committed():
        assert warnings.send(START + DAY * 6) == 1
    assert [mail.recipient for mail in market.mail("agreements")] == [market.coordinator.email]


@pytest.mark.parametrize("value", [None, "2026-11-05"])
def test_a_conditional_round_needs_a_drop_dead_date_after_the_lock(make: Factory, value: str | None) -> None:
    due = date.fromisoformat(value) if value else None
    with pytest.raises(DomainError):
        Market(make, agreement_rule=AgreementRule.CONDITIONAL, agreements_due_on=due)


def test_an_agreement_s_end_is_announced_at_120_90_60_and_30_days_once_each(make: Factory) -> None:
    market = Market(make, slots=1)
    change_agreement(market, ends_on=START.date() + timedelta(days=130))
    written = []
    for day in [*range(45), *range(55, 135)]:  # ten nights were missed, the 90th day among them not
        with market.committed():
            if alerts.send(START + DAY * day):
                written.append(130 - day)
            assert alerts.send(START + DAY * day) == 0
    assert written == [120, 90, 60, 30]


def test_the_board_ranks_by_students_waiting_and_counts_the_days_left(make: Factory) -> None:
    market = Market(make, students=3, slots=1, ranking_closes_at=150, release_planned_at=160)
    change_agreement(market, stage=Stage.NONE, lead_days=90)
    other = make.slot(make.facility("Fictional Annex"))
    with market.committed():
        from marketplace.rounds import queries as rounds
        from marketplace.rounds import services as round_services

        actor = make.actor(market.coordinator)
        round_services.add_slots(actor, rounds.coordinated(actor, market.round_id), [other.id], now=START)
    market.apply(market.students[0])
    market.apply(market.students[1], *market.slots, other)
    today = START.date()
    found = market.read(lambda: gaps.gaps(make.actor(market.coordinator), today))
    assert [(gap.facility.id, gap.students, gap.slots) for gap in found] == [
        (market.facility.id, 2, 1),
        (other.facility_id, 1, 1),
    ]
    assert [gap.days_left for gap in found] == [150 - 90, 150 - 120]
    stranger = make.actor(make.coordinator())
    assert market.read(lambda: gaps.gaps(stranger, today)) == []


def test_sara_limit_holds_within_one_run_and_is_warned_at_8(make: Factory) -> None:
    market = Market(make, students=4, slots=2)
    with market.committed():
        db.session.execute(sa.update(School).values(state="MN", out_of_state_limit=3))
        db.session.execute(sa.update(Slot).values(capacity=2))
    found = decided(market)
    quotas = [slot.quota for slot in found["problem"].slots]
    assert sum(sum(quota.maximum.values()) for quota in quotas) == 3
    assert sum(1 for slot in found["placed"].values() if slot is not None) == 3
    pressure = [
        limits.Pressure(1, 1, there, places, 10) for there, places in ((0, 7), (0, 8), (7, 1), (3, 4))
    ]
    assert [each.warned for each in pressure] == [False, True, True, False]


def test_conflict_of_interest_is_kept_out_of_the_match_and_nobody_learns_whose(make: Factory) -> None:
    market = Market(make, students=2, slots=1)
    market.everyone_applies()
    contact, student = make.actor(market.contact), market.students[0]
    with market.committed():
        conflict_services.exclude_as_facility(
            contact, student.id, market.facility.id, cause=Cause.RELATIVE, words="A cousin.", now=START
        )
    for each in market.students:
        market.rank(each, *market.slots)
    market.tier(market.slots[0], market.students)
    assert market.acts(8.1)[-1] == "decided"
    sealed = market.read(lambda: db.session.get_one(Seal, market.round_id).problem)
    problem = matching_adapter.read_problem(sealed)
    assert [entry.reason for entry in problem.ineligible] == ["conflict"]
    excluded, _works = market.read(lambda: conflicts.of_student(student.id))
    assert excluded == [], "the student's own page names only what the student said"
    (seen,) = market.read(lambda: conflicts.of_schools(make.actor(market.coordinator)))
    assert seen.words == "A cousin."
    assert market.read(lambda: conflicts.of_schools(make.actor(make.coordinator()))) == []


def test_what_keeps_a_student_from_applying_is_said_and_refused(make: Factory) -> None:
    market = Market(make, students=1, slots=1)
    student = market.students[0]
    me = make.actor(student)
    with market.committed():
        conflict_services.exclude_as_student(me, market.facility.id, cause=Cause.OTHER, words="", now=START)
    with pytest.raises(DomainError) as caught:
        market.apply(student)
    assert caught.value.reason == "not_eligible"
    with market.committed():
        conflict_services.take_back(me, market.facility.id, now=START)
        conflict_services.say_employer(me, market.facility.id, differs="", now=START)
    with pytest.raises(DomainError):
        market.apply(student)
    with market.committed():
        conflict_services.say_employer(me, market.facility.id, differs="Audit.", now=START)
    market.apply(student)


def test_requirements_count_once_checked_and_an_early_renewal_takes_nothing_away(make: Factory) -> None:
    market = Market(make, students=1, slots=1)
    coordinator, student = make.actor(market.coordinator), market.students[0]
    me, stranger = make.actor(student), make.actor(make.coordinator())
    ends = START.date() + timedelta(days=200)

    def eligible() -> bool:
        slot = market.slots[0].id
        return queries.of_student(student.id, [slot], db.session.get(Round, market.round_id))[slot].eligible

    with market.committed():
        services.save_set(
            coordinator,
            market.school.id,
            name="All",
            site_id=None,
            modality=None,
            items={"mmr": Due.MATCH},
            now=START,
        )
        services.report(me, "mmr", done_on=START.date(), expires_on=ends, now=START)
        assert not eligible(), "said, but not checked"
        services.check(
            coordinator,
            student.id,
            "mmr",
            standing=Standing.CLEARED,
            done_on=START.date(),
            expires_on=ends,
            now=START,
        )
        assert eligible()
        services.report(me, "mmr", done_on=START.date(), expires_on=None, now=START + DAY)
        assert eligible(), "the newer entry waits; the cleared one stands"
        with pytest.raises(NotFound):
            services.check(
                stranger,
                student.id,
                "mmr",
                standing=Standing.NOT_CLEARED,
                done_on=None,
                expires_on=None,
                now=START,
            )
    written = []
    for day in range(100, 205):
        with market.committed():
            if reminders.send(START + DAY * day):
                written.append(200 - day)
            assert reminders.send(START + DAY * day) == 0
    assert written == [60, 30, 7]
    with make.app.app_context():
        bodies = db.session.scalars(
            sa.select(OutboxMessage.body).where(OutboxMessage.key.startswith("requirement:"))
        ).all()
    assert len(bodies) == 3


def test_the_facility_sees_not_ready_and_never_why(client: StrictClient, make: Factory, clock: Clock) -> None:
    market = Market(make, students=1, slots=1)
    market.apply(market.students[0])
    coordinator = make.actor(market.coordinator)
    with market.committed():
        services.save_set(
            coordinator,
            market.school.id,
            name="All",
            site_id=None,
            modality=None,
            items={"tuberculosis": Due.MATCH},
            now=START,
        )
    clock.set(START + 5 * DAY)
    sign_in(client, market.contact)
    page = client.get(f"/rounds/{market.round_id}/slots/{market.slots[0].id}/applicants")
    text = page.get_data(as_text=True)
    assert "Not ready to be placed yet" in text
    assert "uberculosis" not in text and "cleared" not in text.lower()


def test_every_choice_ineligible_is_said_when_certifying(
    client: StrictClient, make: Factory, clock: Clock
) -> None:
    market = Market(make, students=1, slots=2)
    market.everyone_applies()
    market.rank(market.students[0], *market.slots, certify=False)
    with market.committed():
        db.session.execute(sa.update(Agreement).values(stage=Stage.REQUESTED, requested_on=START.date()))
    clock.set(START + 5 * DAY)
    sign_in(client, market.students[0])
    text = client.get(f"/rounds/{market.round_id}/ranking/certify").get_data(as_text=True)
    assert "No place on your list is open to you" in text
    assert text.count("Agreement pending, expected Mar 2, 2027") == 2


def test_the_template_is_a_tagged_pdf_of_what_stands_there(client: StrictClient, make: Factory) -> None:
    market = Market(make)
    change_agreement(market, party="Fictional #1 $ System \\ [x]")
    sign_in(client, market.coordinator)
    found = client.get(f"/agreements/{market.agreement.id}/template.pdf")
    assert found.mimetype == "application/pdf" and b"StructTreeRoot" in found.data
    assert b"pdfuaid" in found.data
