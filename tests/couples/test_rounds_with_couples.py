"""Edge cases of the domain: couples whose partner is unconfirmed, whose pairs all fail, without a stable
outcome."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from functools import partial

import pytest

from marketplace.applications import services as applications
from marketplace.couples import services
from marketplace.couples.models import Couple, CoupleMember, CoupleState
from marketplace.db import db
from marketplace.errors import DomainError, Refusal
from marketplace.mail.models import OutboxMessage
from marketplace.results import openings
from marketplace.results import queries as results
from marketplace.rounds import queries as rounds
from marketplace.runs import bundles, holds, matching_adapter, superseding
from marketplace.runs import queries as runs
from marketplace.runs.corrections import Correction, Kind
from marketplace.runs.models import Assignment, HoldCause, MatchRun, RunKind, Seal
from marketplace.students.models import Student
from matching import bundle
from tests.couples.market import Couples
from tests.factories import Factory, sign_in
from tests.rounds.market import DAY, START
from tests.support.client import StrictClient
from tests.support.clock import Clock
from tests.support.threads import run_together

pytestmark = pytest.mark.both_databases
Where = dict[int, tuple[int | None, int | None]]


@pytest.fixture
def market(make: Factory) -> Couples:
    """Four students who all applied to three slots of one place; everyone is welcome everywhere."""
    market = Couples(make, students=4, slots=3)
    market.everyone_applies()
    return market


def decided(market: Couples) -> MatchRun:
    report = market.nightly(8)
    assert not report.failures
    run = market.read(lambda: runs.official_run(market.round_id))
    assert run is not None
    return run


def places(market: Couples) -> Where:
    market.release()
    rows = market.read(lambda: db.session.query(Assignment).all())
    return {row.student_id: (row.slot_id, row.rank) for row in rows}


def sealed(market: Couples) -> dict[str, list[dict[str, object]]]:
    text = market.read(lambda: db.session.get_one(Seal, market.round_id)).problem
    found: dict[str, list[dict[str, object]]] = json.loads(text)
    return found


def test_a_couple_is_placed_at_its_best_pair_that_works(market: Couples) -> None:
    p, q, s, _ = market.students
    a, b, c = market.slots
    market.couple(p, q)
    market.rank_pairs(p, q, (a, b), (b, c), (c, None))
    market.rank(s, a)
    market.tier(a, [s], [p], [q])
    run = decided(market)
    assert run.result is not None and json.loads(run.result)["objective"] == "couples"
    assert run.earlier == []
    assert places(market) == {p.id: (b.id, 2), q.id: (c.id, 2), s.id: (a.id, 1)}
    told = market.read(lambda: results.of_student(market.round, p))
    assert told.slot is not None and told.slot.id == b.id and told.rank == 2


def test_the_seal_holds_the_pairs_and_no_own_list_of_the_two(market: Couples) -> None:
    p, q, *_ = market.students
    a, b, _c = market.slots
    market.couple(p, q)
    own = market.rank(p, a)
    market.rank_pairs(p, q, (a, b))
    decided(market)
    problem = sealed(market)
    assert len(problem["couples"]) == 1
    assert all(student["preferences"] == [] for student in problem["students"])
    leaves = market.read(lambda: db.session.get_one(Seal, market.round_id)).leaves
    assert len(leaves) == 1 and own not in leaves


@pytest.mark.parametrize("case", ["unconfirmed", "one certified", "left the round", "ended"])
def test_partner_unconfirmed_or_withdrawn_the_other_is_single_with_their_own_list(
    market: Couples, case: str
) -> None:
    p, q, *_ = market.students
    a, b, c = market.slots
    market.rank(p, c)
    if case == "unconfirmed":
        market.invite(p, q.user.email)
    else:
        market.couple(p, q)
        version = market.pairs(p, [(a, b)])
        market.certify(p, version)
    if case in ("left the round", "ended"):
        market.certify(q, version)
    if case == "left the round":
        leave_round(market, q)
        market.nightly(6)
    if case == "ended":
        market.leave(q)
    if case in ("left the round", "ended"):
        told = [m.recipient for m in mails(market) if "by yourself again" in m.subject]
        assert sorted(told) == sorted([p.user.email, q.user.email])
    decided(market)
    assert "couples" not in sealed(market) or not sealed(market)["couples"]
    assert places(market)[p.id] == (c.id, 1)


def test_once_lists_are_closed_nobody_hears_that_a_member_left(market: Couples) -> None:
    p, q, *_ = market.students
    market.couple(p, q)
    leave_round(market, q)
    for day in (8, 9):
        market.nightly(day)
    assert not [m for m in mails(market) if "by yourself again" in m.subject]


def leave_round(market: Couples, student: Student) -> None:
    actor = market.make.actor(student)
    with market.committed():
        round_, row = rounds.as_student(actor, market.round_id, lock=True)
        applications.withdraw_from_round(actor, round_, row, now=START + 5 * DAY)


@pytest.mark.parametrize("first", ["taken back", "confirmed"])
def test_an_invitation_taken_back_and_confirmed_at_once_is_one_of_them(market: Couples, first: str) -> None:
    p, q, *_ = market.students
    couple_id = market.invite(p, q.user.email)
    takes_back = partial(services.leave, market.make.actor(p), market.round_id, now=START + 3 * DAY)
    confirms = partial(
        services.confirm, market.make.actor(q), market.round_id, couple_id, link="", now=START + 3 * DAY
    )

    def act(work: Callable[[], object], late: float) -> str:
        time.sleep(late)
        try:
            with market.committed():
                work()
                time.sleep(0.4)
        except Refusal as error:
            return error.reason
        return "done"

    works = [takes_back, confirms] if first == "taken back" else [confirms, takes_back]
    said = run_together([partial(act, works[0], 0), partial(act, works[1], 0.2)])
    assert said[0] == "done" and (first == "confirmed" or said[1] == "not_found")
    state = market.read(lambda: db.session.get_one(Couple, couple_id)).state
    members = market.read(lambda: db.session.query(CoupleMember).count())
    assert members == (2 if state is CoupleState.CONFIRMED else 0)


def mails(market: Couples) -> list[OutboxMessage]:
    return market.read(lambda: db.session.query(OutboxMessage).all())


@pytest.mark.parametrize("apart", [(False, False), (True, False), (True, True)])
def test_all_pairs_fail_both_are_unmatched_unless_both_ticked_the_fall_back(
    market: Couples, apart: tuple[bool, bool]
) -> None:
    p, q, s, t = market.students
    a, b, c = market.slots
    market.couple(p, q)
    market.rank(p, c)
    market.rank(q, c)
    market.rank_pairs(p, q, (a, b), apart=apart)
    market.rank(s, a)
    market.rank(t, b)
    market.tier(a, [s], [p])
    market.tier(b, [t], [q])
    market.tier(c, [q], [p])
    run = decided(market)
    found = places(market)
    assert (found[s.id][0], found[t.id][0]) == (a.id, b.id)
    if apart != (True, True):
        assert run.earlier == []
        assert found[p.id] == found[q.id] == (None, None)
        return
    assert found[q.id] == (c.id, 1) and found[p.id] == (None, None)
    (step,) = run.earlier
    assert step["split"] == [sealed(market)["couples"][0]["id"]]
    told = market.read(lambda: results.of_student(market.round, q))
    assert [choice.told.why.value for choice in told.choices] == ["placed"]


def no_stable_outcome(market: Couples) -> None:
    """One single and one couple at two slots of one place each: somebody always moves."""
    p, q, s, _ = market.students
    a, b, c = market.slots
    market.couple(p, q)
    market.rank_pairs(p, q, (a, b))
    market.rank(s, a, b)
    market.tier(a, [p], [s])
    market.tier(b, [s], [q])
    market.tier(c)


def test_no_stable_outcome_is_counted(market: Couples) -> None:
    no_stable_outcome(market)
    run = decided(market)
    result = matching_adapter.read_result(run.result or "")
    assert len(result.blocking_pairs) == 1 and result.optimal


@pytest.mark.parametrize("case", ["placed", "taken apart", "no stable outcome"])
def test_the_auditors_bundle_holds(market: Couples, case: str) -> None:
    p, q, s, _ = market.students
    a, b, c = market.slots
    if case == "no stable outcome":
        no_stable_outcome(market)
    else:
        market.couple(p, q)
        market.rank(p, a, c)
        pairs = [(a, a)] if case == "taken apart" else [(a, b), (a, c)]
        market.rank_pairs(p, q, *pairs, apart=(True, True))
        market.rank(s, b, c)
    run = decided(market)
    assert len(run.earlier) == (case == "taken apart")
    if case == "no stable outcome":
        clear(market)
    market.release()
    with market.committed():
        text = bundles.export(market.round_id, auditor="Ada Auditor", purpose="test", now=START + 9 * DAY)
    whole = json.loads(text)
    published = {key: whole[key] for key in ("commitment", "root", "problem_sha256", "decided_sha256")}
    assert bundle.verify(whole, published) == []
    assert len(whole["openings"]) == len(whole["leaves"])
    opening = market.read(lambda: openings.of_student(market.round, q))
    assert opening["digest"] in whole["leaves"] and opening["pairs"]
    certificate = market.read(lambda: openings.certificate(market.round))
    assert certificate["stability"]["blocking_pairs"] == (case == "no stable outcome")


def clear(market: Couples) -> None:
    """The release is held until a coordinator has acknowledged the pair that blocks."""
    with pytest.raises(DomainError, match="held"):
        market.release()
    actor = market.make.actor(market.coordinator)
    with market.committed():
        round_ = rounds.coordinated(actor, market.round_id, lock=True)
        run = runs.official_run(market.round_id)
        assert run is not None
        (hold,) = holds.of_run(run.id)
        assert (hold.cause, hold.subject_id) == (HoldCause.BLOCKING, 1)
        holds.clear(actor, round_, hold.id, reason="No stable result exists.", now=START + 8.5 * DAY)


def test_rehearsals_take_couples_too(market: Couples) -> None:
    no_stable_outcome(market)
    report = market.nightly(5.5)
    assert not report.failures
    (run,) = market.runs(RunKind.REHEARSAL)[-1:]
    assert run.totals is not None and run.totals["with_list"] == 3


def match_again(market: Couples, *asked: Correction) -> None:
    """Two coordinators have the decided round matched again on these corrections."""
    second = market.make.coordinator(market.school, "Second coordinator")
    for person, act in (
        (market.coordinator, partial(superseding.propose, asked=asked, reason="As told by telephone.")),
        (second, superseding.confirm),
    ):
        actor = market.make.actor(person)
        with market.committed():
            act(actor, rounds.coordinated(actor, market.round_id, lock=True), now=START + 8.5 * DAY)
    assert market.acts(8.6) == ["decided"]


@pytest.mark.parametrize("asked_apart", [True, False])
def test_after_the_lock_the_other_one_stands_alone_by_the_own_list_that_was_sealed(
    market: Couples, client: StrictClient, clock: Clock, asked_apart: bool
) -> None:
    """Couple: partner withdraws, too late for the lock: nothing that was not sealed can come to count."""
    p, q, *_ = market.students
    a, b, c = market.slots
    market.couple(p, q)
    market.rank(p, c)
    market.rank(q, b)
    market.rank_pairs(p, q, (a, b), apart=(asked_apart, asked_apart))
    decided(market)
    names = {i: code for code, i in market.codes()[0].items()}
    match_again(market, Correction(Kind.STUDENT_GONE, student=names[q.id]))
    found = places(market)
    assert q.id not in found and found[p.id] == ((c.id, 1) if asked_apart else (None, None))
    certificate = market.read(lambda: openings.certificate(market.round))
    assert certificate["couples_ended_by_corrections"] == 1
    clock.set(START + 10 * DAY)
    sign_in(client, p)
    page = client.get(f"/rounds/{market.round_id}/result").text
    counted = "the list of your own counted" if asked_apart else "no list of your own was sealed"
    assert "Your partner left the round after lists closed" in page and counted in page
    audited(market)


def test_a_slot_of_a_couple_s_list_that_is_gone_takes_its_pairs_with_it(market: Couples) -> None:
    p, q, *_ = market.students
    a, b, c = market.slots
    market.couple(p, q)
    market.rank_pairs(p, q, (a, b), (c, b), (c, None))
    decided(market)
    names = {i: code for code, i in market.codes()[1].items()}
    match_again(market, Correction(Kind.SLOT_GONE, slot=names[a.id]))
    found = places(market)
    assert (found[p.id], found[q.id]) == ((c.id, 1), (b.id, 1))
    audited(market)


def test_a_couple_both_of_whom_are_gone_counts_as_ended(market: Couples) -> None:
    p, q, other, _ = market.students
    a, b, _c = market.slots
    market.couple(p, q)
    market.rank(other, a)
    market.rank_pairs(p, q, (a, b))
    decided(market)
    names = {i: code for code, i in market.codes()[0].items()}
    match_again(market, *(Correction(Kind.STUDENT_GONE, student=names[each.id]) for each in (p, q)))
    assert places(market).keys() == {other.id}
    certificate = market.read(lambda: openings.certificate(market.round))
    assert certificate["couples_ended_by_corrections"] == 1
    audited(market)


def test_who_may_not_be_at_a_slot_of_the_own_list_is_barred_before_that_list_counts(market: Couples) -> None:
    """The couple's pairs don't name the slot; without a place it is taken apart, and the own list does."""
    p, q, other, _ = market.students
    a, b, c = market.slots
    market.couple(p, q)
    market.rank(p, c)
    market.rank(q, b)
    market.rank(other, a)
    market.tier(a, [other])
    market.rank_pairs(p, q, (a, b), apart=(True, True))
    decided(market)
    students, slots = ({i: code for code, i in each.items()} for each in market.codes())
    match_again(market, Correction(Kind.NOT_ELIGIBLE, student=students[p.id], slot=slots[c.id]))
    found = places(market)
    assert (found[p.id], found[q.id]) == ((None, None), (b.id, 1))
    audited(market)


def audited(market: Couples) -> None:
    """The auditors' program finds nothing wrong with the released round."""
    with market.committed():
        text = bundles.export(market.round_id, auditor="Ada", purpose="check", now=START + 11 * DAY)
    assert bundle.verify(json.loads(text)) == []
