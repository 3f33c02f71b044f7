"""The ``--full`` option, and a plain account at the end of what could not be run and why.

In continuous integration (``CI`` set) browser and PostgreSQL tests that did not run fail the run: a gate
counts what it checked.
"""

from __future__ import annotations

import os
from collections import Counter

import pytest

NEEDED_IN_CI = ("browser", "postgresql")

_skipped: Counter[str] = Counter()
_missing: Counter[str] = Counter()


def in_ci() -> bool:
    """Whether this is a continuous integration run."""
    return os.environ.get("CI", "").lower() not in {"", "0", "false"}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--full``."""
    parser.addoption(
        "--full", action="store_true", help="run the heavy proofs at the numbers the issues name"
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark what drives a browser; leave the heavy proofs out unless they are asked for."""
    for item in items:
        if "chromium" in getattr(item, "fixturenames", ()):
            item.add_marker("browser")
    if config.getoption("--full"):
        return
    heavy = [item for item in items if item.get_closest_marker("full")]
    config.hook.pytest_deselected(items=heavy)
    items[:] = [item for item in items if item not in heavy]


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Count what was skipped, by reason."""
    if not report.skipped or hasattr(report, "wasxfail"):
        return
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    _skipped[reason.removeprefix("Skipped: ")] += 1
    for kind in NEEDED_IN_CI:
        if kind in report.keywords:
            _missing[kind] += 1


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail a continuous integration run that left a needed kind of test out."""
    if in_ci() and _missing and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say in plain words what was left out."""
    full = config.getoption("--full")
    if full and not _skipped:
        return
    terminalreporter.section("not run here, and why")
    if not full:
        terminalreporter.line("   - the heavy proofs at full size: ./test --full")
    for reason, count in sorted(_skipped.items()):
        terminalreporter.line(f"{count:4} x {reason}")
    if in_ci() and _missing:
        kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(_missing.items()))
        terminalreporter.line(f"CI needs these to run, so this run fails: {kinds}", red=True)
