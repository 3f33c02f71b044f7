"""How values look on a page: instants in a round's zone, dates, miles, labels. Jinja filters only."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo

import babel.dates
from flask import Flask
from flask_babel import format_date, get_locale, ngettext
from flask_babel import gettext as _

from marketplace import vocabulary


def instant(value: datetime | None, zone: ZoneInfo | None = None) -> str:
    """A date and time with its zone: ``Fri, Nov 27, 2026, 5:00 PM CST``."""
    if value is None:
        return "–"
    local = value.astimezone(zone or ZoneInfo("UTC"))
    hour = local.strftime("%I").lstrip("0")
    return f"{local:%a, %b} {local.day}, {local.year}, {hour}:{local:%M %p %Z}"


def moment(value: datetime, zone: ZoneInfo) -> str:
    """A short date and time, where the zone is said elsewhere: ``Fri, Nov 27, 5 PM``."""
    local = value.astimezone(zone)
    hour = local.strftime("%I").lstrip("0") + (f":{local:%M}" if local.minute else "")
    return f"{local:%a, %b} {local.day}, {hour} {local:%p}"


def day(value: date | datetime | None) -> str:
    """A date: ``Jan 11, 2027``."""
    return "–" if value is None else format_date(value, "MMM d, y")


def night(value: str) -> str:
    """The night of a forecast, kept as ``2027-01-11``: a date like any other."""
    return day(date.fromisoformat(value))


def dates(start: date, end: date) -> str:
    """A span of dates, the year once where it is one: ``Jan 11 to Apr 30, 2027``."""
    locale = str(get_locale())
    first = _spelled(start, "MMM d" if start.year == end.year else "MMM d, y", locale)
    return _("%(first)s to %(last)s", first=first, last=_spelled(end, "MMM d, y", locale))


@lru_cache(maxsize=1024)
def _spelled(value: date, pattern: str, locale: str) -> str:
    """A date in words; lists of slots repeat the same few, and spelling one is slow."""
    return str(babel.dates.format_date(value, pattern, locale=locale))


def until(value: datetime, now: datetime) -> str:
    """How long until `value`, in whole days or hours; "passed" when it is over."""
    seconds = (value - now).total_seconds()
    if seconds <= 0:
        return _("passed")
    days, hours = int(seconds // 86400), int(seconds // 3600)
    if days >= 2:
        return ngettext("in %(num)d day", "in %(num)d days", days)
    return ngettext("in %(num)d hour", "in %(num)d hours", max(hours, 1))


def miles(value: float | None) -> str:
    """A distance: ``12 miles``."""
    if value is None:
        return ""
    return ngettext("%(num)d mile", "%(num)d miles", round(value)) if value >= 1 else _("under a mile")


def places(count: int, minimum: int = 0) -> str:
    """A number of places: ``1 place``, ``3 places``, and with a minimum that fewer students get none."""
    said = ngettext("%(num)d place", "%(num)d places", count)
    return _("%(places)s (takes at least %(n)s or none)", places=said, n=minimum) if minimum else said


def label(value: StrEnum) -> str:
    """The label of a closed list's member."""
    return vocabulary.label(value)


def kind_label(code: str) -> str:
    """The label of a facility kind stored in figures."""
    return vocabulary.label(vocabulary.FacilityKind(code))


def dollars(amount: int) -> str:
    """Whole dollars: ``$45``; no amount at all is ``Nothing``."""
    return f"${amount:,}" if amount else _("Nothing")


def init_app(app: Flask) -> None:
    """Register the filters and the vocabulary for templates."""
    for filter_ in (instant, moment, day, night, dates, until, miles, places, dollars, label):
        app.add_template_filter(filter_)
    app.jinja_env.globals["vocabulary"] = vocabulary
    app.jinja_env.globals["kind_label"] = kind_label
