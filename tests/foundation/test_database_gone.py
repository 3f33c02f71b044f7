"""Without its database the site says so (503, try again later) and never that something was saved."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.pool import QueuePool
from werkzeug.test import TestResponse

from marketplace.accounts import services as accounts
from marketplace.accounts.models import Role
from marketplace.app import create_app
from marketplace.db import db, transaction
from tests.conftest import new_client
from tests.factories import Factory, sign_in
from tests.support import databases
from tests.support.client import StrictClient
from tests.support.clock import Clock
from tests.support.settings import settings_for


def expect_unavailable(response: TestResponse) -> None:
    assert response.status_code == 503
    assert int(response.headers["Retry-After"]) > 0
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]
    page = response.get_data(as_text=True)
    assert "not confirmed" in page
    assert "Traceback" not in page and "sqlite" not in page.lower() and "psycopg" not in page.lower()


@pytest.mark.both_databases
def test_pages_say_that_the_database_is_gone(
    app: Flask,
    client: StrictClient,
    make: Factory,
    database_url: str,
    database_source: databases.Source,
) -> None:
    sign_in(client, make.student())
    assert client.get("/").status_code == 200
    if database_url.startswith("sqlite"):
        path = Path(sa.make_url(database_url).database or "")
        with app.app_context():
            db.engine.dispose()
        path.rename(path.with_suffix(".away"))
        path.mkdir()
        expect_unavailable(client.get("/"))
        path.rmdir()
        path.with_suffix(".away").rename(path)
        assert client.get("/").status_code == 200, "and it is back once the database is"
    else:
        database_source.drop(database_url)
        expect_unavailable(client.get("/"))
        expect_unavailable(client.get("/"))


@pytest.fixture
def impatient(database_url: str, tmp_path: Path, clock: Clock) -> Iterator[Flask]:
    """The application with one connection, which waits a moment instead of seconds."""
    options = {"connect_args": {"timeout": 0.1}} if database_url.startswith("sqlite") else {}
    app = create_app(
        {
            **settings_for(database_url, tmp_path, clock),
            "SQLALCHEMY_ENGINE_OPTIONS": {
                **options, "poolclass": QueuePool, "pool_size": 1, "max_overflow": 0, "pool_timeout": 0.1,
            },
        }
    )  # fmt: skip
    app.test_client_class = StrictClient
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def test_a_write_that_found_no_lock_is_not_called_saved(
    impatient: Flask, make: Factory, database_url: str
) -> None:
    school, guest, client = make.school(), make.user(), new_client(impatient)
    coordinator = make.actor(make.coordinator(school))
    with make.app.app_context(), transaction():
        token = accounts.invite(
            coordinator, guest.email, Role.COORDINATOR, now=make.now(), link="/TOKEN", school_id=school.id
        )
    sign_in(client, guest)
    other = sqlite3.connect(sa.make_url(database_url).database or "", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    expect_unavailable(client.post(f"/invitations/{token}"))
    with client.session_transaction() as session:
        assert "_flashes" not in session
    other.execute("ROLLBACK")
    other.close()
    assert client.post(f"/invitations/{token}").status_code == 302


@pytest.mark.both_databases
def test_no_free_connection_is_said_too(impatient: Flask, make: Factory) -> None:
    client = sign_in(new_client(impatient), make.student())
    with impatient.app_context():
        engine = db.engine
    with engine.connect():
        expect_unavailable(client.get("/"))
    assert client.get("/").status_code == 200
