"""From a ZIP code to its place, without asking anyone outside.

An operator may import centres of their own choice (``flask zips import``); for every other ZIP the
``zipcodes`` package, which carries its data with it, answers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from marketplace.db import db
from marketplace.facilities.models import PostalArea
from marketplace.geo import Point


@dataclass(frozen=True, slots=True)
class Area:
    """A ZIP code area and its centre."""

    zip: str
    city: str
    state: str
    point: Point


def find_area(text: str) -> Area | None:
    """The area of a five-digit ZIP (a ZIP+4 is cut), or None where there is no such place."""
    found = re.fullmatch(r"\s*(\d{5})(-?\d{4})?\s*", text)
    if found is None:
        return None
    code = found.group(1)
    row = db.session.get(PostalArea, code)
    if row is not None:
        return Area(code, row.city, row.state, Point(row.latitude, row.longitude))
    return _carried(code)


def _carried(code: str) -> Area | None:
    import zipcodes  # here, because its first use unpacks 43,000 rows: most processes never ask

    found = next(iter(zipcodes.matching(code)), None)
    if found is None or found["zip_code_type"] == "MILITARY":
        return None
    point = Point(float(found["lat"]), float(found["long"]))
    return Area(code, found["city"], found["state"], point)
