"""The database: one declarative base, one session, one way to commit.

Imports nothing of ours. Services flush; only the edge (a route, a command, a job) commits, through
:func:`transaction`. SQLite runs in WAL with ``synchronous=FULL``, so that an acknowledged write survives
a power cut, and writers take the lock at BEGIN, so that two of them can't lose each other's update.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from flask import Flask, g, has_request_context, request
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import event
from sqlalchemy.engine import Connection, Dialect, Engine
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import DeclarativeBase, InstrumentedAttribute, Session
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

NAMING_CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """The base of every model; a plain one, so that ``mypy --strict`` sees its columns."""

    metadata = sa.MetaData(naming_convention=NAMING_CONVENTION)


db = SQLAlchemy(model_class=Base, session_options={"autoflush": True})
migrate = Migrate()


class unindexed(FunctionElement[Any]):
    """A column that SQLite's planner, which knows no frequencies, must not use an index for."""

    inherit_cache = True

    def __init__(self, column: sa.ColumnElement[Any] | InstrumentedAttribute[Any]) -> None:
        super().__init__(column)
        self.type = column.type


@compiles(unindexed)
def _as_it_is(element: unindexed, compiler: SQLCompiler, **how: Any) -> str:
    return compiler.process(element.clauses, **how)


@compiles(unindexed, "sqlite")
def _with_plus(element: unindexed, compiler: SQLCompiler, **how: Any) -> str:
    return f"+{compiler.process(element.clauses, **how)}"


class UTCDateTime(sa.types.TypeDecorator[datetime]):
    """An instant. Takes and returns aware datetimes; SQLite stores it as naive UTC."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a naive datetime: it would name no instant."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"naive datetime {value!r}: an instant needs its zone")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give back an aware UTC datetime."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def choice(enum: type[StrEnum], name: str) -> sa.Enum:
    """A text column type that holds only the values of `enum`, with a CHECK named after `name`."""
    return sa.Enum(
        enum,
        name=name,
        native_enum=False,
        create_constraint=True,
        length=40,
        values_callable=lambda members: [member.value for member in members],
    )


@contextmanager
def transaction() -> Iterator[Session]:
    """Commit when the block returns, roll back when it raises."""
    session = db.session()
    try:
        yield session
        session.commit()
    except BaseException:
        session.rollback()
        raise


@contextmanager
def fresh_write() -> Iterator[Session]:
    """Write in a transaction of its own at the end of a request that only read (an access log).

    What the request read is dropped first: on SQLite a reading transaction can't safely become a writer.
    """
    db.session.rollback()
    g.writes = True
    try:
        with transaction() as session:
            yield session
    finally:
        g.writes = False


def init_app(app: Flask) -> None:
    """Bind the database to `app` with the settings each engine needs."""
    url = sa.make_url(app.config["SQLALCHEMY_DATABASE_URI"])
    options: dict[str, Any] = app.config.setdefault("SQLALCHEMY_ENGINE_OPTIONS", {})
    options.setdefault("hide_parameters", True)  # an error's message must not quote rows into a log
    if url.get_backend_name() == "sqlite":
        arguments = options.setdefault("connect_args", {})
        arguments.setdefault("timeout", 60)
        arguments["isolation_level"] = None
    else:
        options.setdefault("pool_pre_ping", True)
    db.init_app(app)
    migrate.init_app(app, db, directory=app.config["MIGRATIONS_DIRECTORY"], compare_type=True)
    with app.app_context():
        listen(db.engine)


def listen(engine: Engine) -> None:
    """Give a SQLite `engine` its pragmas and its explicit BEGIN, a PostgreSQL one how it plans."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _set_pragmas)
        event.listen(engine, "begin", _begin)
    else:
        event.listen(engine, "connect", _set_planning)


def _set_pragmas(connection: sqlite3.Connection, _record: object) -> None:
    for pragma in ("foreign_keys=ON", "journal_mode=WAL", "synchronous=FULL"):
        connection.execute(f"PRAGMA {pragma}")


def _set_planning(connection: DBAPIConnection, _record: object) -> None:
    """Plan for the values asked with, not for any: a word may be in one slot or in all. And neither compile
    nor start helpers: that takes longer than any page's query."""
    cursor = connection.cursor()
    cursor.execute(
        "SELECT set_config('jit', 'off', false), set_config('max_parallel_workers_per_gather', '0', false),"
        " set_config('plan_cache_mode', 'force_custom_plan', false)"
    )
    cursor.close()
    connection.commit()


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN" if _only_reads() else "BEGIN IMMEDIATE")


def _only_reads() -> bool:
    """Whether this transaction may share the database with a writer.

    A sign-in checks a slow hash; it must not hold the write lock meanwhile.
    """
    if not has_request_context() or g.get("writes"):
        return False
    return request.method in {"GET", "HEAD", "OPTIONS"} or request.endpoint == "security.login"
