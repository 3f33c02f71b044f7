"""Local times as people type them, to instants and back. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from marketplace.rounds.holidays import is_working_day


class NoSuchTime(ValueError):
    """The clocks skip this local time (daylight saving begins)."""


def to_instant(local: datetime, zone: ZoneInfo) -> datetime:
    """The instant of a naive local time; where the clocks go back, the first of the two.

    >>> to_instant(datetime(2026, 11, 27, 17), ZoneInfo("America/Chicago")).isoformat()
    '2026-11-27T23:00:00+00:00'
    >>> to_instant(datetime(2027, 3, 14, 2, 30), ZoneInfo("America/Chicago"))
    Traceback (most recent call last):
    marketplace.rounds.times.NoSuchTime: 2027-03-14 02:30:00
    """
    instant = local.replace(tzinfo=zone).astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) != local:
        raise NoSuchTime(str(local))
    return instant


def to_local(instant: datetime, zone: ZoneInfo) -> datetime:
    """The naive local time of an instant, for a form field."""
    return instant.astimezone(zone).replace(tzinfo=None)


def after_working_days(start: datetime, days: int, *, hour: time, zone: ZoneInfo) -> datetime:
    """The instant of `hour` on the last of so many working days after the day of `start`.

    Days are the zone's own; a federal holiday is none. An hour that the clocks skip is taken an hour later.

    >>> friday = datetime(2026, 11, 27, 23, tzinfo=UTC)
    >>> after_working_days(friday, 5, hour=time(17), zone=ZoneInfo("America/Chicago")).isoformat()
    '2026-12-04T23:00:00+00:00'
    """
    day, left = start.astimezone(zone).date(), days
    while left:
        day += timedelta(days=1)
        left -= is_working_day(day)
    return datetime.combine(day, hour, tzinfo=zone).astimezone(UTC)
