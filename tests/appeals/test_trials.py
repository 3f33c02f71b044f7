"""What-if runs for appeals: the sealed input with one correction, and one student's outcome alone."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from marketplace.appeals import trials
from marketplace.appeals.models import Appeal, Correction, Ground, Trial
from marketplace.appeals.trials import Corrected
from marketplace.db import db
from marketplace.errors import DomainError
from marketplace.rankings.models import RankList
from marketplace.rounds.models import Round
from tests.appeals.acts import appeal, assignments, decided, make_market, trial
from tests.factories import Factory
from tests.rounds.market import Market


@pytest.fixture
def market(make: Factory) -> Market:
    """A round whose lists are in."""
    return make_market(make)


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
