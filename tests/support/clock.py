"""A clock that stands still until a test moves it: the CLOCK setting of applications under test."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

#: When tests happen: a Monday morning in the eastern United States, weeks before a semester.
START = datetime(2026, 11, 2, 15, 0, tzinfo=UTC)


class Clock:
    """``clock()`` is the time; ``clock.set(instant)`` and ``clock.advance(days=1)`` change it."""

    def __init__(self, instant: datetime = START) -> None:
        self._instant = instant

    def __call__(self) -> datetime:
        return self._instant

    def set(self, instant: datetime) -> None:
        """Jump to `instant`, which must say its zone."""
        if instant.tzinfo is None:
            raise ValueError(f"naive datetime {instant!r}")
        self._instant = instant.astimezone(UTC)

    def advance(self, **parts: float) -> None:
        """Move by a timedelta given as keywords: ``clock.advance(hours=3)``."""
        self._instant += timedelta(**parts)
