"""Repair for couples: one of them looks beside the other, both together wait for clearing."""

from __future__ import annotations

from collections.abc import Sequence

from marketplace.db import db
from marketplace.placements import repairs
from marketplace.rounds.models import Round
from marketplace.slots.models import Slot
from tests.couples.market import Couples, Pair
from tests.factories import Factory, sign_in
from tests.placements.after import RELEASED, Released
from tests.rounds.market import DAY, START
from tests.support.client import StrictClient
from tests.support.clock import Clock


class Pairs(Released, Couples):
    """Students 1 and 2 are a couple, at slots 1 and 2; student 3 is in slot 3, which has a place left."""

    confirm = Couples.confirm  # type: ignore[assignment]

    def __init__(self, make: Factory, *more: tuple[int | None, int | None]) -> None:
        Couples.__init__(self, make, students=3, slots=3)
        self.more: Sequence[Pair] = [(self._slot(a), self._slot(b)) for a, b in more]
        self.play()

    def _slot(self, number: int | None) -> Slot | None:
        return None if number is None else self.slots[number - 1]

    def play(self) -> None:
        one, two, three = self.students
        first, second, third = self.slots
        with self.committed():
            db.session.get_one(Slot, third.id).capacity = 2
        self.everyone_applies()
        self.couple(one, two)
        self.rank_pairs(one, two, (first, second), *self.more)
        self.rank(three, third, first)
        for slot in self.slots:
            self.tier(slot, then_any=True)
        self.nightly(8)
        self.release(day=RELEASED)

    def proposal(self) -> tuple[dict[int, tuple[int, int]], set[int]]:
        """Student to slot and rank, and who is left."""
        found = self.read(lambda: repairs.propose(db.session.get_one(Round, self.round_id)))
        moves = {m.seeker.row.student_id: (m.slot.id, m.rank) for m in found.moves}
        return moves, {seeker.row.student_id for seeker in found.left}


def test_one_of_a_couple_gets_the_best_pair_beside_the_other(make: Factory) -> None:
    pairs = Pairs(make, (2, 1), (3, 2), (3, 1))
    one, *_ = pairs.students
    pairs.refuse(one)
    assert pairs.proposal() == ({one.id: (pairs.slots[2].id, 3)}, set()), "the rank is that of the pair"


def test_the_place_that_one_of_a_couple_lost_is_not_theirs_again(
    make: Factory, client: StrictClient, clock: Clock
) -> None:
    pairs = Pairs(make)
    one, *_ = pairs.students
    pairs.refuse(one)
    assert pairs.proposal() == ({}, {one.id})
    clock.set(START + 11 * DAY)
    sign_in(client, pairs.coordinator)
    assert one.user.name in client.get(f"/rounds/{pairs.round_id}/repair").text


def test_no_consent_no_place_for_one_of_a_couple(make: Factory) -> None:
    pairs = Pairs(make, (3, 2))
    one, *_ = pairs.students
    pairs.refuse(one)
    pairs.withdraw(one, pairs.slots[2], day=11)
    assert pairs.proposal() == ({}, {one.id})


def test_a_couple_that_lost_both_places_is_left_and_others_are_mended(make: Factory) -> None:
    pairs = Pairs(make, (3, 3))
    for student in pairs.students:
        pairs.refuse(student)
    one, two, three = pairs.students
    assert pairs.proposal() == ({three.id: (pairs.slots[0].id, 2)}, {one.id, two.id})
