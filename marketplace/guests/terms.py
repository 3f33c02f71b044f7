"""What a short form is filled in with, by kind of slot: the next usual term, hours, places. Pure."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from marketplace.vocabulary import SlotKind

#: A term begins on the first Monday on or after (month, day) and lasts so many weeks.
TERMS = (((1, 8), 15), ((5, 15), 10), ((8, 22), 15))
#: Agreements and checks take their time: a term that begins earlier is not the next usual one.
NOTICE = timedelta(days=60)
WEEK = timedelta(weeks=1)


def next_term(today: date) -> tuple[date, date]:
    """The first and last day of the next usual term that leaves time to prepare.

    >>> next_term(date(2026, 10, 1))
    (datetime.date(2027, 1, 11), datetime.date(2027, 4, 23))
    >>> next_term(date(2026, 11, 22))
    (datetime.date(2027, 5, 17), datetime.date(2027, 7, 23))
    """
    begins = (
        (_monday(date(year, month, day)), weeks)
        for year in (today.year, today.year + 1)
        for (month, day), weeks in TERMS
    )
    start, weeks = next((start, weeks) for start, weeks in begins if start >= today + NOTICE)
    return start, start + weeks * WEEK - timedelta(days=3)


def usual(kind: SlotKind, today: date) -> dict[str, Any]:
    """The values that a new slot's form starts from.

    >>> usual(SlotKind.SHADOW_DAY, date(2026, 11, 22))["hours"]
    8
    """
    start, end = next_term(today)
    soon = _monday(today + NOTICE)
    return {
        SlotKind.TERM: {"starts_on": start, "ends_on": end, "hours": 120, "capacity": 1},
        SlotKind.HALF_DAY: {"starts_on": start, "ends_on": end, "hours": 80, "capacity": 1},
        SlotKind.GO_LIVE: {
            "starts_on": soon,
            "ends_on": soon + 2 * WEEK - timedelta(days=3),
            "hours": 80,
            "capacity": 4,
            "minimum": 2,
        },
        SlotKind.SHADOW_DAY: {"starts_on": soon, "ends_on": soon, "hours": 8, "capacity": 1},
    }[kind]


def _monday(day: date) -> date:
    """The first Monday on or after `day`."""
    return day + timedelta(days=-day.weekday() % 7)
