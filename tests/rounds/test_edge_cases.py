"""Every edge case that rounds promise to handle, with its test; and the rows that live nowhere else.

A row's test is named after it. Where it belongs to one feature it stands with that feature, and ``TABLE``
says where; a test that is renamed or goes missing fails here.
"""

from __future__ import annotations

import ast
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from marketplace.appeals import services as appeals
from marketplace.appeals import trials
from marketplace.appeals.models import Correction, Ground, Outcome, Remedy
from marketplace.coordination import review as reviews
from marketplace.coordination import todo
from marketplace.db import db
from marketplace.errors import WrongPhase
from marketplace.results import queries as results
from marketplace.rounds.models import Round
from marketplace.runs.models import Assignment, RunKind, Seal
from tests.factories import Factory, sign_in
from tests.rounds.market import DAY, START, Market
from tests.support.client import StrictClient
from tests.support.clock import Clock

HERE = "rounds/test_edge_cases.py"

#: Edge case to the tests that hold it, below tests/.
TABLE: dict[str, list[str]] = {
    "facility withdraws before lock": [
        "applications/test_closures.py::test_facility_withdraws_before_lock",
    ],
    "facility withdraws after release": [
        "placements/test_repairs.py::test_facility_withdraws_after_release_displaces_everyone_there",
    ],
    "student withdraws after match": [
        "placements/test_repairs.py::test_student_withdraws_after_match_by_a_release_request",
        "placements/test_repairs.py::test_the_two_sides_cannot_release_each_other",
    ],
    "capacity reduced after its deadline": [
        "placements/test_repairs.py::"
        "test_capacity_reduced_after_release_displaces_the_lowest_ranked_and_repair_finds_a_place",
    ],
    "capacity raised after release": [
        "placements/test_clearing.py::test_capacity_raised_after_release_goes_to_clearing",
    ],
    "swap between students": [
        "placements/test_answers.py::test_a_swap_is_not_student_brokered",
    ],
    "two rounds or schools": [
        "placements/test_answers.py::test_two_rounds_one_confirmed_placement_per_student_and_course_block",
    ],
    "student withdraws before lock": [
        "applications/test_consents.py::test_student_withdraws_before_lock",
    ],
    "minimum cohort not met": [
        "rounds/test_minimum_cohorts.py::"
        "test_minimum_cohort_not_met_closes_the_slot_and_the_others_are_matched_again",
    ],
    "couple: partner unconfirmed or withdraws": [
        "couples/test_rounds_with_couples.py::"
        "test_partner_unconfirmed_or_withdrawn_the_other_is_single_with_their_own_list",
    ],
    "couple: all pairs fail": [
        "couples/test_rounds_with_couples.py::"
        "test_all_pairs_fail_both_are_unmatched_unless_both_ticked_the_fall_back",
    ],
    "couple: no stable outcome": [
        "couples/test_rounds_with_couples.py::test_no_stable_outcome_is_counted",
    ],
    "student with no list": [f"{HERE}::test_student_with_no_list"],
    "every choice ineligible or full": [f"{HERE}::test_every_choice_ineligible_is_said_when_certifying"],
    "duplicate facility": [
        "identity/test_verification.py::test_edge_case_duplicate_facility_is_asked_about",
        "identity/test_merging.py::test_edge_case_duplicate_facility_is_merged",
        "identity/test_merging.py::test_edge_case_duplicate_facility_is_not_merged_while_a_round_uses_either",
    ],
    "unverified facility": ["identity/test_verification.py::test_edge_case_unverified_facility"],
    "appeal": [
        f"{HERE}::test_appeal",
        "placements/test_extra.py::test_the_place_is_added_and_nobody_else_moves",
    ],
    "facility asks a coordinator to enter its list": [
        "guests/test_rounds_by_link.py::test_a_facility_asks_a_coordinator_to_enter_its_list",
    ],
    "an e-mail link is opened by a mail scanner": [
        "guests/test_hosting.py::test_opening_a_link_changes_nothing",
        "guests/test_still.py::test_a_mail_scanner_opens_the_link_and_nothing_is_confirmed",
        "mail/test_digests.py::test_the_stop_link_needs_no_account_and_opening_it_changes_nothing",
    ],
    "mail bounces": [
        "guests/test_rounds_by_link.py::test_mail_bounces_and_the_mended_address_gets_one_link",
        "mail/test_returned_mail.py::test_mail_bounces",
    ],
    "consent revoked after ranking": [
        "applications/test_consents.py::test_consent_revoked_after_ranking",
    ],
    "deadline": [
        f"{HERE}::test_deadline_is_the_arrival_s_in_the_round_s_zone",
        "rounds/test_phases_and_policies.py::test_deadlines_on_days_when_the_clocks_change",
    ],
    "nightly job overlaps, crashes, clock jumps": [
        f"{HERE}::test_nightly_job_runs_twice_late_and_backwards",
        f"{HERE}::test_a_missed_nightly_job_alarms",
        "runs/test_at_once.py::test_everything_happens_once",
        "runs/test_kill.py::test_the_official_run_is_finished_by_the_next_job",
        "runs/test_exchange.py::test_same_bytes_on_both_databases_in_any_order",
    ],
    "rank column pasted as score": [
        "imports/test_students.py::test_a_rank_column_pasted_as_score_is_questioned",
        "runs/test_holds.py::test_tiers_that_look_like_scores_are_held",
        "runs/test_holds.py::test_a_programme_of_which_nobody_is_placed_holds_the_release",
    ],
}


