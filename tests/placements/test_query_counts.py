"""The pages after a release ask the database as often for many placements as for few."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from marketplace.db import db
from marketplace.placements import clearing
from marketplace.rounds import lottery
from marketplace.rounds.models import RoundStudent
from marketplace.runs.models import Origin, Placement
from marketplace.slots.models import Slot
from tests.factories import sign_in
from tests.placements.after import Released
from tests.rounds.market import DAY, START
from tests.support.client import StrictClient
from tests.support.clock import Clock

MORE = 15


def test_as_many_queries_for_many_as_for_few(released: Released, clock: Clock) -> None:
    clock.set(START + 10 * DAY)
    first, second = released.slots
    base = f"/rounds/{released.round_id}"
    with released.committed():
        db.session.get_one(Slot, second.id).capacity = 3
    with released.committed():
        clearing.open_(released.make.actor(released.coordinator), released.round_id, now=released.at(10))
    people = {
        "coordinator": (released.coordinator, ["", "/placements", "/open-places", "/repair"]),
        "contact": (released.contact, [f"/slots/{first.id}/roster"]),
        "student": (released.students[3], ["/placement", "/clearing"]),
    }
    clients = {name: sign_in(_client(released), who) for name, (who, _pages) in people.items()}
    before = {name: _counts(released, clients[name], base, pages) for name, (_who, pages) in people.items()}
    _grow(released, first)
    after = {name: _counts(released, clients[name], base, pages) for name, (_who, pages) in people.items()}
    assert after == before


def _client(released: Released) -> StrictClient:
    client = released.make.app.test_client()
    assert isinstance(client, StrictClient)
    return client


def _grow(released: Released, slot: Slot) -> None:
    """As many more who are placed in the slot, and as many who have no place."""
    make = released.make
    round_ = released.round
    students = [make.student(released.programme) for _ in range(2 * MORE)]
    with released.committed():
        db.session.get_one(Slot, slot.id).capacity = MORE + 1
        db.session.add_all(
            RoundStudent(
                round_id=round_.id,
                student_id=each.id,
                code=lottery.pseudonym(round_.lottery_secret, each.id),
            )
            for each in students
        )
        db.session.add_all(
            Placement(
                round_id=round_.id,
                student_id=each.id,
                slot_id=slot.id,
                origin=Origin.MATCH,
                made_at=released.at(9),
                answer_by=released.at(16),
            )
            for each in students[:MORE]
        )
    for each in students[:MORE]:
        make.application(round_, each, slot)


def _counts(released: Released, client: StrictClient, base: str, pages: list[str]) -> dict[str, int]:
    """Statements per page, each page once before to fill caches; the person's home too."""
    found = {}
    for page in ["/", *(base + each for each in pages)]:
        client.get(page)
        found[page] = _count(released, client, page)
    return found


def _count(released: Released, client: StrictClient, page: str) -> int:
    said: list[Any] = []

    def note(*arguments: Any) -> None:
        said.append(arguments[2])

    with released.make.app.app_context():
        engine = db.engine
    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        assert client.get(page).status_code == 200, page
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)
    return len(said)
