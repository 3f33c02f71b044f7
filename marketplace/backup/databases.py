"""Copy a whole database out and in, consistently, while the site runs. One class for each kind.

Knows nothing of archives and secrets: see :mod:`marketplace.backup.services`.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from typing import Protocol

import sqlalchemy as sa

from marketplace.errors import DomainError


class Database(Protocol):
    """A database that can be copied."""

    kind: str

    def dump(self, target: Path) -> None:
        """Write everything, as of one instant, to the file `target`."""

    def check(self, source: Path) -> None:
        """Raise DomainError("damaged") unless `source` holds a whole database."""

    def is_empty(self) -> bool:
        """Whether there is no table yet."""

    def load(self, source: Path) -> None:
        """Replace everything by what `source` holds, wholly or not at all."""


def open_database(url: sa.URL) -> Database:
    """The database behind a SQLAlchemy URL."""
    return Sqlite(url) if url.get_backend_name() == "sqlite" else PostgreSQL(url)


class Sqlite:
    """Copied with SQLite's own backup, which respects the locks of a site that runs."""

    kind = "sqlite"

    def __init__(self, url: sa.URL) -> None:
        self.path = Path(url.database or "")

    def dump(self, target: Path) -> None:
        """Copy the file in one step: no writer gets in between."""
        with self._open(self.path) as source, self._open(target) as copy:
            source.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")  # one file, no companions

    def check(self, source: Path) -> None:
        """Every page, and every reference."""
        try:
            with self._open(source) as connection:
                found = connection.execute("PRAGMA integrity_check").fetchall()
                dangling = connection.execute("PRAGMA foreign_key_check").fetchone()
        except sqlite3.DatabaseError as error:
            raise DomainError("damaged", why=str(error)) from error
        if found != [("ok",)] or dangling is not None:
            raise DomainError("damaged", why="pages or references are broken")

    def is_empty(self) -> bool:
        """No file, or no table in it."""
        if not self.path.exists():
            return True
        with self._open(self.path) as connection:
            return connection.execute("SELECT 1 FROM sqlite_master").fetchone() is None

    def load(self, source: Path) -> None:
        """Copy over the file's content in one transaction; a new file is its owner's alone."""
        self.path.touch(mode=0o600)
        with self._open(source) as saved, self._open(self.path) as live:
            saved.backup(live)

    @staticmethod
    def _open(path: Path) -> closing[sqlite3.Connection]:
        return closing(sqlite3.connect(path, timeout=20))


class PostgreSQL:
    """Copied with PostgreSQL's own tools, which have to be on the PATH."""

    kind = "postgresql"

    def __init__(self, url: sa.URL) -> None:
        plain = url.set(drivername="postgresql", password=None)
        self.address = plain.render_as_string()
        self.environment = {**os.environ, **({"PGPASSWORD": url.password} if url.password else {})}

    def dump(self, target: Path) -> None:
        """``pg_dump`` sees one snapshot."""
        self._run(
            "pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={target}", self.address
        )

    def check(self, source: Path) -> None:
        """Whether ``pg_restore`` can read it all; what is in it is checked when it is loaded."""
        self._run("pg_restore", f"--file={os.devnull}", str(source))

    def is_empty(self) -> bool:
        """No table in the schema."""
        return not self._tables()

    def load(self, source: Path) -> None:
        """Drop what is there and load the copy in one transaction."""
        script = source.with_suffix(".sql")
        self._run("pg_restore", "--no-owner", "--no-privileges", f"--file={script}", str(source))
        drops = source.with_suffix(".drop.sql")
        drops.write_text("".join(f"DROP TABLE {name} CASCADE;\n" for name in self._tables()))
        self._psql("--single-transaction", f"--file={drops}", f"--file={script}")

    def _tables(self) -> list[str]:
        query = "SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
        return self._psql("--tuples-only", "--no-align", f"--command={query}").split()

    def _psql(self, *arguments: str) -> str:
        quiet = ("--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", f"--dbname={self.address}")
        return self._run("psql", *quiet, *arguments)

    def _run(self, tool: str, *arguments: str) -> str:
        path = shutil.which(tool)
        if path is None:
            raise DomainError("no_tool", tool=tool)
        done = subprocess.run(
            [path, *arguments], env=self.environment, capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            lines = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
            raise DomainError("tool_failed", tool=tool, why=lines[0])
        return done.stdout
