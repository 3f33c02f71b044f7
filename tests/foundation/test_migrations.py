"""Migrations: one head, equal to the models on both databases, up and down, over rows, losing none."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from flask_migrate import downgrade, upgrade

import marketplace.models  # noqa: F401  the metadata must be whole
from marketplace.app import create_app
from marketplace.config import PROJECT
from marketplace.db import Base, db
from tests.factories import Factory
from tests.support.rows import one_of_everything
from tests.support.settings import settings_for

MIGRATIONS = PROJECT / "migrations"
#: SQLite's reflection leaves index expressions out and says so; they are compared as text (_indexes).
pytestmark = [
    pytest.mark.filterwarnings("ignore:Skipped unsupported reflection"),
    pytest.mark.filterwarnings("ignore:autogenerate skipping metadata-specified expression-based index"),
]
REVISIONS = [
    revision.revision for revision in reversed(list(ScriptDirectory(str(MIGRATIONS)).walk_revisions()))
]


def test_there_is_one_head_and_one_line() -> None:
    script = ScriptDirectory(str(MIGRATIONS))
    assert len(script.get_heads()) == 1 and len(script.get_bases()) == 1
    assert sorted(REVISIONS) == REVISIONS, "revisions are numbered in their order"


def make_app(url: str, folder: Path, **settings: Any) -> Flask:
    return create_app({**settings_for(url, folder), **settings})


@contextmanager
def engine_of(app: Flask) -> Iterator[sa.Engine]:
    with app.app_context():
        yield db.engine
        db.session.remove()
        db.engine.dispose()


@pytest.mark.both_databases
def test_head_equals_the_models(app: Flask, blank_database_url: str, tmp_path: Path) -> None:
    with engine_of(make_app(blank_database_url, tmp_path)) as fresh:
        Base.metadata.create_all(fresh)
        wanted = describe(fresh)
    with engine_of(app) as engine:
        with engine.connect() as connection:
            options = {"compare_type": True, "compare_server_default": True}
            context = MigrationContext.configure(connection, opts=options)
            assert compare_metadata(context, Base.metadata) == []
        found = describe(engine)
    assert found == wanted
    assert sum(len(table["checks"]) for table in found.values()) > 20, "the CHECK texts were compared"


def describe(engine: sa.Engine) -> dict[str, dict[str, Any]]:
    """Everything the database knows of each table, CHECK texts and index expressions included."""
    look = sa.inspect(engine)
    columns, checks = look.get_multi_columns(), look.get_multi_check_constraints()
    foreign, unique = look.get_multi_foreign_keys(), look.get_multi_unique_constraints()
    keys, indexes = look.get_multi_pk_constraint(), _indexes(engine)
    return {
        at[1]: {
            "columns": {c["name"]: (str(c["type"]), c["nullable"]) for c in columns[at]},
            "checks": {c["name"]: _plain(c["sqltext"]) for c in checks.get(at, [])},
            "foreign": sorted(
                (str(f["name"]), f["constrained_columns"], f["referred_table"], f["options"].get("ondelete"))
                for f in foreign.get(at, [])
            ),
            "unique": sorted((str(u["name"]), u["column_names"]) for u in unique.get(at, [])),
            "key": keys[at],
            "indexes": sorted(text for table, text in indexes if table == at[1]),
        }
        for at in columns
        if at[1] != "alembic_version"
    }


def _plain(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def _indexes(engine: sa.Engine) -> list[tuple[str, str]]:
    """(table, definition) as the database keeps them; reflection leaves expressions out."""
    query = (
        "SELECT tbl_name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
        if engine.dialect.name == "sqlite"
        else "SELECT tablename, indexdef FROM pg_indexes WHERE schemaname = 'public'"
    )
    with engine.connect() as connection:
        return [(table, _plain(text)) for table, text in connection.execute(sa.text(query))]


@pytest.mark.both_databases
def test_every_revision_goes_up_down_and_up_again(blank_database_url: str, tmp_path: Path) -> None:
    app = make_app(blank_database_url, tmp_path)
    with engine_of(app) as engine:
        before: dict[str, Any] = {}
        for position, revision in enumerate(REVISIONS):
            upgrade(revision=revision)
            after = describe(engine)
            assert after != before, f"{revision} changes nothing"
            downgrade(revision=REVISIONS[position - 1] if position else "base")
            assert describe(engine) == before, f"down from {revision} leaves something"
            upgrade(revision=revision)
            assert describe(engine) == after, f"{revision} differs the second time"
            before = after


@pytest.mark.both_databases
def test_every_revision_goes_down_and_up_over_rows(app: Flask, make: Factory) -> None:
    one_of_everything(make)
    with engine_of(app) as engine:
        whole = rows_of(engine)
        assert all(whole.values())
        for revision in [*reversed(REVISIONS[:-1]), "base"]:
            before = values_of(engine)
            downgrade(revision=revision)
            for table, rows in values_of(engine).items():
                # A column that the revision added is gone, one that it dropped is back; all else stays.
                kept = set(rows[0]) & set(before[table][0])
                assert only(kept, rows) == only(kept, before[table]), f"{revision} changed rows of {table}"
        assert rows_of(engine) == {}
        upgrade()
        assert set(rows_of(engine)) == set(whole)


def only(kept: set[str], rows: list[dict[str, Any]]) -> list[str]:
    """These columns of rows, in a stable order."""
    return sorted(str({name: value for name, value in row.items() if name in kept}) for row in rows)


def rows_of(engine: sa.Engine) -> dict[str, list[str]]:
    """Every row of every table, in a stable order."""
    return {
        name: sorted(str(tuple(row.values())) for row in rows) for name, rows in values_of(engine).items()
    }


def values_of(engine: sa.Engine) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table, its values by column in the order of the names."""
    found = {}
    with engine.connect() as connection:
        for name in sa.inspect(connection).get_table_names():
            if name != "alembic_version":
                rows = connection.exec_driver_sql(f'SELECT * FROM "{name}"').mappings()
                found[name] = [dict(sorted(row.items())) for row in rows]
    return found


