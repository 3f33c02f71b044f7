"""The process dies (os._exit) at every commit and every tenth statement of lock, official run and release.

Whatever was under way, the next nightly job finishes it: the same bytes, one publication, each mail once. The
dying is patched into the process that dies; the product has no switch for it.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from email import message_from_bytes
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from flask import Flask
from psycopg import sql

from marketplace.db import db
from marketplace.mail.models import OutboxMessage
from marketplace.rounds import queries
from marketplace.rounds.phases import Phase
from marketplace.runs import releasing
from marketplace.runs.models import Assignment, Publication, RunKind, Seal
from tests.factories import Factory
from tests.rounds.market import DAY, START, Market
from tests.runs import processes

pytestmark = pytest.mark.both_databases

GONE = 7
LOCKS, RELEASES = 8.0, 9.0
#: Of all points, how many the short proof tries in each stage.
SLICE = 4

#: Count statements and commits while a round is advanced; die at one of them, or say how many there were.
DIE = """
import json, os
from sqlalchemy import event
from sqlalchemy.orm import Session
from marketplace.db import db
from marketplace.runs import nightly

counts, armed = {{"statement": 0, "before commit": 0, "after commit": 0}}, []


def passing(kind):
    if armed:
        counts[kind] += 1
        if kind == {kind!r} and counts[kind] == {number}:
            os._exit({code})


genuine = nightly._advance


def advance(*arguments):
    armed.append(True)
    try:
        return genuine(*arguments)
    finally:
        armed.clear()
        with open({file!r}, "w") as file:
            json.dump(counts, file)


nightly._advance = advance
with app.app_context():
    event.listen(db.engine, "before_cursor_execute", lambda *_: passing("statement"))
    event.listen(db.engine, "commit", lambda *_: passing("before commit"))
