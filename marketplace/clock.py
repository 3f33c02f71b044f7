"""The only reader of the clock. Edges call :func:`now` once and pass it down."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from flask import current_app


def system_time() -> datetime:
    """The server's time, in UTC."""
    return datetime.now(UTC)


def now() -> datetime:
    """The time by the application's clock, which tests and simulated nights may set."""
    clock: Callable[[], datetime] = current_app.config["CLOCK"]
    return clock()
