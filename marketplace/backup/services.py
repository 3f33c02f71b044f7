"""One file that holds a whole installation: the database and its secrets. Made while the site runs.

The archive is a compressed tar of ``manifest.json`` (format, kind of database, migration, digests), the
database's copy and ``secrets.json``: with the same signing keys, a restored site still knows its sessions
and links; the lotteries' secrets are in the database. Not in it: delivered mail kept in a folder.
"""

from __future__ import annotations

import hashlib
import json
import tarfile
import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from alembic.script import ScriptDirectory

from marketplace.backup.databases import Database, open_database
from marketplace.errors import DomainError

FORMAT: Final = "practicum-backup/1"
SECRETS: Final = ("SECRET_KEY", "SECURITY_PASSWORD_SALT")
_PARTS: Final = ("database", "secrets.json")


@dataclass(frozen=True)
class Installation:
    """What is saved and restored: the database, the folder of secrets, and the migrations it understands."""

    url: sa.URL
    home: Path
    secrets: dict[str, str]
    scripts: ScriptDirectory

    @property
    def database(self) -> Database:
        """The database, as something to be copied."""
        return open_database(self.url)


@dataclass(frozen=True)
class Restored:
    """What a restore did: when the copy was made, whether migrations follow, and where the old state is."""

    made_at: str
    outdated: bool
    previous: Path | None


def save(installation: Installation, target: Path, *, now: datetime) -> None:
    """Write the whole installation to `target`, readable by its owner alone; an older file is replaced.

    Raises DomainError ("empty", "no_tool", "tool_failed") and OSError; `target` is then as it was.
    """
    if installation.database.is_empty():
        raise DomainError("empty")
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".backup-") as name:
        folder = Path(name)  # 0700, beside the target: neither readable by others nor on another disk
        installation.database.dump(folder / "database")
        (folder / "secrets.json").write_text(json.dumps(installation.secrets))
        manifest = {
            "format": FORMAT,
            "database": installation.database.kind,
            "revision": _revision(installation.url, folder / "database"),
            "made_at": now.isoformat(),
            "sha256": {part: _sha256(folder / part) for part in _PARTS},
        }
        (folder / "manifest.json").write_text(json.dumps(manifest, indent=1))
        with tarfile.open(folder / "archive", "w:gz", compresslevel=6) as archive:
            for part in ("manifest.json", *_PARTS):
                archive.add(folder / part, arcname=part)
        (folder / "archive").chmod(0o600)
        (folder / "archive").replace(target)


def restore(installation: Installation, source: Path, *, force: bool, now: datetime) -> Restored:
    """Replace the installation by the one in `source`, after checking all of it.

    Without `force` only where there is no database yet; with it, the present state is saved beside the
    secrets first. Raises DomainError, and changes nothing then.
    """
    with tempfile.TemporaryDirectory(dir=installation.home, prefix=".restore-") as name:
        folder = Path(name)
        manifest = _unpack(source, folder)
        outdated = _check(installation, manifest, folder)
        previous = None
        if not installation.database.is_empty():
            if not force:
                raise DomainError("not_empty")
            previous = installation.home / f"before-restore-{now:%Y%m%dT%H%M%SZ}.backup"
            save(installation, previous, now=now)
        installation.database.load(folder / "database")
        (folder / "secrets.json").chmod(0o600)
        (folder / "secrets.json").replace(installation.home / "secrets.json")
    return Restored(str(manifest["made_at"]), outdated, previous)


def _unpack(source: Path, folder: Path) -> dict[str, Any]:
    """Write the parts into `folder`, by their fixed names, and give the manifest."""
    try:
        with tarfile.open(source, "r:gz") as archive:
            for part in ("manifest.json", *_PARTS):
                member = archive.extractfile(part)
                if member is None:
                    raise KeyError(part)
                with (folder / part).open("wb") as file:
                    while chunk := member.read(1 << 20):
                        file.write(chunk)
        manifest = json.loads((folder / "manifest.json").read_text())
        if manifest["format"] != FORMAT:
            raise DomainError("not_a_backup")
        if any(manifest["sha256"][part] != _sha256(folder / part) for part in _PARTS):
            raise DomainError("damaged", why="a part differs from its digest")
    except (tarfile.TarError, KeyError, EOFError, ValueError, TypeError, OSError) as error:
        if isinstance(error, OSError) and error.filename is not None:
            raise
        raise DomainError("not_a_backup") from error
    return dict(manifest)


def _check(installation: Installation, manifest: dict[str, Any], folder: Path) -> bool:
    """Refuse what doesn't fit this installation; whether the copy is of an older migration."""
    if manifest["database"] != installation.database.kind:
        raise DomainError("other_database", kind=manifest["database"], here=installation.database.kind)
    known = {script.revision for script in installation.scripts.walk_revisions()}
    if manifest["revision"] not in known:
        raise DomainError("unknown_revision", revision=manifest["revision"])
    secrets = json.loads((folder / "secrets.json").read_text())
    if not all(isinstance(secrets.get(name), str) for name in SECRETS):
        raise DomainError("damaged", why="secrets are missing")
    installation.database.check(folder / "database")
    return bool(manifest["revision"] != installation.scripts.get_current_head())


def _revision(url: sa.URL, copy: Path) -> str:
    """The migration of what was copied."""
    source = sa.URL.create("sqlite", database=str(copy)) if url.get_backend_name() == "sqlite" else url
    engine = sa.create_engine(source)
    try:
        with engine.connect() as connection:
            revision = connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
    finally:
        engine.dispose()
    return str(revision)


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()
