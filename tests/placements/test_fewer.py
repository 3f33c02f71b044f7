"""Fewer places than students, where some came after the match: as many go as must, the host's last first."""

from __future__ import annotations

import pytest

from marketplace.capacities import sharing
from marketplace.coordination import preassigning
from marketplace.db import db
from marketplace.placements import repairs, requests
from marketplace.rounds import queries as rounds
from marketplace.rounds.models import Round
from marketplace.runs import matching_adapter
from marketplace.runs.models import Origin
from marketplace.runs.present import Unsealed
from marketplace.slots.models import Slot
from marketplace.students.models import Student
from matching import Problem, solve
from tests.factories import Factory, sign_in
from tests.placements.after import RELEASED, Cleared, Released
from tests.rounds.market import DAY, START
from tests.support.client import StrictClient
from tests.support.clock import Clock


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


def test_a_slot_that_the_seal_does_not_know_names_who_goes_by_its_host() -> None:
    """It was not posted when lists closed, and took students in clearing; 4 was in no list of anybody's."""
    sealed = Problem.from_dict(
        {
            "format": "matching-problem/1",
            "students": [{"id": f"s{n}", "preferences": [["a"]]} for n in (1, 2, 3)],
            "slots": [{"id": "a", "preferences": [["s1"]]}],
        }
    )
    held = {"s1": "a", "s2": "late", "s3": "late", "s4": "late"}
    found = [
        matching_adapter.displaced(
            sealed, solve(sealed), held, {"late": left}, unsealed=Unsealed({}, {"late": [["s3"], ["s2"]]})
        )
        for left in (3, 2, 1)
    ]
    assert found == [(), ("s4",), ("s2", "s4")]


class Given(Released):
    """Students 1 and 2 were given the two places of slot 1 before the match."""

    def play(self) -> None:
        first, _second = self.slots
        with self.committed():
            db.session.get_one(Slot, first.id).capacity = 2
        self.everyone_applies()
        for student in self.students[:2]:
            self.give(student, first)
        self.rank(self.students[2], first)
        self.nightly(8)
        self.release(day=RELEASED)

    def give(self, student: Student, slot: Slot) -> None:
        actor = self.make.actor(self.coordinator)
        with self.committed():
            round_ = rounds.coordinated(actor, self.round_id, lock=True)
            preassigning.name(actor, round_, student.id, slot.id, reason="Theirs.", now=START + 5 * DAY)


def ask_for_one(market: Released, slot: Slot) -> str:
    """The address of the request to have one place only."""
    actor = market.make.actor(market.contact)
    with market.committed():
        asked = requests.ask_for_fewer(
            actor, market.round_id, slot.id, places=1, reason="A desk less.", now=market.at(10)
        )
        return f"/rounds/{market.round_id}/requests/{asked.id}"


def test_a_request_that_the_lists_cannot_decide_says_so_and_can_be_refused(
    make: Factory, client: StrictClient, clock: Clock
) -> None:
    given = Given(make)
    address = ask_for_one(given, given.slots[0])
    clock.set(START + 11 * DAY)
    sign_in(client, given.coordinator)
    page = client.get(address)
    assert page.status_code == 200 and "The lists can’t say who goes" in page.text
    assert "Nobody would lose a place" not in page.text
    granted = client.post(address, data={"decision": "yes", "reason": "So be it."}, follow_redirects=True)
    assert "The lists can’t say who goes" in granted.text
    client.post(address, data={"decision": "no", "reason": "Both were promised."})
    assert "was not granted" in given.told(given.contact)[-1]
    assert {given.state(student) for student in given.students[:2]} == {"proposed"}


def test_too_many_whom_the_lists_cannot_choose_from_are_a_page_with_the_reason(
    make: Factory, client: StrictClient, clock: Clock
) -> None:
    given = Given(make)
    with given.committed():
        db.session.get_one(Slot, given.slots[0].id).capacity = 1
    clock.set(START + 11 * DAY)
    sign_in(client, given.coordinator)
    page = client.get(f"/rounds/{given.round_id}/slots/{given.slots[0].id}/too-many")
    assert page.status_code == 200 and "The lists can’t say who goes" in page.text


class Shared(Released):
    """Slot 2 has two places, one for the school's students; 4, who had no list, was given the other since."""

    def play(self) -> None:
        second = self.slots[1]
        contact = self.make.actor(self.contact)
        with self.committed():
            db.session.get_one(Slot, second.id).capacity = 2
            sharing.share(contact, second.id, {self.school.id: 1}, now=START + DAY / 2)
        super().play()
        with self.committed():
            round_ = db.session.get_one(Round, self.round_id)
            repairs.place(round_, self.students[3].id, second.id, origin=Origin.REPAIR, now=self.at(10))


def test_quotas_count_who_came_without_a_list(make: Factory, client: StrictClient, clock: Clock) -> None:
    shared = Shared(make)
    one, two, _three, four = shared.students
    address = ask_for_one(shared, shared.slots[1])
    shared.refuse(one)
    clock.set(START + 11 * DAY)
    sign_in(client, shared.coordinator)
    page = client.get(address)
    assert page.status_code == 200 and four.user.name in page.text and two.user.name not in page.text
    repair = client.get(f"/rounds/{shared.round_id}/repair")
    assert "No repair can be worked out" not in repair.text and one.user.name in repair.text
