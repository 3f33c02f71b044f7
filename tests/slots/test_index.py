"""The index is brought up to date by itself."""

from __future__ import annotations

import sqlalchemy as sa
from flask import Flask

from marketplace import chores
from marketplace.db import db, transaction
from marketplace.slots import search
from marketplace.slots.models import Slot, SlotTerm
from tests.factories import Factory


def test_slots_that_an_older_edition_indexed_are_indexed_again(app: Flask, make: Factory) -> None:
    slot = make.slot(title="Registry desk")
    with app.app_context():
        with transaction() as session:
            session.execute(sa.delete(SlotTerm))
            session.execute(sa.update(Slot).values(indexed=0))
        assert chores.run(make.now()) == []
        found = db.session.scalars(sa.select(SlotTerm.slot_id).where(SlotTerm.term == "registry")).all()
        assert found == [slot.id]
        with transaction():
            assert search.index_outdated(make.now()) == 0


def test_a_chore_that_fails_stops_no_other(app: Flask, make: Factory) -> None:
    done = []

    def fails(_now: object) -> int:
        raise RuntimeError("no")

    chores.register(app, fails, lambda now: done.append(now) or 1)
    with app.app_context():
        assert chores.run(make.now()) == [f"{__name__}.fails"]
    assert len(done) == 1
