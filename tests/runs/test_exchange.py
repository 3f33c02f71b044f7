"""Published problems become rounds, are decided by the nightly job, and come out as what went in."""

from __future__ import annotations

import json
import random
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import Result
from flask import Flask

from marketplace.db import Base, db
from marketplace.rounds.models import Round
from marketplace.rounds.phases import Phase
from marketplace.runs.models import MatchRun
from marketplace.slots.models import Slot
from matching import Problem
from tests.runs.blocking import blocking_pairs

Json = dict[str, Any]
SEED = "1f" * 32

TINY: Json = {
    "format": "matching-problem/1",
    "name": "tiny",
    "students": [
        {"id": "s1", "preferences": [["a"], ["b"]]},
        {"id": "s2", "preferences": [["a", "b"]]},
        {"id": "s3", "preferences": [["b"]]},
        {"id": "kept aside", "preferences": []},
        {"id": "ünlisted", "preferences": [["a"]]},
    ],
    "slots": [
        {"id": "a", "capacity": 1, "preferences": [["s2"], ["s1", "s3"]], "then_any": True},
        {"id": "b", "capacity": 2, "minimum": 2, "preferences": []},
        {"id": "empty"},
    ],
}


def shell(app: Flask, *arguments: object) -> Result:
    return app.test_cli_runner().invoke(args=["round", *map(str, arguments)])


def written(folder: Path, problem: Json, name: str = "problem.json") -> Path:
    path = folder / name
    path.write_text(json.dumps(problem, ensure_ascii=False), encoding="utf-8")
    return path


def imported(app: Flask, path: Path) -> int:
    result = shell(app, "import", path)
    assert result.exit_code == 0, result.output
    return int(result.stdout)


def decided(app: Flask, path: Path) -> tuple[int, str, str]:
    """Import, one night, and both files: (round id, sealed problem, result)."""
    round_id = imported(app, path)
    night = app.test_cli_runner().invoke(args=["nightly"])
    assert night.exit_code == 0, night.output
    assert f"round {round_id}: locked\nround {round_id}: decided\n" in night.output
    return round_id, shell(app, "export", round_id).stdout, shell(app, "result", round_id).stdout


