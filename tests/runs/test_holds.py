"""Anomaly holds: what looks wrong about a result blocks its release until a coordinator has looked."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from marketplace.audit.models import AuditEvent
from marketplace.db import db
from marketplace.errors import Conflict, DomainError, NotFound, WrongPhase
from marketplace.rounds import queries, services
from marketplace.rounds.phases import Phase
from marketplace.runs import holds
from marketplace.runs.models import Assignment, Hold, HoldCause
from tests.factories import Factory
from tests.rounds.market import DAY, START, Market

pytestmark = pytest.mark.both_databases


def found(market: Market) -> dict[HoldCause, int]:
    rows = market.read(lambda: db.session.scalars(sa.select(Hold)).all())
    return {row.cause: row.subject_id for row in rows}


def clear(market: Market, reason: str = "Called them: it is right.") -> None:
    actor = market.make.actor(market.coordinator)
    with market.committed():
        round_ = queries.coordinated(actor, market.round_id, lock=True)
        (hold,) = db.session.scalars(sa.select(Hold))
        holds.clear(actor, round_, hold.id, reason=reason, now=START + 9 * DAY)


def decided(market: Market) -> Market:
    for student in market.students:
        market.apply(student)
        market.rank(student, *market.slots)
    return market


@pytest.fixture
def nobody(make: Factory) -> Market:
    """Every facility says that it takes nobody, so the whole programme is unmatched."""
    market = decided(Market(make))
    for slot in market.slots:
        market.tier(slot)
    market.nightly(8)
    return market


def test_an_ordinary_result_is_not_held(make: Factory) -> None:
    market = decided(Market(make))
    market.nightly(8)
    assert found(market) == {}
    market.release()


def test_a_programme_of_which_nobody_is_placed_holds_the_release(nobody: Market) -> None:
    assert found(nobody) == {HoldCause.PROGRAMME: nobody.programme.id}, "its school has no other: said once"
    with pytest.raises(DomainError) as caught:
        nobody.release()
    assert caught.value.reason == "held"
    assert nobody.phase is Phase.COMPUTED and not nobody.mail("released")
    clear(nobody)
    nobody.release()
    assert nobody.phase is Phase.RELEASED


def test_clearing_takes_words_and_happens_once(nobody: Market) -> None:
    with pytest.raises(DomainError) as caught:
        clear(nobody, "  ")
    assert caught.value.reason == "missing"
    clear(nobody)
    (hold,) = nobody.read(lambda: db.session.scalars(sa.select(Hold)).all())
    assert (hold.reason, hold.cleared_by_id) == ("Called them: it is right.", nobody.coordinator.id)
    with pytest.raises(Conflict):
        clear(nobody)
    events = nobody.read(
        lambda: db.session.scalars(sa.select(AuditEvent).where(AuditEvent.action == "hold cleared")).all()
    )
    assert [event.actor_id for event in events] == [nobody.coordinator.id]
    nobody.release()
    with pytest.raises(WrongPhase):
        clear(nobody)


def test_another_school_s_coordinator_finds_no_hold(make: Factory, nobody: Market) -> None:
    other = decided(Market(make, name="Other"))
    other.nightly(8)
    actor = make.actor(other.coordinator)
    hold_id = nobody.read(lambda: db.session.scalars(sa.select(Hold.id)).one())
    with pytest.raises(NotFound), other.committed():
        round_ = queries.coordinated(actor, other.round_id, lock=True)
        holds.clear(actor, round_, hold_id, reason="Mine?", now=START + 9 * DAY)


def test_a_whole_school_among_others_is_said_once_with_its_programmes(make: Factory) -> None:
    market = decided(Market(make))
    second = make.programme(market.school, "Second programme")
    with market.committed():
        actor = make.actor(market.coordinator)
        round_ = queries.coordinated(actor, market.round_id, lock=True)
        both = [market.programme.id, second.id]
        services.set_programmes(actor, round_, both, now=START)
    late = [make.student(second, f"Second {n}") for n in range(2)]
    for student in late:
        market.apply(student)
        market.rank(student, *market.slots)
    for slot in market.slots:
        market.tier(slot)
    market.nightly(8)
    assert set(found(market)) == {HoldCause.PROGRAMME, HoldCause.SCHOOL}


def test_a_list_that_turns_its_earlier_version_around_is_held(make: Factory) -> None:
    market = Market(make, slots=3)
    a, b, c = market.slots
    first, second, third = market.students
    for student in market.students:
        market.apply(student)
    market.rank(first, a, b, c)
    market.rank(first, c, b, a)
    market.rank(second, a, b, c)
    market.rank(second, b, c, a)
    market.rank(third, a, b, c)
    market.rank(third, c, b, a, certify=False)  # a draft counts for nothing
    market.tier(a, [first], [second], [third])
    market.tier(a, [third], [second], [first])
    market.nightly(8)
    assert found(market) == {HoldCause.STUDENT_REVERSED: first.id, HoldCause.SLOT_REVERSED: a.id}


def test_tiers_that_look_like_scores_are_held(make: Factory) -> None:
    """Two facilities agree about five applicants; a third has them all the other way round."""
    market = decided(Market(make, students=5, slots=3))
    a, b, c = market.slots
    tiers = [[student] for student in market.students]
    market.tier(a, *tiers)
    market.tier(b, *tiers)
    market.tier(c, *tiers[::-1])
    market.nightly(8)
    assert found(market) == {HoldCause.SLOT_AGAINST: c.id}


def test_nothing_of_a_result_can_be_edited(nobody: Market) -> None:
    """There are no rows to edit before the release."""
    assert nobody.read(lambda: db.session.scalars(sa.select(Assignment)).all()) == []
