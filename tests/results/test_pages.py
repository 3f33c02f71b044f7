"""The pages of a released result: each student their own with reasons, each facility its roster."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from marketplace.applications import closures
from marketplace.conflicts.models import Cause, Exclusion, Side
from marketplace.db import db
from marketplace.rounds import queries as rounds
from marketplace.rounds.models import Explanation, Round
from tests.factories import Factory, sign_in
from tests.results.reading import page
from tests.rounds.market import DAY, START, Market
from tests.support.client import StrictClient


def test_a_reason_stands_at_every_place_above_the_result(make: Factory, client: StrictClient) -> None:
    market = Market(make, students=3, slots=4)
    first, second, third = market.students
    taken, asked, gone, back = market.slots
    for student in market.students:
        market.apply(student)
    market.acts(4)
    market.rank(first, gone, taken, back, asked)
    market.rank(second, taken)
    market.rank(third, asked)
    market.tier(taken, [second], then_any=True)
    market.tier(asked, [third])
    settle_slot(market, gone.id)
    market.withdraw(first, back)
    market.nightly(8)
    sign_in(client, first)
    assert client.get(f"/rounds/{market.round_id}/result").status_code == 404, "embargo"
    market.release()
    text = page(client, market, first)
    assert "You are not placed this time" in text
    assert text.index("Slot 1 You were eligible. The places went to students with a higher priority") < (
        text.index("Slot 2 You were eligible. The facility asked for other applicants, or for nobody")
    )
    assert "Slot 3 This slot was taken out of the round before the match." in text
    assert "Slot 4 Your application there had ended before lists closed" in text
    assert "Placed here" in page(client, market, second)


def settle_slot(market: Market, slot_id: int) -> None:
    """The coordinator takes a slot out of the round."""
    actor = market.make.actor(market.coordinator)
    with market.committed():
        round_ = rounds.coordinated(actor, market.round_id, lock=True)
        closures.remove_slot(actor, round_, slot_id, now=START + 5 * DAY)


@pytest.mark.parametrize(
    ("side", "cause"), [(Side.STUDENT, "a conflict of interest"), (Side.FACILITY, "a conflict of interest")]
)
def test_an_ineligible_pair_says_why_and_never_which_side_it_was(
    make: Factory, client: StrictClient, side: Side, cause: str
) -> None:
    market = Market(make, students=1, slots=1)
    market.everyone_applies()
    market.rank(market.students[0], *market.slots)
    with market.committed():
        db.session.add(
            Exclusion(
                student_id=market.students[0].id,
                facility_id=market.facility.id,
                side=side,
                cause=Cause.OTHER,
                created_at=START,
            )
        )
    market.nightly(8)
    market.release()
    assert f"Not eligible: {cause} was on record." in page(client, market, market.students[0])


@pytest.mark.parametrize("level", list(Explanation))
def test_the_round_s_level_decides_how_fine_a_reason_is(
    make: Factory, client: StrictClient, level: Explanation
) -> None:
    market = Market(make, students=7, slots=1)
    with market.committed():
        db.session.get_one(Round, market.round_id).explanation = level
        db.session.execute(sa.text("UPDATE slot SET capacity = 5"))
    market.everyone_applies()
    market.acts(4)
    for student in market.students:
        market.rank(student, *market.slots)
    market.tier(market.slots[0], then_any=True)
    market.nightly(8)
    market.release()
    pages = [page(client, market, student) for student in market.students]
    refused = [text for text in pages if "not placed this time" in text]
    drawn = [text for text in refused if "drawn by lottery among students of the same priority" in text]
    assert len(refused) == 2 and len(drawn) == (2 if level is Explanation.DETAILED else 0)
    assert not [text for text in refused if "were drawn." in text], "nobody stands higher: no counts"


def test_a_result_costs_the_same_queries_however_many_take_part(
    make: Factory, app: Flask, client: StrictClient
) -> None:
    counts = []
    for size in (2, 12):
        market = Market(make, students=size, slots=size, name=f"Round of {size}")
        market.everyone_applies()
        market.acts(4)
        for student in market.students:
            market.rank(student, *market.slots)
        market.nightly(8)
        market.release()
        client.delete_cookie("session")
        sign_in(client, market.students[0])
        counts.append(_queries(app, client, f"/rounds/{market.round_id}/result"))
    assert counts[0] == counts[1]


def _queries(app: Flask, client: StrictClient, path: str) -> int:
    said: list[Any] = []
    with app.app_context():
        engine = db.engine

    def note(*arguments: Any) -> None:
        said.append(arguments[2])

    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        assert client.get(path).status_code == 200
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)
    return len(said)
