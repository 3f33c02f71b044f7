"""Everything held about a person, and nothing that is another's."""

from __future__ import annotations

import json
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from marketplace.db import Base, db
from marketplace.privacy.holdings import HIDDEN, WITHHELD, owned
from tests.factories import PASSWORD, Factory, sign_in
from tests.rounds.market import DAY, START, Market, address
from tests.support.client import StrictClient
from tests.support.clock import Clock


def take(client: StrictClient, password: str = PASSWORD) -> dict[str, Any]:
    response = client.submit("/account/data", {"password": password}, button="Download the file")
    assert response.status_code == 200 and response.mimetype == "application/json"
    assert "attachment" in response.headers["Content-Disposition"]
    assert response.headers["Cache-Control"] == "no-store"
    found: dict[str, Any] = json.loads(response.get_data(as_text=True))
    return found


def test_every_table_is_somebody_s_or_says_why_not() -> None:
    exported = {model.__tablename__ for model in owned(1, "a@b.example")}
    assert not exported & set(WITHHELD)
    people = {"user_account", "student", "application", "thread"}
    about_people = {
        name
        for name, table in Base.metadata.tables.items()
        if people & {key.column.table.name for key in table.foreign_keys}
    }
    assert about_people <= exported | set(WITHHELD), "say in holdings.py whose the new table is"
    for table, columns in HIDDEN.items():
        assert columns <= set(Base.metadata.tables[table].columns.keys()), table


@pytest.mark.both_databases
def test_a_student_takes_all_and_only_theirs(
    app: Flask, client: StrictClient, make: Factory, clock: Clock
) -> None:
    market = Market(make, students=3)
    market.everyone_applies()
    for student in market.students:
        market.rank(student, *market.slots)
    market.tier(market.slots[0], market.students)
    me, other = market.students[0], market.students[1]
    make.thread(me, market.slots[0])
    make.thread(other, market.slots[0])
    make.report(other, body="Somebody else's report")
    clock.set(START + 6 * DAY)
    sign_in(client, me)
    found = take(client)
    you = found["you"]
    assert you["user_account"][0]["email"] == address(me)
    assert [row["id"] for row in you["student"]] == [me.id]
    for table in ("application", "shortlisted", "round_student", "thread", "rank_list"):
        assert {row["student_id"] for row in you[table]} <= {me.id}, table
    assert len(you["application"]) == len(you["consent"]) == 2 and len(you["rank_entry"]) == 2
    assert found["names"]["slot_id"] == {str(slot.id): slot.title for slot in market.slots}
    text = json.dumps(found)
    for foreign in (address(other), other.user.name, "Somebody else's report", address(market.contact)):
        assert foreign not in text
    with app.app_context():
        secrets = db.session.execute(sa.text("SELECT password, fs_uniquifier FROM user_account")).all()
    for row in secrets:
        assert not any(str(value) in text for value in row if value)


def test_before_the_release_it_says_nothing_of_the_result(
    client: StrictClient, make: Factory, clock: Clock
) -> None:
    market = Market(make, students=2)
    market.everyone_applies()
    for student in market.students:
        market.rank(student, *market.slots)
    market.nightly(8.5)
    clock.set(START + 9 * DAY)
    sign_in(client, market.students[0])
    assert take(client)["you"]["assignment"] == []
    market.release()
    assert len(take(client)["you"]["assignment"]) == 1


def test_only_the_password_opens_it(client: StrictClient, make: Factory) -> None:
    sign_in(client, make.student())
    response = client.submit("/account/data", {"password": "guessed"}, button="Download the file")
    assert response.status_code == 422 and "This is not your password" in response.get_data(as_text=True)
