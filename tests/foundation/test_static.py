"""Checks that need no running program: style, types, who may import whom, what every module opens with."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest
from importlinter import cli

ROOT = Path(__file__).parents[2]
MODULES = sorted(path for folder in ("marketplace", "matching") for path in (ROOT / folder).rglob("*.py"))


def run(*arguments: str) -> None:
    """Run a tool of this environment; its complaints are the test's."""
    done = subprocess.run(
        [sys.executable, "-m", *arguments], cwd=ROOT, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_code_has_no_lint() -> None:
    run("ruff", "check", "--quiet", ".")


def test_code_is_formatted() -> None:
    run("ruff", "format", "--quiet", "--check", ".")


def test_types_hold_strictly() -> None:
    run("mypy")


def test_import_contracts_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    assert cli.lint_imports(no_cache=True) == cli.EXIT_STATUS_SUCCESS


def test_every_module_says_what_lives_in_it() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for path in MODULES
        if path.stat().st_size and not ast.get_docstring(ast.parse(path.read_text()))
    ]
    assert silent == []


# Longer than others may be, because auditors read and run it as one file that needs nothing else.
ONE_FILE = {"matching/bundle.py": 800}


def test_modules_stay_small_enough_to_read() -> None:
    sizes = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in MODULES}
    long = {name: lines for name, lines in sizes.items() if lines > ONE_FILE.get(name, 360)}
    assert long == {}, "split the feature, not the file"


def test_only_the_clock_reads_the_time() -> None:
    """Services and engine take ``now``; one module asks the machine."""
    readers = set()
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                name = ast.unparse(node.func)
                if name in {"datetime.now", "datetime.utcnow", "date.today", "time.time", "datetime.today"}:
                    readers.add(str(path.relative_to(ROOT)))
    assert readers == {"marketplace/clock.py"}
