"""Buttons can't be pressed without end: not on one account, not by a machine, and people are told calmly."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from marketplace import access, limits
from marketplace.app import create_app
from marketplace.db import db
from tests.conftest import new_client
from tests.factories import PASSWORD, Factory
from tests.support.client import StrictClient
from tests.support.settings import settings_for


@pytest.fixture
def app(database_url: str, tmp_path: Path) -> Iterator[Flask]:
    app = create_app({**settings_for(database_url, tmp_path), "RATE_LIMITS": True})
    app.test_client_class = StrictClient
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def tries(client: StrictClient, email: str, times: int, password: str = "wrong", **environ: str) -> list[int]:
    data = {"email": email, "password": password}
    return [client.post("/sign-in", data=data, environ_base=environ).status_code for _ in range(times)]


def test_an_account_s_password_can_t_be_guessed_on_and_on(app: Flask) -> None:
    user = Factory(app, app.config["CLOCK"]).user()
    client = new_client(app)
    client.checks_html = False
    assert tries(client, user.email, 12) == [200] * 10 + [429] * 2
    assert tries(client, user.email.upper(), 1, PASSWORD) == [429], "also with the right password"
    assert tries(client, "someone.else@practicum.example", 1) == [200]
    elsewhere = tries(client, user.email, 1, PASSWORD, REMOTE_ADDR="192.0.2.7")
    assert elsewhere == [302], "its owner gets in from where nobody guessed"


def test_the_answer_is_a_page_and_says_when_to_come_back(app: Flask) -> None:
    client = new_client(app)
    for _ in range(10):
        client.post("/reset-password", data={"email": "a@practicum.example"})
    refused = client.post("/reset-password", data={"email": "a@practicum.example"})
    assert refused.status_code == 429 and refused.headers["Retry-After"] == "60"
    assert "many tries in a short time" in refused.get_data(as_text=True)
    assert client.get("/reset-password").status_code == 200, "reading is never limited"


def test_a_class_behind_one_address_gets_in(app: Flask) -> None:
    client = new_client(app)
    client.checks_html = False
    for number in range(100):
        assert tries(client, f"student{number}@practicum.example", 1) == [200]
    more = [tries(client, f"robot{number}@practicum.example", 1)[0] for number in range(25)]
    assert more[-1] == 429, "a machine does not"


def test_every_form_without_sign_in_is_limited(app: Flask) -> None:
    public = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if "POST" in (rule.methods or ()) and access.rule_of(app, rule.endpoint) == access.PUBLIC
    }
    assert len(public) > 8
    for endpoint in public | set(limits._WRITES):
        assert hasattr(app.view_functions[endpoint], "__wrapped__"), endpoint
