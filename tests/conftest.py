"""Fixtures every test may use. What they are made of lives in tests/support, rows in tests/factories.py.

A test that must hold on both databases is marked ``@pytest.mark.both_databases``; all others run on SQLite.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser

from marketplace.app import create_app
from marketplace.db import db
from tests.factories import Factory
from tests.support import browser, databases
from tests.support.client import StrictClient, watch_commits
from tests.support.clock import Clock
from tests.support.settings import settings_for
from tests.support.warm import warm

pytest_plugins = ["tests.support.reporting"]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run tests marked ``both_databases`` once on each."""
    if "database_kind" in metafunc.fixturenames and metafunc.definition.get_closest_marker("both_databases"):
        second = pytest.param("postgresql", marks=pytest.mark.postgresql)
        metafunc.parametrize("database_kind", ["sqlite", second], indirect=True)


@pytest.fixture(scope="session")
def database_sources(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], databases.Source]]:
    """Give the source of a kind of database, made when first asked for; skip where there is none."""
    made: dict[str, databases.Source | str] = {}
    with ExitStack() as stack:

        def source(kind: str) -> databases.Source:
            if kind not in made:
                folder = tmp_path_factory.mktemp(kind)
                try:
                    made[kind] = (
                        databases.Sqlite(folder)
                        if kind == "sqlite"
                        else stack.enter_context(databases.postgresql(folder))
                    )
                except databases.Unavailable as error:
                    made[kind] = str(error)
            found = made[kind]
            if isinstance(found, str):
                pytest.skip(found)
            return found

        yield source


@pytest.fixture
def database_kind(request: pytest.FixtureRequest) -> str:
    """``sqlite`` or ``postgresql``."""
    if hasattr(request, "param"):
        return str(request.param)
    return "postgresql" if request.node.get_closest_marker("postgresql") else "sqlite"


@pytest.fixture
def database_source(
    database_kind: str, database_sources: Callable[[str], databases.Source]
) -> databases.Source:
    """Where databases of this test's kind come from."""
    return database_sources(database_kind)


@pytest.fixture
def database_url(database_source: databases.Source, tmp_path: Path) -> Iterator[str]:
    """A migrated, empty database of this test's own."""
    url = database_source.copy(tmp_path)
    yield url
    database_source.drop(url)


@pytest.fixture
def blank_database_url(database_source: databases.Source, tmp_path: Path) -> Iterator[str]:
    """A database of this test's own without any table."""
    url = database_source.blank(tmp_path)
    yield url
    database_source.drop(url)


@pytest.fixture
def clock() -> Clock:
    """The application's clock: ``clock()``, ``clock.set(instant)``, ``clock.advance(days=1)``."""
    return Clock()


@pytest.fixture
def app(database_url: str, tmp_path: Path, clock: Clock) -> Iterator[Flask]:
    """The application on a database of its own. No context is open: use ``with app.app_context():``."""
    app = warm(create_app(settings_for(database_url, tmp_path, clock)))
    app.test_client_class = StrictClient
    watch_commits(app)
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def client(app: Flask) -> StrictClient:
    """A client that refuses malformed HTML and uncommitted work."""
    return new_client(app)


@pytest.fixture
def make(app: Flask, clock: Clock) -> Factory:
    """Make rows: ``make.school()``, ``make.student(programme)``, ``make.slot(facility)`` ..."""
    return Factory(app, clock)


@pytest.fixture
def mailbox(tmp_path: Path) -> Path:
    """The folder that delivered mail of `app` is written to."""
    return tmp_path / "mail"


@pytest.fixture
def chromium(one_chromium: Browser) -> Iterator[Browser]:
    """A Chromium without windows; those that the test opened are closed, or they would slow the next."""
    yield one_chromium
    for window in one_chromium.contexts:
        window.close()


@pytest.fixture(scope="session")
def one_chromium() -> Iterator[Browser]:
    """One Chromium for all browser tests of this process."""
    with ExitStack() as stack:
        try:
            opened = stack.enter_context(browser.chromium())
        except browser.NoBrowser as error:
            pytest.skip(str(error))
        yield opened


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of public data files that some tests read; never part of this repository."""
    given = os.environ.get("PRACTICUM_DATA")
    folder = Path(given) if given else Path(__file__).parents[2] / "shared" / "data"
    if not (folder / "facilities.csv").exists():
        pytest.skip("no folder of public data files: set PRACTICUM_DATA (CONTRIBUTING, 'Real data')")
    return folder


def new_client(app: Flask) -> StrictClient:
    """Another visitor of `app`, with cookies of their own."""
    client = app.test_client()
    assert isinstance(client, StrictClient)
    return client