def engine(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "matching", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


def shuffled(problem: Json, seed: int) -> Json:
    """The same problem with everything that has no order in another order."""
    mixed: Json = json.loads(json.dumps(problem))
    order = random.Random(seed)
    for side in ("students", "slots"):
        for entry in mixed[side]:
            for tier in entry.get("preferences", []):
                order.shuffle(tier)
        order.shuffle(mixed[side])
    return mixed


@pytest.fixture
def published(real_data: Path) -> Callable[[str], Path]:
    """The file of a published market."""

    def find(name: str) -> Path:
        path = real_data / "instances" / f"{name}.problem.json"
        if not path.exists():
            pytest.skip(f"no {path.name} among the public data files")
        return path

    return find


MARKETS = ["ariel_course_allocation_5783", "agh_courses_2004"]


@pytest.mark.both_databases
@pytest.mark.parametrize("market", MARKETS)
def test_published_market_is_decided_stably(
    app: Flask, tmp_path: Path, published: Callable[[str], Path], market: str
) -> None:
    path = published(market)
    _round, sealed, result = decided(app, path)
    assert json.loads(sealed)["lottery"]["seed"] != "0" * 64
    original, found = json.loads(path.read_text()), json.loads(result)
    seed = found["lottery"]["seed"]
    assert blocking_pairs(original, found["assignment"]) == []
    assert blocking_pairs(original, found["assignment"], seed=seed) == []
    placed = min(student for student, slot in found["assignment"].items() if slot is not None)
    assert placed in {s for s, _ in blocking_pairs(original, {**found["assignment"], placed: None})}
    (tmp_path / "result.json").write_text(result)
    verified = engine("verify", path, tmp_path / "result.json")
    assert verified.returncode == 0, verified.stdout
    assert engine("solve", path, "--seed", seed).stdout == result


@pytest.mark.postgresql
@pytest.mark.parametrize("market", MARKETS)
def test_same_bytes_on_both_databases_in_any_order(
    database_sources: Callable[[str], Any],
    clock: Callable[[], Any],
    tmp_path: Path,
    published: Callable[[str], Path],
    market: str,
) -> None:
    from marketplace.app import create_app
    from tests.support.settings import settings_for

    original = json.loads(published(market).read_text())
    outcomes = set()
    for kind, seed in (("sqlite", 0), ("sqlite", 1), ("postgresql", 0), ("postgresql", 2)):
        url = database_sources(kind).copy(tmp_path)
        app = create_app(settings_for(url, tmp_path, clock))
        problem = shuffled(original, seed) if seed else original
        _round, sealed, result = decided(app, written(tmp_path, problem))
        outcomes.add((sealed, result))
        with app.app_context():
            db.engine.dispose()
        database_sources(kind).drop(url)
    assert len(outcomes) == 1


@pytest.mark.both_databases
def test_tiny_problem_goes_round(app: Flask, tmp_path: Path) -> None:
    path = written(tmp_path, TINY)
    round_id = imported(app, path)
    open_ = written(tmp_path, json.loads(shell(app, "export", round_id).stdout), "open.json")
    assert shell(app, "result", round_id).output == "Error: the round is ranking and has no result yet\n"
    assert app.test_cli_runner().invoke(args=["nightly"]).exit_code == 0
    sealed = tmp_path / "sealed.json"
    assert shell(app, "export", round_id, "-o", sealed).output == ""
    assert stat.S_IMODE(sealed.stat().st_mode) == 0o600
    assert digest(path) == digest(open_) == digest(sealed)
    again = shell(app, "export", round_id, "-o", tmp_path / "no" / "such" / "folder")
    assert again.exit_code == 1 and "No such file" in again.output


def digest(path: Path) -> str:
    lines = engine("describe", path).stdout.splitlines()
    return next(line for line in lines if line.startswith("problem_sha256"))


@pytest.mark.both_databases
def test_couples_go_round_under_their_own_names(app: Flask, tmp_path: Path) -> None:
    """Sealed they are what the file said; the same file gives the same seed and result anywhere."""
    pairs: list[list[str | None]] = [["a", "b"], [None, "b"], ["empty", None]]
    couples = [{"id": "k & k", "members": ["kept aside", "s4"], "preferences": pairs}]
    slots = [{**slot, "then_any": True, "minimum": 0} for slot in TINY["slots"]]
    students = [*TINY["students"], {"id": "s4", "preferences": []}]
    problem = {**TINY, "students": students, "slots": slots, "couples": couples}
    path = written(tmp_path, problem)
    before = shell(app, "export", imported(app, path)).stdout
    round_id, sealed, result = decided(app, path)
    for text in (before, sealed):
        assert json.loads(text)["couples"] == couples
        assert Problem.loads(text).digest() == Problem.from_json(str(path)).digest()
    found = json.loads(result)
    assert found["objective"] == "couples"
    mine = [found["assignment"][name] for name in ("kept aside", "s4")]
    assert mine in pairs, "the place that both have is one of their pairs"
    first = shell(app, "result", round_id - 1)
    assert first.stdout == result, "the same file, another round"


def test_the_file_s_seed_is_the_round_s(app: Flask, tmp_path: Path) -> None:
    path = written(tmp_path, {**TINY, "lottery": {"seed": SEED.upper()}})
    _round, sealed, result = decided(app, path)
    assert json.loads(sealed)["lottery"]["seed"] == json.loads(result)["lottery"]["seed"] == SEED


def test_the_default_seed_is_replaced_by_one_from_the_content(app: Flask, tmp_path: Path) -> None:
    seeds = []
    for capacity in (1, 2):
        problem = json.loads(json.dumps(TINY))
        problem["slots"][0]["capacity"] = capacity
        _round, sealed, _result = decided(app, written(tmp_path, problem))
        seeds.append(json.loads(sealed)["lottery"]["seed"])
    assert len({*seeds, "0" * 64}) == 3


def test_the_same_file_twice_makes_two_rounds(app: Flask, tmp_path: Path) -> None:
    path = written(tmp_path, TINY)
    first, second = imported(app, path), imported(app, path)
    assert first != second
    assert app.test_cli_runner().invoke(args=["nightly"]).exit_code == 0
    assert shell(app, "result", first).stdout == shell(app, "result", second).stdout


UNSUPPORTED: list[tuple[str, Json]] = [
    ("facilities[0]", {"facilities": [{"id": "F", "slots": ["b"]}]}),
    ("preassigned[0]", {"preassigned": [["kept aside", "empty"]]}),
    ("ineligible[0]", {"ineligible": [["s1", "a", "agreement"]]}),
    ("lottery.mode", {"lottery": {"mode": "multiple"}}),
    ("students[5].types", {}),
    ("slots[3].quotas", {}),
    ("slots[3].capacity", {}),
]
DAMAGE: dict[str, tuple[str, Json]] = {
    "students[5].types": ("students", {"id": "s4", "types": {"school": "U1"}}),
    "slots[3].quotas": ("slots", {"id": "d", "quotas": {"type": "school", "maximum": {}}}),
    "slots[3].capacity": ("slots", {"id": "d", "capacity": 201}),
}


@pytest.mark.parametrize(("path", "extra"), UNSUPPORTED, ids=[path for path, _ in UNSUPPORTED])
def test_what_rounds_do_not_have_is_refused_by_name(
    app: Flask, tmp_path: Path, path: str, extra: Json
) -> None:
    problem = json.loads(json.dumps({**TINY, **extra}))
    side, entry = DAMAGE.get(path, ("students", {"id": "s4"}))
    problem[side].append(entry)
    result = shell(app, "import", written(tmp_path, problem))
    assert result.exit_code == 1
    assert f"{path}: rounds don't have" in result.stderr and "nothing was written" in result.stderr
    assert rows(app) == {}


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("{", "json"),
        ('{"format": "matching-problem/2", "students": [], "slots": []}', "format"),
        (json.dumps({**TINY, "students": [{"id": "s1", "preferences": [["x"]]}]}), 'unknown slot "x"'),
    ],
)
def test_unreadable_files_are_refused(app: Flask, tmp_path: Path, text: str, complaint: str) -> None:
    path = tmp_path / "problem.json"
    path.write_text(text)
    result = shell(app, "import", path)
    assert result.exit_code == 1 and complaint in result.stderr and result.stderr.count("\n") == 1
    assert rows(app) == {}


