"""After the release: fewer places, repair, requests to be released. Each test is a row of the edge cases."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from marketplace.db import db
from marketplace.errors import Conflict, DomainError
from marketplace.placements import repairs, requests
from marketplace.rounds.models import Round
from marketplace.runs.models import Origin, Placement
from marketplace.slots import services as slots
from marketplace.slots.models import Slot
from tests.factories import Factory
from tests.placements.after import RELEASED, Released
from tests.rounds.market import Market


class Roomy(Released):
    """Slot 1 has three places and takes 3 before 1 before 2; slot 2 has two and takes anyone."""

    def play(self) -> None:
        first, second = self.slots
        with self.committed():
            for slot, places in ((first, 3), (second, 2)):
                db.session.get_one(Slot, slot.id).capacity = places
        one, two, three, _four = self.students
        for student in (one, two, three):
            self.apply(student)
            self.rank(student, first, second)
        self.tier(first, [three], [one], [two])
        self.tier(second, then_any=True)
        self.nightly(8)
        self.release(day=RELEASED)

    def ask_fewer(self, slot: Slot, places: int) -> int:
        actor = self.make.actor(self.contact)
        with self.committed():
            return requests.ask_for_fewer(
                actor, self.round_id, slot.id, places=places, reason="A colleague left.", now=self.at(10)
            ).id

    def decide(self, request_id: int, *, granted: bool = True, day: float = 11) -> None:
        actor = self.make.actor(self.coordinator)
        with self.committed():
            requests.decide(
                actor, self.round_id, request_id, granted=granted, answer="As agreed.", now=self.at(day)
            )

    def proposal(self) -> repairs.Proposal:
        return self.read(lambda: repairs.propose(db.session.get_one(Round, self.round_id)))

    def apply_repair(self, digest: str) -> int:
        actor = self.make.actor(self.coordinator)
        with self.committed():
            return repairs.apply(actor, self.round_id, digest, reason="Hospital cut back.", now=self.at(12))


@pytest.fixture
def roomy(make: Factory) -> Roomy:
    return Roomy(make)


@pytest.mark.both_databases
def test_capacity_reduced_after_release_displaces_the_lowest_ranked_and_repair_finds_a_place(
    roomy: Roomy,
) -> None:
    one, two, three, _four = roomy.students
    first, second = roomy.slots
    before = {s.id: len(roomy.told(s)) for s in roomy.students}
    request = roomy.ask_fewer(first, 2)
    assert roomy.state(two) == "proposed", "nothing changes until the coordinator has decided"
    roomy.decide(request)
    assert [roomy.state(s) for s in (one, two, three)] == ["proposed", "displaced", "proposed"]
    proposal = roomy.proposal()
    assert [(m.seeker.row.student_id, m.slot.id, m.rank) for m in proposal.moves] == [(two.id, second.id, 2)]
    assert roomy.standing(two) is None, "a proposal writes nothing"
    assert roomy.apply_repair(proposal.digest) == 1
    found = roomy.standing(two)
    assert found and (found.slot_id, found.origin, found.state) == (second.id, Origin.REPAIR, "proposed")
    told = {s.id: len(roomy.told(s)) - before[s.id] for s in roomy.students}
    assert told[two.id] == 2 and told[one.id] == told[three.id] == 0, "those concerned only"


def test_facility_withdraws_after_release_displaces_everyone_there(roomy: Roomy) -> None:
    one, two, three, _four = roomy.students
    first, _second = roomy.slots
    with pytest.raises(DomainError, match="slot_in_round"), roomy.committed():
        slots.close(roomy.make.actor(roomy.contact), first.id, reason="Closing", now=roomy.at(10))
    roomy.decide(roomy.ask_fewer(first, 0))
    assert [roomy.state(s) for s in (one, two, three)] == ["displaced"] * 3
    proposal = roomy.proposal()
    assert len(proposal.moves) == 2 and len(proposal.left) == 1, "two places are open, by the lottery"
    roomy.apply_repair(proposal.digest)
    assert [p.slot.id for p in roomy.board().open] == []
    with roomy.committed():
        slots.close(roomy.make.actor(roomy.contact), first.id, reason="Closing", now=roomy.at(13))


def test_what_is_applied_is_what_was_seen(roomy: Roomy) -> None:
    _one, two, _three, _four = roomy.students
    roomy.decide(roomy.ask_fewer(roomy.slots[0], 2))
    seen = roomy.proposal()
    roomy.withdraw(two, roomy.slots[1], day=12)
    assert roomy.proposal().moves == [], "without the consent there is no place"
    with pytest.raises(Conflict):
        roomy.apply_repair(seen.digest)


def test_a_request_that_is_not_granted_changes_nothing(roomy: Roomy) -> None:
    request = roomy.ask_fewer(roomy.slots[0], 0)
    assert roomy.ask_fewer(roomy.slots[0], 1) == request, "one request waits about a slot"
    roomy.decide(request, granted=False)
    assert {roomy.state(s) for s in roomy.students[:3]} == {"proposed"}
    with pytest.raises(DomainError, match="decided"):
        roomy.decide(request)


def test_student_withdraws_after_match_by_a_release_request(roomy: Roomy) -> None:
    one, two, _three, _four = roomy.students
    actor = roomy.make.actor(one)

    def ask() -> int:
        with roomy.committed():
            return requests.ask_as_student(actor, roomy.round_id, reason="We move.", now=roomy.at(10)).id

    with pytest.raises(DomainError, match="not_confirmed"):
        ask()
    roomy.confirm(one)
    request = ask()
    assert ask() == request
    assert roomy.standing(one) is not None
    roomy.decide(request)
    assert roomy.state(one) == "released" and roomy.state(two) == "proposed"
    assert [s.first for s in roomy.board().seekers if s.row.student_id == one.id] == [False]


def test_the_two_sides_cannot_release_each_other(roomy: Roomy) -> None:
    one, *_ = roomy.students
    first = roomy.slots[0]
    roomy.confirm(one)
    roomy.host_confirms(first)
    with pytest.raises(DomainError, match="bound"):
        roomy.refuse(one)
    with pytest.raises(DomainError, match="bound"):
        roomy.decline(one)
    held = roomy.standing(one)
    assert held
    with roomy.committed():
        request = requests.ask_as_host(
            roomy.make.actor(roomy.contact), roomy.round_id, first.id, held.id, reason="x", now=roomy.at(10)
        ).id
    roomy.decide(request)
    assert roomy.state(one) == "withdrawn"
    assert [s.row.student_id for s in roomy.board().seekers if s.first] == [one.id]


def test_capacity_reduced_elsewhere_is_seen_and_displaces_by_the_same_rule(roomy: Roomy) -> None:
    _one, two, three, _four = roomy.students
    first = roomy.slots[0]
    with roomy.committed():
        db.session.get_one(Slot, first.id).capacity = 1
    assert [place.slot.id for place in roomy.board().over] == [first.id]
    actor = roomy.make.actor(roomy.coordinator)
    with roomy.committed():
        round_ = db.session.get_one(Round, roomy.round_id)
        assert repairs.displace(actor, round_, first.id, 1, reason="Agreed.", now=roomy.at(11)) == 2
    assert roomy.state(three) == "proposed" and roomy.state(two) == "displaced"


def test_nobody_else_moves_in_a_repair(roomy: Roomy) -> None:
    roomy.decide(roomy.ask_fewer(roomy.slots[0], 1))
    query = sa.select(Placement.student_id, Placement.slot_id).where(Placement.ended_at.is_(None))
    before = set(roomy.read(lambda: db.session.execute(query).all()))
    roomy.apply_repair(roomy.proposal().digest)
    after = set(roomy.read(lambda: db.session.execute(query).all()))
    assert before < after


def test_unmatched_students_are_not_in_a_repair(released: Market) -> None:
    assert isinstance(released, Released)
    proposal = released.read(lambda: repairs.propose(db.session.get_one(Round, released.round_id)))
    assert proposal.moves == [] and proposal.left == []
