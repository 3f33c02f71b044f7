"""A backup holds the whole installation and comes back whole, or not at all."""

from __future__ import annotations

import gzip
import io
import json
import os
import stat
import tarfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import Result
from flask import Flask
from flask_migrate import downgrade

from marketplace.app import create_app
from marketplace.db import Base, db, transaction
from marketplace.rounds import lottery
from marketplace.rounds.models import Round
from marketplace.schools.models import School
from tests.factories import Factory, sign_in
from tests.rounds.market import Market
from tests.support.client import StrictClient
from tests.support.clock import Clock
from tests.support.databases import Source
from tests.support.settings import settings_for

Target = Callable[[], Flask]


@pytest.fixture
def elsewhere(database_source: Source, tmp_path: Path, clock: Clock) -> Any:
    """Make another installation, with an empty database and keys of its own."""
    made: list[tuple[Flask, str]] = []

    def make() -> Flask:
        home = tmp_path / f"elsewhere-{len(made)}"
        home.mkdir(mode=0o700)
        url = database_source.blank(home)
        app = create_app({**settings_for(url, home, clock), "SECRET_KEY": "another key", "HOME": home})
        made.append((app, url))
        return app

    yield make
    for app, url in made:
        with app.app_context():
            db.session.remove()
            db.engine.dispose()
        database_source.drop(url)


def shell(app: Flask, *arguments: object) -> Result:
    return app.test_cli_runner().invoke(args=[*map(str, arguments)])


