"""``flask backup`` and ``flask restore``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import sqlalchemy as sa
from alembic.script import ScriptDirectory
from flask import current_app
from flask.cli import with_appcontext

from marketplace import clock
from marketplace.backup import services
from marketplace.db import db
from marketplace.errors import DomainError

SENTENCES = {
    "empty": "there is nothing to back up: the database has no tables",
    "no_tool": "{tool} is not on the PATH; install PostgreSQL's client programs",
    "tool_failed": "{tool}: {why}",
    "not_a_backup": "this file is no backup of Practicum Match",
    "damaged": "this backup is damaged: {why}",
    "other_database": "this backup is of a {kind} database, and this installation uses {here}",
    "unknown_revision": "this backup was made by a newer version (migration {revision})",
    "not_empty": "there is a database already; --force replaces it, after saving what is there",
}


@click.command("backup")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@with_appcontext
def backup_command(file: Path) -> None:
    """Save the database and the secrets of this installation to FILE, while the site runs.

    Whoever has FILE can read everything and sign in as anyone: keep it as you keep the site.
    """
    with complaints():
        services.save(_installation(), file, now=clock.now())
    click.echo(f"saved to {file} ({file.stat().st_size:,} bytes)")


@click.command("restore")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--force", is_flag=True, help="Replace the database that is there; it is saved first.")
@with_appcontext
def restore_command(file: Path, force: bool) -> None:
    """Bring the database and the secrets back from FILE. Stop the site before, start it afterwards."""
    with complaints():
        db.engine.dispose()
        restored = services.restore(_installation(), file, force=force, now=clock.now())
    click.echo(f"restored the state of {restored.made_at}")
    if restored.previous:
        click.echo(f"what was here before: {restored.previous}")
    if restored.outdated:
        click.echo("the backup is of an older version: run flask db upgrade (./run does it)")


@contextmanager
def complaints() -> Iterator[None]:
    """Turn what went wrong into one line for the person at the shell."""
    try:
        yield
    except DomainError as error:
        raise click.ClickException(SENTENCES[error.reason].format(**error.details)) from error
    except OSError as error:
        raise click.ClickException(f"{error.filename or 'file'}: {error.strerror or error}") from error


def _installation() -> services.Installation:
    config = current_app.config
    return services.Installation(
        url=sa.make_url(config["SQLALCHEMY_DATABASE_URI"]),
        home=config["HOME"],
        secrets={name: config[name] for name in services.SECRETS},
        scripts=ScriptDirectory(config["MIGRATIONS_DIRECTORY"]),
    )
