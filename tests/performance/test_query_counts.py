"""A page asks the database as often for 2,000 rows as for 20."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice

import pytest
import sqlalchemy as sa
from flask import Flask, Response
from flask.testing import FlaskClient
from sqlalchemy import event

from marketplace.applications.models import Application
from marketplace.db import db, transaction
from marketplace.rounds.models import RoundSlot
from marketplace.rounds.phases import Phase
from marketplace.slots.models import Slot
from tests.factories import PASSWORD, Factory

FEW, MANY = 20, 2_000


@dataclass
class Counter:
    """Statements sent while it was watched."""

    statements: int = 0


@contextmanager
def counted(app: Flask) -> Iterator[Counter]:
    """Count the statements of a block."""
    counter = Counter()

    def note(*_arguments: object) -> None:
        counter.statements += 1

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    yield counter
    event.remove(engine, "before_cursor_execute", note)


class Market:
    """One round with a student, a facility and a coordinator in it, whose slots can be multiplied."""

    def __init__(self, app: Flask, make: Factory) -> None:
        self.app = app
        school = make.school()
        programme = make.programme(school)
        self.facility = make.facility()
        self.site = make.site(self.facility)
        self.first = make.slot(site=self.site)
        self.student = make.student(programme)
        self.round = make.round(
            school,
            phase=Phase.RANKING,
            programmes=[programme],
            slots=[self.first],
            students=[self.student],
        )
        self.coordinator = make.coordinator(school)
        self.contact = make.contact(self.facility)
        make.application(self.round, self.student, self.first)

    def grow(self, slots: int) -> None:
        """Bring the round to `slots` slots, half of them applied to by the student."""
        with self.app.app_context(), transaction() as session:
            have = session.scalar(sa.select(sa.func.count()).select_from(Slot)) or 0
            values = {
                column.name: getattr(self.first, column.key)
                for column in Slot.__table__.columns
                if column.name != "id"
            }
            session.execute(sa.insert(Slot), [values for _ in range(slots - have)])
            new = session.scalars(sa.select(Slot.id).where(Slot.id != self.first.id).order_by(Slot.id)).all()
            known = set(session.scalars(sa.select(RoundSlot.slot_id)))
            new = [i for i in new if i not in known]
            session.execute(
                sa.insert(RoundSlot),
                [{"round_id": self.round.id, "slot_id": i, "code": f"slot-{i}"} for i in new],
            )
            session.execute(
                sa.insert(Application),
                [
                    {
                        "round_id": self.round.id,
                        "student_id": self.student.id,
                        "slot_id": i,
                        "consented_at": self.round.created_at + timedelta(days=1),
                    }
                    for i in islice(new, len(new) // 2)
                ],
            )
            session.execute(sa.text("ANALYZE"))  # as a running server does by itself, a minute later


def pages(market: Market) -> dict[str, list[str]]:
    """The pages of each person, by e-mail."""
    base = f"/rounds/{market.round.id}"
    slot = market.first.id
    return {
        "": ["/", "/slots", f"/slots/{slot}", f"{base}/rules"],
        market.student.user.email: [
            "/",
            "/slots",
            f"/slots/{slot}",
            "/applications",
            f"{base}/ranking",
            f"{base}/ranking/versions",
        ],
        market.contact.email: ["/", f"{base}/slots/{slot}/applicants"],
        market.coordinator.email: [
            "/",
            "/rounds",
            base,
            f"{base}/students",
            f"{base}/slot-states",
            f"{base}/remind/no-answer",
            f"{base}/slots",
            f"{base}/forecast",
            f"{base}/what-if",
        ],
    }


def measure(app: Flask, clients: dict[str, FlaskClient], wanted: dict[str, list[str]]) -> dict[str, int]:
    """Statements per page, each page once before to fill caches."""
    found = {}
    for email, paths in wanted.items():
        for path in paths:
            clients[email].get(path)
            with counted(app) as counter:
                response = clients[email].get(path)
            assert response.status_code == 200, (email, path, response.status_code)
            found[f"{email.split('@')[0]} {path}"] = counter.statements
    return found


@pytest.mark.both_databases
def test_pages_ask_as_often_for_many_slots_as_for_few(app: Flask, make: Factory) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    market = Market(app, make)
    wanted = pages(market)
    # Plain clients: parsing long pages strictly is other tests' work, and slow.
    clients = {email: FlaskClient(app, Response) for email in wanted}
    for email, client in clients.items():
        if email:
            client.post("/sign-in", data={"email": email, "password": PASSWORD})
    market.grow(FEW)
    few = measure(app, clients, wanted)
    market.grow(MANY)
    assert measure(app, clients, wanted) == few
    assert max(few.values()) <= 28, few
