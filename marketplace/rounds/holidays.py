"""The holidays of the United States' government, by rule: what is no working day beside Saturday and Sunday.

Source: 5 U.S.C. 6103(a), and for the day on which one that falls on a weekend is kept, section 6103(b) and
Executive Order 11582. States and schools keep others, which no rule knows.
"""

from __future__ import annotations

from datetime import date, timedelta

from flask_babel import LazyString
from flask_babel import lazy_gettext as _

_DAY = timedelta(days=1)
_MONDAY, _THURSDAY, _FRIDAY, _SATURDAY = 0, 3, 4, 5
#: (month, day); kept on the Friday before where it is a Saturday, on the Monday after where it is a Sunday.
_FIXED = {
    (1, 1): _("New Year's Day"),
    (6, 19): _("Juneteenth"),
    (7, 4): _("Independence Day"),
    (11, 11): _("Veterans Day"),
    (12, 25): _("Christmas Day"),
}
#: (month, weekday, which of them in the month; 0: the last).
_FLOATING = {
    (1, _MONDAY, 3): _("Martin Luther King Jr. Day"),
    (2, _MONDAY, 3): _("Washington's Birthday"),
    (5, _MONDAY, 0): _("Memorial Day"),
    (9, _MONDAY, 1): _("Labor Day"),
    (10, _MONDAY, 2): _("Columbus Day"),
    (11, _THURSDAY, 4): _("Thanksgiving Day"),
}


def holiday(day: date) -> LazyString | None:
    """The federal holiday that is on this day or kept on it; None of any other day.

    >>> bool(holiday(date(2026, 7, 3))), bool(holiday(date(2026, 7, 6)))
    (True, False)
    """
    kept = {_FRIDAY: day + _DAY, _MONDAY: day - _DAY}.get(day.weekday(), day)
    last = 0 if (day + 7 * _DAY).month != day.month else None
    return (
        _FIXED.get((day.month, day.day))
        or _FIXED.get((kept.month, kept.day))
        or _FLOATING.get((day.month, day.weekday(), (day.day + 6) // 7))
        or (_FLOATING.get((day.month, day.weekday(), last)) if last is not None else None)
    )


def is_working_day(day: date) -> bool:
    """Whether offices are open: Monday to Friday, and no federal holiday."""
    return day.weekday() < _SATURDAY and holiday(day) is None
