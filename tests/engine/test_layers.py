"""The engine stands on its own when it runs, too (its import contracts: tests/foundation/test_static.py)."""

from __future__ import annotations

import subprocess
import sys


def test_importing_the_engine_pulls_in_neither_framework_nor_database_nor_solver() -> None:
    code = "import sys, matching; print([m for m in sys.modules if m.split('.')[0] in WATCHED])"
    watched = "{'flask', 'sqlalchemy', 'scipy', 'numba'}"
    done = subprocess.run(
        [sys.executable, "-c", code.replace("WATCHED", watched)], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