@pytest.mark.parametrize("place", sorted(place for places in TABLE.values() for place in places))
def test_the_table_s_tests_exist(place: str) -> None:
    file, _, name = place.partition("::")
    tree = ast.parse((Path(__file__).parents[1] / file).read_text())
    assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_student_with_no_list(make: Factory, client: StrictClient) -> None:
    """Not in the run; "needs placement", shown apart from "unmatched"."""
    market = Market(make, students=3, slots=1)
    listed, unmatched, silent = market.students
    market.everyone_applies()
    market.acts(4)
    market.rank(listed, *market.slots)
    market.rank(unmatched, *market.slots)
    market.tier(market.slots[0], [listed], [unmatched])
    market.nightly(8)
    review = market.read(lambda: reviews.of_round(market.round))
    assert review is not None
    assert (review.unmatched, review.needs_placement) == ([unmatched.user.name], [silent.user.name])
    market.release()
    assert silent.id not in market.read(
        lambda: {a.student_id for a in db.session.scalars(sa.select(Assignment))}
    )
    assert not market.read(lambda: results.of_student(market.round, silent)).in_run
    sign_in(client, silent)
    page = client.get(f"/rounds/{market.round_id}/result").text
    assert "You were not in the match" in page and "still need a placement" in page


def test_every_choice_ineligible_is_said_when_certifying(
    make: Factory, client: StrictClient, clock: Clock
) -> None:
    """Said when certifying, not at the result; the result then says the same, place by place."""
    market = Market(make, students=1, slots=2)
    market.apply(market.students[0])
    market.acts(4)
    market.rank(market.students[0], *market.slots, certify=False)
    with market.committed():
        ended = START.date() + timedelta(days=1)
        db.session.execute(sa.text("UPDATE agreement SET ends_on = :day"), {"day": ended})
    clock.set(START + 5 * DAY)
    sign_in(client, market.students[0])
    said = client.get(f"/rounds/{market.round_id}/ranking/certify").text
    assert "No place on your list is open to you" in said
    market.rank(market.students[0], *market.slots)
    market.nightly(8)
    market.release()
    page = client.get(f"/rounds/{market.round_id}/result").text
    assert page.count("your school had no agreement with this site") == 2


def test_appeal(make: Factory) -> None:
    """Five working days, the four grounds, a counterfactual run decides, the remedy bumps nobody."""
    assert set(Ground) == {Ground.DATA_ERROR, Ground.ELIGIBILITY, Ground.PROCESS, Ground.CONFLICT}
    market = Market(make, students=2, slots=1)
    holder, appellant = market.students
    (slot,) = market.slots
    market.everyone_applies()
    market.acts(4)
    for student in market.students:
        market.rank(student, slot)
    market.tier(slot, [holder], [appellant])
    market.nightly(8)
    market.release()
    assert market.round.appeal_days == 5
    now = START + 10 * DAY
    with market.committed():
        actor = market.make.actor(appellant)
        filed = appeals.file(
            actor,
            market.round_id,
            ground=Ground.PROCESS,
            words="One more place was agreed.",
            link="/",
            now=now,
        ).id
    with market.committed():
        actor = market.make.actor(market.coordinator)
        one_more = trials.Corrected(Correction.CAPACITY, slot_id=slot.id, capacity=2)
        assert trials.run(actor, market.round_id, filed, one_more, now=now).after_slot_id == slot.id
    with market.committed():
        upheld = appeals.Decision(Outcome.UPHELD, "It was agreed.", Remedy.EXTRA_PLACE, slot.id, agreed=True)
        appeals.decide(actor, market.round_id, filed, upheld, link="/", now=now)
    kept = market.read(lambda: {a.student_id: a.slot_id for a in db.session.scalars(sa.select(Assignment))})
    assert kept == {holder.id: slot.id, appellant.id: None}


def test_deadline_is_the_arrival_s_in_the_round_s_zone(make: Factory, client: StrictClient) -> None:
    """UTC and the round's zone are stored and both shown; the server's stamp of the arrival decides."""
    market = Market(make, students=1, slots=1)
    market.everyone_applies()
    market.acts(4)
    closes = market.round.ranking_closes_at
    last = (closes - START) / DAY - 1e-9
    market.rank(market.students[0], *market.slots, day=last)
    with pytest.raises(WrongPhase):
        market.rank(market.students[0], *market.slots, day=(closes - START) / DAY)
    assert market.round.time_zone == "America/Chicago" and closes.utcoffset() == timedelta(0)
    rules = client.get(f"/rounds/{market.round_id}/rules").text
    assert " CST" in rules and " UTC" in rules
    market.nightly(8)
    sealed = market.read(lambda: db.session.get_one(Seal, market.round_id))
    assert len(sealed.leaves) == 1, "what came in time counts, however late the nightly job is"


def test_nightly_job_runs_twice_late_and_backwards(make: Factory) -> None:
    """One rehearsal a night and one official run, however often, late or out of order the job is called."""
    market = Market(make, students=2, slots=1)
    market.everyone_applies()
    for day in (3, 3, 3.01, 2.99, 5, 3, 4, 5):
        market.nightly(day)
    nights = [run.run_key for run in market.runs(RunKind.REHEARSAL)]
    assert len(nights) == len(set(nights))
    for student in market.students:
        market.rank(student, *market.slots)
    for day in (8, 8, 9, 7, 8):
        assert not market.nightly(day).failures
    (official,) = market.runs(RunKind.OFFICIAL)
    assert official.attempts == 1
    assert len(market.mail("locked")) == len({m.recipient for m in market.mail("locked")})


def test_a_missed_nightly_job_alarms(app: Flask, make: Factory) -> None:
    market = Market(make, students=1, slots=1)
    market.everyone_applies()
    market.nightly(2)
    now = START + 5 * DAY
    with app.app_context(), app.test_request_context():
        round_ = db.session.get_one(Round, market.round_id)
        titles = [item.title for item in todo.items(todo.figures(round_, now), now)]
    assert "The nightly job is late" in titles
