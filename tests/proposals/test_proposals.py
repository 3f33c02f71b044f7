"""Named sites reach the coordinator, schools asked for the operator; nobody else is written to."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask

from marketplace.db import db
from marketplace.mail.models import OutboxMessage
from tests.conftest import new_client
from tests.factories import Factory, sign_in
from tests.rounds.market import address
from tests.support.client import StrictClient


def recipients(app: Flask) -> list[str]:
    with app.app_context():
        return list(db.session.scalars(sa.select(OutboxMessage.recipient).order_by(OutboxMessage.id)))


@pytest.mark.both_databases
def test_a_student_nominates_an_employer(app: Flask, client: StrictClient, make: Factory) -> None:
    programme = make.programme()
    student, coordinator = make.student(programme), make.coordinator(programme.school)
    sign_in(client, student)
    assert 'href="/nominate"' in client.get("/slots").get_data(as_text=True)
    fields = {
        "name": "Fictional Records Office",
        "place": "Columbus, OH",
        "employer": True,
        "words": "Ask HIM.",
    }
    client.submit("/nominate", fields, button="Send to my coordinator")
    assert recipients(app) == [], "nothing is sent by itself"
    desk = sign_in(new_client(app), coordinator)
    assert "1 place or school was proposed" in desk.get("/").get_data(as_text=True)
    page = desk.get("/proposals/1").get_data(as_text=True)
    assert "Fictional Records Office" in page and 'href="/school/invite-facility"' in page
    desk.submit("/proposals/1", {"answer": "I asked them today."}, button="Answer")
    desk.post("/proposals/1", data={"answer": "Twice"})
    assert recipients(app) == [address(student)]
    for stranger in (make.coordinator(), make.operator()):
        assert sign_in(new_client(app), stranger).get("/proposals/1").status_code == 404


def test_a_visitor_asks_for_a_school(app: Flask, client: StrictClient, make: Factory) -> None:
    operator, coordinator = make.operator(), make.coordinator()
    fields = {"name": "Fictional State", "email": "visitor@practicum.example"}
    client.submit("/ask-my-school", fields, button="Send")
    desk = sign_in(new_client(app), operator)
    assert "visitor@practicum.example" in desk.get("/proposals/1").get_data(as_text=True)
    assert sign_in(new_client(app), coordinator).get("/proposals/1").status_code == 404
    desk.submit("/proposals/1", {"answer": "Written to them."}, button="Answer")
    assert recipients(app) == [], "a visitor's address is used by a person or not at all"


def test_what_is_typed_is_kept_when_it_is_wrong(client: StrictClient) -> None:
    fields = {"name": "", "email": "not an address", "words": "My words"}
    response = client.submit("/ask-my-school", fields, button="Send")
    page = response.get_data(as_text=True)
    assert response.status_code == 422 and "My words" in page and "not an address" in page
