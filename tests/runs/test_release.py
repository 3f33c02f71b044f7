"""Release: phase, everyone's result and everyone's mail in one transaction, once."""

from __future__ import annotations

import threading

import pytest
import sqlalchemy as sa
from flask import Flask

from marketplace.db import db
from marketplace.errors import DomainError, NotFound, WrongPhase
from marketplace.rounds import queries
from marketplace.rounds.phases import Phase
from marketplace.runs import releasing
from marketplace.runs.models import Assignment, Publication, RunKind
from tests.factories import Factory
from tests.rounds.market import DAY, START, Market, address

pytestmark = pytest.mark.both_databases


@pytest.fixture
def market(make: Factory) -> Market:
    """Decided: student 1 has slot 2, the second choice, student 2 slot 1, 3 nothing; 4 has no list."""
    market = Market(make, students=4)
    s1, s2, s3, _s4 = market.students
    a, b = market.slots
    for student in (s1, s2, s3):
        market.apply(student)
    market.rank(s1, a, b)
    market.rank(s2, a)
    market.rank(s3, a)
    market.tier(a, [s2], [s3], [s1])
    market.nightly(8)
    return market


def assignments(market: Market) -> dict[int, tuple[int | None, int | None]]:
    rows = market.read(lambda: db.session.scalars(sa.select(Assignment)).all())
    return {row.student_id: (row.slot_id, row.rank) for row in rows}


def test_everyone_s_result_exists_from_the_release_on(market: Market) -> None:
    s1, s2, s3, _s4 = market.students
    a, b = market.slots
    assert assignments(market) == {}
    market.release()
    assert assignments(market) == {s1.id: (b.id, 2), s2.id: (a.id, 1), s3.id: (None, None)}
    assert market.phase is Phase.RELEASED and market.round.released_at == START + 9 * DAY
    publication = market.read(lambda: db.session.get_one(Publication, market.round_id))
    assert publication.run_id == market.runs(RunKind.OFFICIAL)[0].id
    assert publication.released_by_id == market.coordinator.id


def test_everyone_is_told_once_and_nothing_in_the_mail(market: Market) -> None:
    market.release()
    told = [message.recipient for message in market.mail("released")]
    people = [*market.students, market.contact, market.coordinator]
    assert sorted(told) == sorted(address(person) for person in people)
    for message in market.mail("released"):
        assert not any(slot.title in message.body for slot in market.slots)


def test_happens_once_however_many_press_the_button(app: Flask, market: Market) -> None:
    errors: list[BaseException] = []

    def press() -> None:
        try:
            market.release()
        except DomainError as error:
            errors.append(error)

    threads = [threading.Thread(target=press) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(errors) == 5 and len(market.mail("released")) == 6 and len(assignments(market)) == 3


def test_a_failure_on_the_way_releases_nothing(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_arguments: object, **_options: object) -> None:
        raise RuntimeError("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(releasing, "announce", broken)
        with pytest.raises(RuntimeError):
            market.release()
    assert assignments(market) == {} and market.phase is Phase.COMPUTED and not market.mail("released")
    assert market.round.released_at is None
    market.release()
    assert len(assignments(market)) == 3


def test_only_what_was_decided_can_be_released(make: Factory, market: Market) -> None:
    undecided = Market(make, name="Undecided")
    with pytest.raises(DomainError) as caught:
        undecided.release()
    assert caught.value.reason == "no_result"
    market.release()
    with pytest.raises(WrongPhase):
        market.release()


def test_only_the_school_s_coordinator_finds_the_round(make: Factory, market: Market) -> None:
    for person in (make.coordinator(), market.contact, market.students[0], make.operator()):
        with pytest.raises(NotFound), market.committed():
            queries.coordinated(make.actor(person), market.round_id, lock=True)