event.listen(Session, "after_commit", lambda *_: passing("after commit"))
"""


class Snapshots:
    """Puts a database, and the mail that had left, back as they were."""

    def __init__(self, app: Flask, url: str, folder: Path) -> None:
        self.app, self.url, self.folder = app, sa.make_url(url), folder
        self.kept: list[str] = []

    def take(self, name: str) -> None:
        self._leave()
        (self.folder / "mail").mkdir(exist_ok=True)
        shutil.copytree(self.folder / "mail", self.folder / f"{name} mail")
        if self.url.get_backend_name() == "sqlite":
            self._copy(Path(self.url.database or ""), self.folder / name)
        else:
            self.kept.append(f"{self.url.database}_{name}")
            self._say("CREATE DATABASE {} TEMPLATE {}", self.kept[-1], self.url.database)

    def put_back(self, name: str) -> None:
        self._leave()
        shutil.rmtree(self.folder / "mail")
        shutil.copytree(self.folder / f"{name} mail", self.folder / "mail")
        if self.url.get_backend_name() == "sqlite":
            path = Path(self.url.database or "")
            for each in path.parent.glob(f"{path.name}*"):
                each.unlink()
            self._copy(self.folder / name, path)
        else:
            self._say("DROP DATABASE {} WITH (FORCE)", self.url.database)
            self._say("CREATE DATABASE {} TEMPLATE {}", self.url.database, f"{self.url.database}_{name}")

    def drop(self) -> None:
        self._leave()
        for name in self.kept:
            self._say("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)

    def _leave(self) -> None:
        with self.app.app_context():
            db.session.remove()
            db.engine.dispose()

    def _copy(self, source: Path, target: Path) -> None:
        with closing(sqlite3.connect(source)) as here, closing(sqlite3.connect(target)) as there:
            here.backup(there)

    def _say(self, statement: str, *names: str | None) -> None:
        server = self.url.set(drivername="postgresql", database="postgres")
        address = server.render_as_string(hide_password=False)
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(*(sql.Identifier(name or "") for name in names)))


class Scene:
    """A round that is locked and decided at one nightly job, and released by plan at the next."""

    def __init__(self, app: Flask, market: Market, snapshots: Snapshots, starter: processes.Starter) -> None:
        self.app, self.market, self.snapshots, self.starter = app, market, snapshots, starter
        self.counts = snapshots.folder / "counts.json"
        self.stages = {"undecided": LOCKS, "decided": RELEASES}
        self.points: dict[str, list[tuple[str, int]]] = {}
        snapshots.take("undecided")
        self.points["undecided"] = self._count(LOCKS)
        self._plan()
        snapshots.take("decided")
        self.points["decided"] = self._count(RELEASES)
        self.expected = self.outcome()
        assert self.market.phase is Phase.RELEASED

    def crash(self, stage: str, kind: str, number: int) -> None:
        """Die at that point of the stage, then let the next jobs finish the round."""
        self.snapshots.put_back(stage)
        before = DIE.format(kind=kind, number=number, code=GONE, file=str(self.counts))
        ((code, output),) = self._nightly(self.stages[stage], before)
        assert code == GONE, f"{stage}, {kind} {number}: {code} {output}"
        with self.market.committed():
            db.session.execute(
                sa.text("UPDATE match_run SET lease_until = created_at WHERE state = 'running'")
            )
        if stage == "undecided":
            assert self._nightly(LOCKS)[0][0] == 0
            self._plan()
        assert self._nightly(RELEASES)[0][0] == 0
        assert self.outcome() == self.expected, f"{stage}, {kind} {number}"

    def outcome(self) -> dict[str, Any]:
        """Everything that must be as if nothing had happened."""
        return self.market.read(self._read)

    def _read(self) -> dict[str, Any]:
        (run,) = self.market.runs(RunKind.OFFICIAL)
        seal = db.session.scalars(sa.select(Seal)).one()
        told = Counter(db.session.scalars(sa.select(OutboxMessage.key)))
        return {
            "digest": hashlib.sha256((run.result or "").encode()).hexdigest(),
            "sealed": (hashlib.sha256(seal.problem.encode()).hexdigest(), seal.root),
            "publications": len(db.session.scalars(sa.select(Publication)).all()),
            "assignments": sorted(
                (row.student_id, row.slot_id, row.rank) for row in db.session.scalars(sa.select(Assignment))
            ),
            "mail": told,
            "arrived": self._arrived(),
        }

    def _arrived(self) -> Counter[str]:
        folder = self.snapshots.folder / "mail"
        return Counter(message_from_bytes(f.read_bytes())["Message-ID"] for f in folder.glob("*.eml"))

    def _plan(self) -> None:
        actor = self.market.make.actor(self.market.coordinator)
        with self.market.committed():
            round_ = queries.coordinated(actor, self.market.round_id, lock=True)
            releasing.plan(actor, round_, START + DAY * RELEASES, now=START + DAY * (LOCKS + 0.5))

    def _count(self, day: float) -> list[tuple[str, int]]:
        """The points of a stage: before and after every commit, and every tenth statement."""
        nobody = DIE.format(kind="nothing", number=0, code=GONE, file=str(self.counts))
        ((code, output),) = self._nightly(day, nobody)
        assert code == 0, output
        counts: dict[str, int] = json.loads(self.counts.read_text())
        steps = {"statement": 10, "before commit": 1, "after commit": 1}
        return [(kind, n) for kind, step in steps.items() for n in range(1, counts[kind] + 1, step)]

    def _nightly(self, day: float, before: str = "") -> list[tuple[int, str]]:
        return self.starter.start(1, "nightly", "--now", (START + DAY * day).isoformat(), before=before)


@pytest.fixture
def scene(app: Flask, make: Factory, database_url: str, tmp_path: Path) -> Iterator[Scene]:
    market = Market(make)
    for student in market.students:
        market.apply(student)
        market.rank(student, *market.slots)
    snapshots = Snapshots(app, database_url, tmp_path)
    variables = processes.environment(database_url, tmp_path / "home", f"file:{tmp_path / 'mail'}")
    with processes.starter(variables) as starter:
        try:
            yield Scene(app, market, snapshots, starter)
        finally:
            snapshots.drop()


def test_a_slice_of_crashes(scene: Scene) -> None:
    for stage, points in scene.points.items():
        step = max(1, len(points) // SLICE)
        for kind, number in points[step // 2 :: step]:
            scene.crash(stage, kind, number)


@pytest.mark.full
def test_every_crash(scene: Scene) -> None:
    assert all(len(points) >= 10 for points in scene.points.values()), scene.points
    for stage, points in scene.points.items():
        for kind, number in points:
            scene.crash(stage, kind, number)
    print({stage: len(points) for stage, points in scene.points.items()}, "points")
