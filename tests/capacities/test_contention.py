"""A slot in two rounds is never overbooked: its places are shared out, or the second round can't have it."""

from __future__ import annotations

import json
import time
from functools import partial

import pytest
import sqlalchemy as sa
from flask import Flask

from marketplace.capacities import contention, sharing
from marketplace.db import db
from marketplace.errors import DomainError
from marketplace.mail.models import OutboxMessage
from marketplace.rounds import queries as rounds
from marketplace.rounds import services
from marketplace.rounds.models import Round, RoundSlot
from marketplace.runs.models import Seal
from marketplace.schools.models import Programme
from tests.factories import Factory, sign_in
from tests.rounds.market import DAY, START, Market, address
from tests.rounds.test_concurrency import at_once
from tests.support.client import StrictClient
from tests.support.clock import Clock

pytestmark = pytest.mark.both_databases


class Rivals:
    """Two schools' rounds; the first has a slot of three places, which the second wants, too."""

    def __init__(self, make: Factory) -> None:
        self.first = Market(make, students=4, slots=1, name="First")
        self.second = Market(make, students=4, slots=1, name="Second")
        self.slot = self.first.slots[0]
        make.agreement(self.second.school, self.first.facility)
        with self.first.committed():
            db.session.get_one(type(self.slot), self.slot.id).capacity = 3

    def add(self, day: float = 0.1) -> None:
        """The second round takes the slot, too."""
        market = self.second
        actor = market.make.actor(market.coordinator)
        with market.committed():
            round_ = rounds.coordinated(actor, market.round_id, lock=True)
            services.add_slots(actor, round_, [self.slot.id], now=START + day * DAY)

    def share(self, *places: int) -> None:
        """The facility gives the schools these, in the order of their names."""
        actor = self.first.make.actor(self.first.contact)
        with self.first.committed():
            found = [school.id for school in sharing.schools(self.slot.id)]
            given = dict(zip(found, places, strict=False))
            sharing.share(actor, self.slot.id, given, now=START + 0.2 * DAY)

    def asked(self) -> list[OutboxMessage]:
        """The mail that asks to share places out."""
        query = sa.select(OutboxMessage).where(OutboxMessage.key.startswith("contended:"))
        return self.first.read(lambda: list(db.session.scalars(query)))

    def filled(self) -> list[int]:
        """How many students of each round the match places in the slot, everybody wanting it alone."""
        counts = []
        for market in (self.first, self.second):
            for student in market.students:
                market.apply(student, self.slot)
                market.rank(student, self.slot)
        self.first.nightly(8)
        for market in (self.first, self.second):
            (run,) = [each for each in market.runs() if each.kind == "official"]
            result = json.loads(run.result or "")
            code = f"slot-{self.slot.id}"
            counts.append(sum(1 for place in result["assignment"].values() if place == code))
        return counts


@pytest.fixture
def rivals(make: Factory) -> Rivals:
    return Rivals(make)


def test_two_rounds_without_a_split_get_equal_parts_and_the_facility_is_asked(
    rivals: Rivals, client: StrictClient, clock: Clock
) -> None:
    rivals.add()
    (mail,) = rivals.asked()
    assert mail.recipient == address(rivals.first.contact) and "“Second”" in mail.body
    sign_in(client, rivals.first.contact)
    assert "Share out the places of “Slot 1” among schools" in client.get("/").text
    shares = client.get(f"/posting/{rivals.slot.id}/schools").text
    assert "Nothing: what is left, in equal parts." in shares and "any number." not in shares
    page = client.get(f"/rounds/{rivals.second.round_id}/rules").text
    assert f"at most 1 student of {rivals.second.school.name}" in page
    rivals.first.nightly(1)
    assert f"<li>{rivals.first.school.name}: 2</li>" in client.get(f"/posting/{rivals.slot.id}/schools").text
    assert rivals.filled() == [2, 1]
    problem = rivals.first.read(lambda: db.session.get_one(Seal, rivals.second.round_id).problem)
    (slot,) = [s for s in json.loads(problem)["slots"] if s["id"] == f"slot-{rivals.slot.id}"]
    assert slot["quotas"]["maximum"][f"u{rivals.second.school.id}"] == 1


def test_what_the_facility_shares_out_counts_and_the_rest_goes_to_the_other(
    rivals: Rivals, client: StrictClient
) -> None:
    rivals.add()
    rivals.share(1, 2)
    sign_in(client, rivals.first.contact)
    assert "Share out the places" not in client.get("/").text
    assert rivals.filled() == [1, 2]


