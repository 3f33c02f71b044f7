"""One sealed input, one result, to the byte: on both databases, on other Pythons, with any hash seed.

A slice always, 1,000 generated rounds under ``--full``. Python 3.13 is the one that PYTHON313 names, else
``python3.13`` on the PATH.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from marketplace.app import create_app
from marketplace.db import db, transaction
from marketplace.runs import exchange, matching_adapter, nightly
from marketplace.runs.models import MatchRun, Seal
from matching import Problem, Result, bundle, check
from tests.runs.processes import ROOT
from tests.support import databases
from tests.support.clock import Clock
from tests.support.settings import settings_for

SLICE, FULL = 15, 1000

SOLVE = """
import hashlib, sys
from matching import Problem, solve
for line in sys.stdin:
    print(hashlib.sha256(solve(Problem.loads(line)).to_json().encode()).hexdigest())
"""


def generated(seed: int) -> dict[str, Any]:
    """A round of any shape that the site can hold: ties, tiers, minimums, silent slots."""
    rng = random.Random(seed)
    students = [f"s{k}" for k in range(rng.randint(1, 14))]
    slots = [f"h{k}" for k in range(rng.randint(1, 8))]
    return {
        "format": "matching-problem/1",
        "name": f"Generated {seed}",
        "students": [
            {"id": name, "preferences": [[slot] for slot in rng.sample(slots, rng.randint(1, len(slots)))]}
            for name in students
        ],
        "slots": [posted(rng, name, students) for name in slots],
    }


def posted(rng: random.Random, name: str, students: list[str]) -> dict[str, Any]:
    tiers: list[list[str]] = []
    for student in rng.sample(students, rng.randint(0, len(students))):
        if tiers and rng.random() < 0.5:
            tiers[-1].append(student)
        else:
            tiers.append([student])
    capacity = rng.randint(1, 4)
    minimum = rng.randint(0, capacity) if rng.random() < 0.2 else 0
    more = {"then_any": rng.random() < 0.5, "minimum": minimum}
    return {"id": name, "capacity": capacity, "preferences": tiers, **more}


def decided(app: Flask, files: list[Path], clock: Clock) -> list[tuple[str, str]]:
    """Import every file, run one night: (sealed problem, result) of each, in order."""
    with app.app_context():
        for path in files:
            with transaction():
                exchange.import_problem(matching_adapter.problem_file(str(path)), now=clock())
        report = nightly.run(clock(), wall=clock())
        assert not report.failures, report.failures
        rows = db.session.execute(
            sa.select(Seal.problem, MatchRun.result)
            .join(MatchRun, MatchRun.round_id == Seal.round_id)
            .order_by(Seal.round_id)
        )
        return [(problem, result or "") for problem, result in rows]


def elsewhere(python: str, problems: list[str], hash_seed: str) -> list[str]:
    """The digests of the results as another interpreter finds them."""
    variables = {"PYTHONPATH": str(ROOT), "PYTHONHASHSEED": hash_seed, "PATH": os.environ["PATH"]}
    lines = "".join(json.dumps(json.loads(text)) + "\n" for text in problems)
    done = subprocess.run(
        [python, "-c", SOLVE], input=lines, env=variables, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def verified(problem: str, result: str) -> None:
    """The engine's checker accepts it, and the auditors' one-file program, which shares no line with it."""
    assert check(Problem.loads(problem), Result.loads(result)).holds
    sealed, claimed = json.loads(problem), json.loads(result)
    market = bundle.Market(sealed, sealed["lottery"]["seed"])
    placed = {name: slot for name, slot in claimed["assignment"].items() if slot is not None}
    found = [
        *bundle.check_result(market, claimed),
        *bundle.check_eligibility(market, placed),
        *bundle.check_feasibility(market, placed),
        *bundle.check_stability(market, placed, claimed),
    ]
    assert found == []


def python313() -> str:
    """One that runs: a version manager's shim may stand on the PATH without a Python behind it."""
    # Version managers keep their Pythons beside each other, wherever HOME is.
    managed = sorted(Path(sys.base_prefix).parent.glob("3.13*/bin/python3.13"))
    for found in (os.environ.get("PYTHON313"), shutil.which("python3.13"), *map(str, managed)):
        if found and subprocess.run([found, "-c", ""], capture_output=True, check=False).returncode == 0:
            return found
    pytest.skip("no Python 3.13 here: set PYTHON313 to one, or put python3.13 on the PATH")


Sources = Callable[[str], databases.Source]


@pytest.fixture
def rounds(tmp_path: Path) -> Callable[[int], list[Path]]:
    def write(count: int) -> list[Path]:
        files = [tmp_path / f"round-{seed}.json" for seed in range(count)]
        for seed, path in enumerate(files):
            path.write_text(json.dumps(generated(seed)), encoding="utf-8")
        return files

    return write


def on(kind: str, sources: Sources, files: list[Path], folder: Path) -> list[tuple[str, str]]:
    source, clock = sources(kind), Clock()
    url = source.copy(folder)
    try:
        app = create_app(settings_for(url, folder, clock))
        found = decided(app, files, clock)
        with app.app_context():
            db.session.remove()
            db.engine.dispose()
        return found
    finally:
        source.drop(url)


def prove(count: int, sources: Sources, files: list[Path], folder: Path) -> None:
    here = on("sqlite", sources, files, folder)
    assert len(here) == count
    for problem, result in here:
        verified(problem, result)
    digests = [hashlib.sha256(result.encode()).hexdigest() for _, result in here]
    problems = [problem for problem, _ in here]
    for hash_seed in ("0", "1", "4294967295"):
        assert elsewhere(sys.executable, problems, hash_seed) == digests, f"PYTHONHASHSEED={hash_seed}"
    assert on("postgresql", sources, files, folder) == here
    assert elsewhere(python313(), problems, "7") == digests


@pytest.mark.postgresql
def test_a_slice_of_rounds(
    database_sources: Sources, rounds: Callable[[int], list[Path]], tmp_path: Path
) -> None:
    prove(SLICE, database_sources, rounds(SLICE), tmp_path)


@pytest.mark.full
@pytest.mark.postgresql
def test_a_thousand_rounds(
    database_sources: Sources, rounds: Callable[[int], list[Path]], tmp_path: Path
) -> None:
    prove(FULL, database_sources, rounds(FULL), tmp_path)
