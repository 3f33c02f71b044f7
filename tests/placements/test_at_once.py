"""Two people act on one placement at the same moment: the second judges what the first left behind.

On PostgreSQL only: SQLite has one writer at a time.
"""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from marketplace.db import db
from marketplace.errors import DomainError, NotFound
from marketplace.placements import answers, queries, repairs, requests
from marketplace.placements.models import PlaceRequest, Side
from marketplace.rounds import queries as rounds
from tests.placements.after import Released
from tests.support.threads import while_held

pytestmark = pytest.mark.postgresql


def test_a_decline_does_not_overwrite_that_the_place_is_gone(released: Released) -> None:
    one, first = released.students[0], released.slots[0]
    student, coordinator = released.make.actor(one), released.make.actor(released.coordinator)
    with pytest.raises(NotFound), released.committed():
        _round, _student, shown = queries.of_student(student, released.round_id)
        assert shown, "as the page read it before the act"
        with released.committed():
            round_ = rounds.coordinated(coordinator, released.round_id, lock=True)
            repairs.displace(coordinator, round_, first.id, 0, reason="No desk.", now=released.at(10))
        answers.decline(student, released.round_id, reason="I moved away.", now=released.at(10))
    assert released.state(one) == "displaced"


def test_two_coordinators_decide_one_request_once(released: Released) -> None:
    one = released.students[0]
    released.confirm(one)
    with released.committed():
        asked = requests.ask_as_student(
            released.make.actor(one), released.round_id, reason="We move.", now=released.at(11)
        )
        request_id = asked.id
    coordinator = released.make.actor(released.coordinator)

    def decide(*, granted: bool) -> None:
        requests.decide(
            coordinator,
            released.round_id,
            request_id,
            granted=granted,
            answer="So be it.",
            now=released.at(12),
        )

    with pytest.raises(DomainError, match="decided"), released.committed():
        shown = requests.one(queries.released(coordinator, released.round_id), request_id)
        assert shown.granted is None, "as the page read it before the act"
        with released.committed():
            decide(granted=False)
        decide(granted=True)
    assert released.standing(one) is not None


def test_what_was_just_confirmed_is_not_declined_by_telephone(released: Released) -> None:
    one = released.students[0]
    held = released.standing(one)
    assert held is not None
    coordinator = released.make.actor(released.coordinator)
    with pytest.raises(DomainError, match="bound"), released.committed():
        _round, shown = queries.of_round(coordinator, released.round_id, held.id)
        assert shown.student_confirmed_at is None, "as the page read it before the act"
        released.confirm(one)
        answers.record(
            coordinator,
            released.round_id,
            held.id,
            Side.STUDENT,
            confirms=False,
            reason="by telephone",
            now=released.at(10),
        )
    assert released.standing(one) is not None


def test_a_host_refuses_and_the_student_declines(released: Released) -> None:
    one = released.students[0]
    held = released.standing(one)
    assert held is not None
    student, host = released.make.actor(one), released.make.actor(released.contact)
    outcome = while_held(
        released.committed,
        lambda: answers.refuse(
            host, released.round_id, held.slot_id, held.id, reason="No desk.", now=released.at(10)
        ),
        lambda: answers.decline(student, released.round_id, reason="I moved.", now=released.at(10)),
    )
    assert (outcome, released.state(one)) == ("not_found", "refused")


def test_one_contact_expects_a_student_whom_another_refuses(released: Released) -> None:
    one = released.students[0]
    held = released.standing(one)
    assert held is not None
    host = released.make.actor(released.contact)

    def expect() -> None:
        round_, slot = rounds.as_facility(host, released.round_id, held.slot_id, lock=True)
        answers.confirm_slot(host, round_, slot.id, [held.id], now=released.at(10))

    outcome = while_held(
        released.committed,
        expect,
        lambda: answers.refuse(
            host, released.round_id, held.slot_id, held.id, reason="No desk.", now=released.at(10)
        ),
    )
    assert (outcome, released.state(one)) == ("bound", "proposed")


def test_two_contacts_ask_for_fewer_places_and_one_request_waits(released: Released) -> None:
    host, first = released.make.actor(released.contact), released.slots[0]

    def ask() -> None:
        requests.ask_for_fewer(
            host, released.round_id, first.id, places=0, reason="No desk.", now=released.at(10)
        )

    assert while_held(released.committed, ask, ask) == "done"
    count = sa.select(sa.func.count()).select_from(PlaceRequest)
    assert released.read(lambda: db.session.scalar(count)) == 1


def test_two_contacts_ask_to_be_released_and_one_request_waits(released: Released) -> None:
    host, first = released.make.actor(released.contact), released.slots[0]
    released.host_confirms(first)
    held = released.standing(released.students[0])
    assert held is not None

    def ask() -> None:
        requests.ask_as_host(
            host, released.round_id, first.id, held.id, reason="No desk.", now=released.at(11)
        )

    assert while_held(released.committed, ask, ask) == "done"
    count = sa.select(sa.func.count()).select_from(PlaceRequest)
    assert released.read(lambda: db.session.scalar(count)) == 1
