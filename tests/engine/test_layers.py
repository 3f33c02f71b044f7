"""The engine's layers hold: no web framework below, and solver and verifier never import each other."""

from __future__ import annotations

import subprocess
import sys

from importlinter import cli


def test_import_contracts_hold() -> None:
    assert cli.lint_imports(no_cache=True) == cli.EXIT_STATUS_SUCCESS


def test_importing_the_engine_pulls_in_neither_framework_nor_database_nor_solver() -> None:
    code = "import sys, matching; print([m for m in sys.modules if m.split('.')[0] in WATCHED])"
    watched = "{'flask', 'sqlalchemy', 'scipy', 'numba'}"
    done = subprocess.run(
        [sys.executable, "-c", code.replace("WATCHED", watched)], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