def rows(app: Flask) -> dict[str, int]:
    """How many rows each table holds, of those that hold any."""
    with app.app_context():
        found = {
            table.name: db.session.scalar(sa.select(sa.func.count()).select_from(table)) or 0
            for table in Base.metadata.sorted_tables
        }
    return {name: count for name, count in found.items() if count}


def test_absent_rounds_and_files(app: Flask, tmp_path: Path) -> None:
    assert shell(app, "export", 7).stderr == "Error: no such round\n"
    assert shell(app, "result", 7).exit_code == 1
    assert "is not in the range" in shell(app, "export", 10**20).stderr
    assert shell(app, "import", tmp_path / "none.json").exit_code == 2


def test_an_empty_problem_is_a_round_too(app: Flask, tmp_path: Path) -> None:
    nothing = {"format": "matching-problem/1", "students": [], "slots": []}
    _round, _sealed, result = decided(app, written(tmp_path, nothing))
    assert json.loads(result)["assignment"] == {}


@pytest.mark.both_databases
def test_long_names_and_ids_fit(app: Flask, tmp_path: Path) -> None:
    long = "ä" * 100  # 200 bytes
    problem = {
        "format": "matching-problem/1",
        "name": "n" * 500,
        "students": [{"id": long, "preferences": [["x" * 200]]}],
        "slots": [{"id": "x" * 200, "then_any": True}],
    }
    path = written(tmp_path, problem)
    imported(app, path)
    _round, _sealed, result = decided(app, path)
    assert json.loads(result)["assignment"] == {long: "x" * 200}


def test_nobody_imported_is_told_or_shown_anything(app: Flask, tmp_path: Path, mailbox: Path) -> None:
    round_id, _sealed, _result = decided(app, written(tmp_path, TINY))
    with app.app_context():
        assert db.session.get_one(Round, round_id).phase is Phase.COMPUTED
        assert db.session.scalar(sa.select(MatchRun.attempts)) == 1
        assert db.session.scalar(sa.select(sa.func.count()).select_from(Slot)) == 3
    assert not list(mailbox.glob("*")) if mailbox.exists() else True
    assert "Imported" not in app.test_client().get("/").get_data(as_text=True)
