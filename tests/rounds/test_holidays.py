"""Federal holidays by rule, against those that the Office of Personnel Management publishes; working days."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from marketplace.rounds.holidays import holiday, is_working_day
from marketplace.rounds.times import after_working_days
from marketplace.rounds.wizard import OFFSETS, suggestion

#: As opm.gov/policy-data-oversight/pay-leave/federal-holidays has them: the days on which they are kept.
PUBLISHED = {
    2026: "01-01 01-19 02-16 05-25 06-19 07-03 09-07 10-12 11-11 11-26 12-25",
    2027: "01-01 01-18 02-15 05-31 06-18 07-05 09-06 10-11 11-11 11-25 12-24 12-31",
    2028: "01-17 02-21 05-29 06-19 07-04 09-04 10-09 11-10 11-23 12-25",
}


@pytest.mark.parametrize("year", PUBLISHED)
def test_the_days_off_of_a_year_are_the_published_ones(year: int) -> None:
    days = [date(year, 1, 1) + timedelta(days=n) for n in range(366)]
    off = [day for day in days if day.year == year and day.weekday() < 5 and not is_working_day(day)]
    assert " ".join(f"{day:%m-%d}" for day in off) == PUBLISHED[year]


def test_the_day_itself_is_one_too() -> None:
    assert str(holiday(date(2027, 12, 25))) == str(holiday(date(2027, 12, 24))) == "Christmas Day"
    assert holiday(date(2027, 12, 26)) is None


def test_an_appeal_window_leaves_holidays_out() -> None:
    """Five working days from Friday, December 18, 2026: four until Thursday, then Monday after Christmas."""
    released = datetime(2026, 12, 18, 18, tzinfo=UTC)
    found = after_working_days(released, 5, hour=time(17), zone=ZoneInfo("America/Chicago"))
    assert found == datetime(2026, 12, 28, 23, tzinfo=UTC)


def test_what_the_wizard_suggests_keeps_clear_of_them() -> None:
    for n in range(366):
        first = suggestion(date(2026, 1, 1) + timedelta(days=n))["first_day"]
        assert not [d for d in (0, *OFFSETS.values()) if holiday(first - timedelta(days=d))], first
