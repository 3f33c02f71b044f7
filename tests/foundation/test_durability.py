"""What was acknowledged is there: after a kill -9, and by the setting that survives a power cut."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from marketplace.config import PROJECT
from marketplace.db import db
from marketplace.rankings.models import RankEntry, RankList
from marketplace.rounds.phases import Phase
from tests.factories import Factory

WRITER = """
import sys
from pathlib import Path
from flask import Flask
from marketplace import access
from marketplace.accounts.models import User
from marketplace.app import create_app
from marketplace.db import db, transaction
from marketplace.rankings import services as rankings
from tests.support.settings import settings_for

url, folder, user_id, round_id, *slots = sys.argv[1:]
app = create_app(settings_for(url, Path(folder)))
version = 0
while True:
    with app.app_context():
        with transaction() as session:
            actor = access.actor_for(session.get(User, int(user_id)))
            order = [int(i) for i in slots][:: 1 if version % 2 else -1]
            rankings.save_student_list(
                actor, int(round_id), order, certify=True, base_version=version, now=app.config["CLOCK"]()
            )
    version += 1
    print(version, flush=True)
"""


@pytest.mark.both_databases
def test_killing_the_process_loses_no_acknowledged_list(
    app: Flask, make: Factory, database_url: str, tmp_path: Path
) -> None:
    programme = make.programme()
    student, slots = make.student(programme), [make.slot() for _ in range(5)]
    round_ = make.round(
        programme.school, phase=Phase.RANKING, programmes=[programme], slots=slots, students=[student]
    )
    for slot in slots:
        make.application(round_, student, slot)
    given = [database_url, tmp_path, student.user_id, round_.id, *(slot.id for slot in slots)]
    acknowledged = _write_until_killed([str(each) for each in given], after=60)
    with app.app_context():
        versions = db.session.scalars(sa.select(RankList.version).order_by(RankList.version)).all()
        entries = db.session.scalar(sa.select(sa.func.count()).select_from(RankEntry))
    assert acknowledged >= 60
    assert list(versions) == list(range(1, len(versions) + 1)) and len(versions) >= acknowledged
    assert entries == len(versions) * len(slots), "no list is there in part"


def _write_until_killed(arguments: list[str], *, after: int) -> int:
    """Let a process save lists, kill it once `after` were acknowledged, return the last acknowledged."""
    environment = {**os.environ, "PYTHONPATH": str(PROJECT)}
    command = [sys.executable, "-c", WRITER, *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if int(line) == after:
                process.send_signal(signal.SIGKILL)
                break
        rest = process.stdout.read().split("\n")
    acknowledged = [int(line) for line in rest[:-1] if line]  # a last line without its end was not said
    return max([after, *acknowledged])


def test_every_sqlite_connection_waits_for_the_disk(app: Flask) -> None:
    with app.app_context():
        held = [db.engine.connect() for _ in range(8)]
        try:
            for connection in held:
                settings = {
                    name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
                    for name in ("synchronous", "journal_mode", "foreign_keys")
                }
                assert settings == {"synchronous": 2, "journal_mode": "wal", "foreign_keys": 1}
                connection.rollback()
        finally:
            for connection in held:
                connection.close()


@pytest.mark.postgresql
def test_postgresql_waits_for_the_disk(app: Flask) -> None:
    with app.app_context(), db.engine.connect() as connection:
        assert connection.scalar(sa.text("SHOW synchronous_commit")) == "on"