def everything(app: Flask) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of all tables."""
    with app.app_context():
        return {
            table.name: sorted((tuple(row) for row in db.session.execute(sa.select(table))), key=repr)
            for table in Base.metadata.sorted_tables
        }


def reopened(app: Flask) -> Flask:
    """The installation as its next start finds it, with the keys in its folder."""
    home: Path = app.config["HOME"]
    keys = json.loads((home / "secrets.json").read_text())
    settings = settings_for(app.config["SQLALCHEMY_DATABASE_URI"], home, app.config["CLOCK"])
    again = create_app({**settings, **keys})
    again.test_client_class = StrictClient
    return again


@pytest.mark.both_databases
def test_comes_back_whole_with_sessions_and_lotteries(
    app: Flask, make: Factory, client: StrictClient, tmp_path: Path, elsewhere: Target
) -> None:
    market = Market(make)
    market.nightly(4)
    market.everyone_applies()
    market.rank(market.students[0], *market.slots)
    sign_in(client, market.students[0])
    (cookie,) = [c for c in client._cookies.values() if c.key == "session"]  # type: ignore[attr-defined]
    file = tmp_path / "site.backup"
    saved = shell(app, "backup", file)
    assert saved.exit_code == 0 and str(file) in saved.output
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert not list(tmp_path.glob(".backup-*"))

    target = elsewhere()
    restored = shell(target, "restore", file)
    assert restored.exit_code == 0, restored.output
    assert restored.output == "restored the state of 2026-11-02T15:00:00+00:00\n"
    again = reopened(target)
    assert everything(again) == everything(app)
    visitor = again.test_client()
    visitor.set_cookie("session", cookie.value)
    assert visitor.get("/change-password").status_code == 200
    with again.app_context():
        round_ = db.session.get_one(Round, market.round_id)
        assert round_.draw_key == lottery.draw_key(round_.lottery_secret)
        assert lottery.commitment(round_.draw_key) == round_.lottery_commitment
        db.session.remove()
        db.engine.dispose()
    secrets = target.config["HOME"] / "secrets.json"
    assert stat.S_IMODE(secrets.stat().st_mode) == 0o600
    if target.config["SQLALCHEMY_DATABASE_URI"].startswith("sqlite"):
        path = Path(sa.make_url(target.config["SQLALCHEMY_DATABASE_URI"]).database or "")
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.both_databases
def test_is_consistent_while_people_write(
    app: Flask, clock: Clock, tmp_path: Path, elsewhere: Target
) -> None:
    """Each transaction writes two schools: a copy never holds one without the other."""
    stop = threading.Event()

    def write(writer: int) -> None:
        number = 0
        with app.app_context():
            while not stop.is_set():
                with transaction() as session:
                    for half in ("left", "right"):
                        session.add(School(name=f"{writer} {number} {half}", created_at=clock()))
                        session.flush()
                number += 1
            db.session.remove()

    threads = [threading.Thread(target=write, args=[n]) for n in range(3)]
    for thread in threads:
        thread.start()
    try:
        for number in range(3):
            assert shell(app, "backup", tmp_path / f"{number}.backup").exit_code == 0
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    counts = []
    for number in range(3):
        target = elsewhere()
        assert shell(target, "restore", tmp_path / f"{number}.backup").exit_code == 0
        names = {row[1].rsplit(" ", 1)[0] for row in everything(target)["school"]}
        assert len(everything(target)["school"]) == 2 * len(names)
        counts.append(len(names))
    assert counts == sorted(counts) and counts[-1] > 0


@pytest.mark.both_databases
def test_what_is_there_is_replaced_only_by_force_and_saved_first(
    app: Flask, make: Factory, tmp_path: Path
) -> None:
    make.school("Then")
    file = tmp_path / "then.backup"
    assert shell(app, "backup", file).exit_code == 0
    then = everything(app)
    make.school("Now")
    now = everything(app)
    refused = shell(app, "restore", file)
    assert refused.exit_code == 1 and "--force" in refused.output
    assert everything(app) == now
    forced = shell(app, "restore", file, "--force")
    assert forced.exit_code == 0, forced.output
    assert everything(app) == then
    (previous,) = tmp_path.glob("before-restore-*.backup")
    assert str(previous) in forced.output and stat.S_IMODE(previous.stat().st_mode) == 0o600
    assert shell(app, "restore", previous, "--force").exit_code == 0
    assert everything(app) == now


@pytest.mark.both_databases
def test_an_older_version_s_backup_says_that_migrations_follow(
    app: Flask, make: Factory, tmp_path: Path, elsewhere: Target
) -> None:
    make.school("Old")
    with app.app_context():
        db.session.remove()
        downgrade(revision="-1")
        db.engine.dispose()
    assert shell(app, "backup", tmp_path / "old.backup").exit_code == 0
    target = elsewhere()
    assert "flask db upgrade" in shell(target, "restore", tmp_path / "old.backup").output
    assert shell(target, "db", "upgrade").exit_code == 0
    assert [row[1] for row in everything(target)["school"]] == ["Old"]


def parts(file: Path) -> dict[str, bytes]:
    with tarfile.open(file, "r:gz") as archive:
        return {m.name: archive.extractfile(m).read() for m in archive.getmembers()}  # type: ignore[union-attr]


def packed(file: Path, content: dict[str, bytes]) -> Path:
    with tarfile.open(file, "w:gz") as archive:
        for name, data in content.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return file


def reworded(content: dict[str, bytes], **change: object) -> dict[str, bytes]:
    manifest = {**json.loads(content["manifest.json"]), **change}
    return {**content, "manifest.json": json.dumps(manifest).encode()}


@pytest.mark.both_databases
def test_a_file_that_is_no_whole_backup_changes_nothing(
    app: Flask, make: Factory, tmp_path: Path, elsewhere: Target
) -> None:
    make.school("Kept")
    good = tmp_path / "good.backup"
    assert shell(app, "backup", good).exit_code == 0
    content = parts(good)
    raw = good.read_bytes()
    spoiled = {**content, "database": content["database"][:-1] + b"x"}
    other = "sqlite" if app.config["SQLALCHEMY_DATABASE_URI"].startswith("postgresql") else "postgresql"
    cases = {
        "text": ("no backup", b"hello"),
        "empty": ("no backup", b""),
        "other archive": ("no backup", gzip.compress(b"hello")),
        "cut": ("no backup", raw[: len(raw) // 2]),
        "without secrets": ("no backup", {k: v for k, v in content.items() if k != "secrets.json"}),
        "flipped": ("digest", spoiled),
        "other format": ("no backup", reworded(content, format="practicum-backup/2")),
        "no manifest": ("no backup", {**content, "manifest.json": b"[]"}),
        "other kind": (other, reworded(content, database=other)),
        "newer": ("newer version", reworded(content, revision="9999")),
        "garbage inside": ("", whole({**content, "database": b"garbage" * 1000})),
        "no keys": ("secrets are missing", whole({**content, "secrets.json": b"{}"})),
    }
    target = elsewhere()
    before = sorted(path.name for path in target.config["HOME"].iterdir())
    for name, (complaint, data) in cases.items():
        file = tmp_path / "bad.backup"
        packed(file, data) if isinstance(data, dict) else file.write_bytes(data)
        result = shell(target, "restore", file)
        assert result.exit_code == 1 and result.output.startswith("Error: "), (name, result.output)
        assert complaint in result.output and result.output.count("\n") == 1, (name, result.output)
        assert sorted(path.name for path in target.config["HOME"].iterdir()) == before, name
        assert shell(app, "restore", file, "--force").exit_code == 1
    assert [row[1] for row in everything(app)["school"]] == ["Kept"]
    assert not list(tmp_path.glob("before-restore-*"))


def whole(content: dict[str, bytes]) -> dict[str, bytes]:
    """With digests that fit again."""
    import hashlib

    sums = {name: hashlib.sha256(content[name]).hexdigest() for name in ("database", "secrets.json")}
    return reworded(content, sha256=sums)


@pytest.mark.both_databases
def test_nothing_to_back_up(tmp_path: Path, elsewhere: Target) -> None:
    result = shell(elsewhere(), "backup", tmp_path / "x.backup")
    assert result.exit_code == 1 and "no tables" in result.output
    assert not (tmp_path / "x.backup").exists()


def test_a_place_that_can_not_be_written(app: Flask, tmp_path: Path) -> None:
    result = shell(app, "backup", tmp_path / "no" / "such" / "folder")
    assert result.exit_code == 1 and "No such file" in result.output


@pytest.mark.postgresql
def test_missing_tools_are_named(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    result = shell(app, "backup", tmp_path / "x.backup")
    assert result.exit_code == 1 and "is not on the PATH" in result.output
    assert "PATH" in os.environ and not (tmp_path / "x.backup").exists()