def test_a_round_that_counts_on_all_places_leaves_none(
    rivals: Rivals, client: StrictClient, clock: Clock
) -> None:
    with rivals.second.committed():  # its stages are later than the first round's
        db.session.get_one(Round, rivals.second.round_id).applying_opens_at = START + 3 * DAY
    rivals.first.nightly(1)
    with pytest.raises(DomainError) as caught:
        rivals.add(day=1.5)
    assert caught.value.reason == "contended" and caught.value.details["taken"] == [rivals.slot.id]
    sign_in(client, rivals.second.coordinator)
    path = f"/rounds/{rivals.second.round_id}/slots"
    page = client.get(path).text
    assert "round counts on all of its places" in page
    assert f'value="{rivals.slot.id}"' not in page, "it is not offered"
    client.post(path, data={"slot": str(rivals.slot.id)})
    assert "Nothing was changed." in client.get(path).text


def test_where_the_first_was_given_a_share_the_second_may_come_later_for_the_rest(rivals: Rivals) -> None:
    rivals.share(1)
    rivals.first.nightly(1)
    rivals.add(day=1.5)
    assert rivals.filled() == [1, 2]
    problem = rivals.first.read(lambda: db.session.get_one(Seal, rivals.first.round_id).problem)
    (slot,) = json.loads(problem)["slots"]
    assert slot["quotas"]["maximum"] == {f"u{rivals.first.school.id}": 1}, "the other's part is not its own"


def test_a_facility_that_can_not_share_out_any_more_is_not_asked(rivals: Rivals) -> None:
    rivals.share(1)
    with rivals.second.committed():  # its stages are later than the first round's
        db.session.get_one(Round, rivals.second.round_id).applying_opens_at = START + 3 * DAY
    rivals.first.nightly(1)
    rivals.add(day=1.5)
    assert rivals.asked() == []


def test_what_was_given_to_a_school_whose_round_is_cancelled_goes_to_the_others(
    make: Factory, rivals: Rivals
) -> None:
    rivals.share(3)
    third = Market(make, students=1, slots=1, name="Third")
    make.agreement(third.school, rivals.first.facility)
    first = rivals.first
    actor = make.actor(first.coordinator)
    with first.committed():
        round_ = rounds.coordinated(actor, first.round_id, lock=True)
        services.cancel(actor, round_, reason="Too few students", now=START + 0.3 * DAY)
    for market in (rivals.second, third):
        actor = make.actor(market.coordinator)
        with market.committed():
            round_ = rounds.coordinated(actor, market.round_id, lock=True)
            services.add_slots(actor, round_, [rivals.slot.id], now=START + 0.4 * DAY)
    shares = first.read(lambda: sharing.shares([rivals.slot.id]))[rivals.slot.id]
    assert shares == {rivals.second.school.id: 2, third.school.id: 1}


def test_of_two_rounds_of_a_school_announced_at_once_one_has_the_slot(app: Flask, make: Factory) -> None:
    market = Market(make, students=1, slots=1, announce=False)
    actor = make.actor(market.coordinator)
    with market.committed():
        again = services.create(
            actor,
            market.school.id,
            name="Again",
            time_zone="America/Chicago",
            calendar={name: getattr(market.round, name) for name in services.CALENDAR},
            programme_ids=[market.programme.id],
            use_last_draft=True,
            now=START,
        )
        services.add_slots(actor, again, [market.slots[0].id], now=START)
        ids = market.round_id, again.id

    def announce(round_id: int) -> None:
        services.open_recruiting(actor, rounds.coordinated(actor, round_id, lock=True), now=START)
        time.sleep(0.5)  # so that neither has committed when the other looks

    errors = at_once(app, [partial(announce, round_id) for round_id in ids])
    assert [str(getattr(error, "reason", error)) for error in errors] == ["contended"]


def test_two_rounds_of_one_school_can_not_share_a_slot(make: Factory, rivals: Rivals) -> None:
    first = rivals.first
    actor = make.actor(first.coordinator)
    with first.committed():
        draft = services.create(
            actor,
            first.school.id,
            name="Again",
            time_zone="America/Chicago",
            calendar={name: getattr(first.round, name) for name in services.CALENDAR},
            programme_ids=[first.programme.id],
            use_last_draft=True,
            now=START,
        )
        with pytest.raises(DomainError) as caught:
            services.add_slots(actor, draft, [rivals.slot.id], now=START)
    assert caught.value.details["own"] == [rivals.slot.id]
    with first.committed():  # one that had it before this was refused is not cut short
        db.session.add(RoundSlot(round_id=rivals.second.round_id, slot_id=rivals.slot.id, code="slot-9"))
        db.session.get_one(Programme, rivals.second.programme.id).school_id = first.school.id
    assert first.read(lambda: sharing.shares([rivals.slot.id])) == {}
    contact = make.actor(first.contact)
    assert first.read(lambda: contention.unshared(contact)) == [], "there is one school to give places to"
