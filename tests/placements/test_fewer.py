"""Fewer places than students, where some came after the match: as many go as must, the host's last first."""

from __future__ import annotations

import pytest

from marketplace.db import db
from marketplace.placements import repairs
from marketplace.rounds.models import Round
from marketplace.slots.models import Slot
from tests.factories import Factory
from tests.placements.after import RELEASED, Cleared, Released


class Late(Cleared):
    """Slot 2 names 3 before 2 before 4 and nobody else; 3 and 4, who had no list, come in clearing."""

    def play(self) -> None:
        one, two, three, four = self.students
        first, second = self.slots
        self.everyone_applies()
        self.rank(one, first)
        self.rank(two, second)
        self.tier(first, [one])
        self.tier(second, [three], [two], [four])
        self.nightly(8)
        self.release(day=RELEASED)
        self.raise_capacity(second, 3)
        self.open()
        for student in (three, four):
            self.choose(student, second)
        self.settle()


def names(market: Released, slot: Slot, places: int) -> list[str]:
    def look() -> list[str]:
        found = repairs.who_goes(db.session.get_one(Round, market.round_id), slot.id, places)
        return [placement.student.user.name for placement in found]

    return market.read(look)


@pytest.mark.parametrize(("places", "gone"), [(3, []), (2, ["4"]), (1, ["2", "4"]), (0, ["2", "3", "4"])])
def test_who_came_in_clearing_stands_where_the_host_put_them(
    make: Factory, places: int, gone: list[str]
) -> None:
    late = Late(make)
    assert sorted(names(late, late.slots[1], places)) == [f"Student {number}" for number in gone]