REBUILD = '''
"""A change that SQLite can only make by building the table anew."""
import sqlalchemy as sa
from alembic import op
revision = "9999"
down_revision = "{head}"

def upgrade():
    with op.batch_alter_table("match_round", recreate="always") as batch:
        batch.add_column(sa.Column("extra", sa.Integer()))

def downgrade():
    with op.batch_alter_table("match_round", recreate="always") as batch:
        batch.drop_column("extra")
'''


def extended_migrations(folder: Path, revision: str) -> Path:
    """A copy of the migrations with one more revision."""
    copy = folder / "migrations"
    shutil.copytree(MIGRATIONS, copy, ignore=shutil.ignore_patterns("__pycache__"))
    (copy / "versions" / "9999_next.py").write_text(revision.format(head=REVISIONS[-1]))
    return copy


@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "without the guard"])
def test_rebuilding_a_table_keeps_its_children(
    make: Factory, database_url: str, tmp_path: Path, guarded: bool
) -> None:
    one_of_everything(make)
    folder = extended_migrations(tmp_path, REBUILD)
    if not guarded:
        env = (folder / "env.py").read_text()
        (folder / "env.py").write_text(env.replace('raw.execute("PRAGMA foreign_keys=OFF")', "pass"))
        assert env != (folder / "env.py").read_text()
    app = make_app(database_url, tmp_path, MIGRATIONS_DIRECTORY=str(folder))
    with engine_of(app) as engine:
        before = rows_of(engine)
        if not guarded:
            with pytest.raises(Exception, match="FOREIGN KEY"):
                upgrade()
            return
        upgrade()
        after = rows_of(engine)
        assert {name: len(rows) for name, rows in after.items()} == {n: len(r) for n, r in before.items()}
        downgrade(revision=REVISIONS[-1])
        assert rows_of(engine) == before
        with engine.connect() as connection:
            assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


ORPHAN = '''
"""A change that forgets who refers to what it deletes."""
from alembic import op
revision = "9999"
down_revision = "{head}"

def upgrade():
    op.execute("DELETE FROM school")

def downgrade():
    pass
'''


@pytest.mark.both_databases
def test_a_migration_that_orphans_rows_fails_and_changes_nothing(
    make: Factory, database_url: str, tmp_path: Path
) -> None:
    one_of_everything(make)
    app = make_app(database_url, tmp_path, MIGRATIONS_DIRECTORY=str(extended_migrations(tmp_path, ORPHAN)))
    with engine_of(app) as engine:
        before = rows_of(engine)
        with pytest.raises((SystemExit, sa.exc.IntegrityError)):
            upgrade()
        assert rows_of(engine) == before
        with engine.connect() as connection:
            assert connection.scalar(sa.text("SELECT version_num FROM alembic_version")) == REVISIONS[-1]
