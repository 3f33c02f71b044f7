"""The only reader of the clock. Edges call :func:`now` once and pass it down.

A request is as old as its arrival: one that came before a deadline and waited for the database is in time.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from flask import current_app, g, has_request_context


def system_time() -> datetime:
    """The server's time, in UTC."""
    return datetime.now(UTC)


def stamp() -> None:
    """Note when the current request arrived."""
    g.arrived_at = _read()


def now() -> datetime:
    """When the current request arrived; outside of requests, the time."""
    arrived: datetime | None = g.get("arrived_at") if has_request_context() else None
    return arrived or _read()


def running(start: datetime) -> Callable[[], datetime]:
    """A reader of the real time for long work that began at `start`: it goes on as the seconds really do.

    For leases, which are about living processes: what is taken late in a long job must not be over already.
    """
    began = time.monotonic()
    return lambda: start + timedelta(seconds=time.monotonic() - began)


def _read() -> datetime:
    """The time by the application's clock, which tests and simulated nights may set."""
    clock: Callable[[], datetime] = current_app.config["CLOCK"]
    return clock()
