"""Take typed values out of one row's cells, and say of each flaw where it is and how to mend it.

What a file's rows share (encodings, separators, headings) is in :mod:`marketplace.tables`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from flask_babel import gettext as _

from marketplace.us_states import STATES

MOJIBAKE = re.compile("\ufffd|\u00c3[\u0080-\u00bf]|\u00e2\u20ac")
#: Where ZIP codes begin with 0, which spreadsheets drop.
LEADING_ZERO = frozenset({"CT", "MA", "ME", "NH", "NJ", "RI", "VT", "PR", "VI"})
BLANKS = frozenset({"", "n/a", "na", "null", "none", "not available", "-"})


@dataclass(frozen=True, slots=True)
class Problem:
    """One flaw: the line in the file (0: the whole file), the column, what is wrong, how to mend it."""

    line: int
    column: str
    reason: str
    mend: str


def fold(heading: str) -> str:
    """A heading without case, spaces and signs: ``ZIP Code`` is ``zipcode``."""
    return re.sub(r"[^a-z0-9]", "", heading.lower())


@dataclass(slots=True)
class Row:
    """One row being checked: takes values out of cells and collects what is wrong with them."""

    line: int
    cells: dict[str, str]
    headings: dict[str, str]
    problems: list[Problem] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)

    def odd(self, name: str, reason: str, done: str) -> None:
        """Note a flaw that doesn't cost the row, and what was done about it."""
        self.notes.append(Problem(self.line, self.headings.get(name, name), reason, done))

    def wrong(self, name: str, reason: str, mend: str) -> None:
        """Note a flaw of one cell."""
        self.problems.append(Problem(self.line, self.headings.get(name, name), reason, mend))

    def text(self, name: str, *, most: int, required: bool = False) -> str:
        """Text of a cell, checked for length and for traces of damage."""
        value = self.cells.get(name, "")
        if value.lower() in BLANKS:
            if required:
                said = _("%(value)s says nothing", value=repr(value)) if value else _("this cell is empty")
                self.wrong(name, said, _("fill it in"))
            return ""
        if len(value) > most:
            said = _("%(count)s characters, at most %(most)s fit", count=len(value), most=most)
            self.wrong(name, said, _("shorten it"))
        elif any(ord(sign) < 32 and sign not in "\r\n" for sign in value):
            self.wrong(name, _("it holds a control character"), _("type the cell again"))
        elif MOJIBAKE.search(value):
            said = _("%(value)s was decoded wrongly once", value=repr(value[:40]))
            self.wrong(name, said, _("export it again as UTF-8"))
        elif value[0] in "=@" or value.startswith(("+HYPER", "+CMD")):
            self.wrong(name, _("this is a spreadsheet formula"), _("replace it by its value"))
        elif value.startswith("#") and value.rstrip("!?/A").isupper() and " " not in value:
            said = _("%(value)s is a spreadsheet error", value=repr(value))
            self.wrong(name, said, _("replace it by its value"))
        return " ".join(value.split())

    def day(self, name: str, *, required: bool = True) -> date | None:
        """A date: ``2027-01-11`` or, as spreadsheets in the US write it, ``1/11/2027``."""
        value = self.text(name, most=40, required=required)
        for pattern in ("%Y-%m-%d", "%m/%d/%Y") if value else ():
            try:
                return datetime.strptime(value, pattern).date()  # noqa: DTZ007  a day, not an instant
            except ValueError:
                continue
        if value:
            said = _("%(value)s is no date", value=repr(value))
            if re.fullmatch(r"\d{5}", value):
                said = _("%(value)s is no date (a spreadsheet's number for one)", value=repr(value))
            self.wrong(name, said, _("write year-month-day, such as 2027-01-11"))
        return None

    def one_of(self, name: str, words: Mapping[str, str], *, default: str | None = None) -> str:
        """One of a list's codes, written as its code or label; case and signs don't matter."""
        value = self.text(name, most=120, required=default is None)
        if not value:
            return default or ""
        known = {fold(each): code for code, label in words.items() for each in (code, label)}
        code = known.get(fold(value))
        if code is None:
            mend = _("write one of: %(choice)s", choice=", ".join(words.values()))
            self.wrong(name, _("%(value)s is not in the list", value=repr(value)), mend)
        return code or ""

    def state(self, name: str = "state") -> str:
        """A state or territory by its postal code."""
        value = self.text(name, most=80, required=True)
        code = value.upper()
        if value and code not in STATES:
            by_name = {full.lower(): short for short, full in STATES.items()}.get(value.lower())
            mend = (
                _("write %(value)s", value=by_name)
                if by_name
                else _("write the Postal Service's two letters")
            )
            self.wrong(name, _("%(value)s is no state or territory", value=repr(value)), mend)
        return code

    def zip(self, name: str = "zip", *, required: bool = False) -> str:
        """A five-digit ZIP; a ZIP+4 is cut."""
        value = self.text(name, most=20, required=required)
        if not value or re.fullmatch(r"\d{5}(-?\d{4})?", value):
            return value[:5]
        lost = re.fullmatch(r"(\d{3,4})(\.0)?", value)
        whole = f"{lost.group(1):>05}" if lost else ""
        if lost and self.cells.get("state", "").upper() in LEADING_ZERO:
            said = _("%(value)s has lost its leading zero", value=repr(value))
            self.odd(name, said, _("read as %(value)s", value=whole))
            return whole
        mend = _("write five digits")
        if lost:
            mend = _("write %(value)s, if its leading zero was lost", value=whole)
        self.wrong(name, _("%(value)s is no ZIP code", value=repr(value)), mend)
        return ""

    def number(self, name: str, *, least: float, most: float, whole: bool = False) -> float | None:
        """A number within bounds."""
        value = self.text(name, most=40)
        if not value:
            return None
        if not re.fullmatch(r"[+-]?\d+(\.\d+)?", value):
            mend = _("write digits only") if whole else _("write digits and a decimal point")
            self.wrong(name, _("%(value)s is no number", value=repr(value)), mend)
            return None
        number = float(value)
        if whole and number != int(number):
            self.wrong(name, _("%(value)s is no whole number", value=value), _("round it"))
        elif not least <= number <= most:
            ends = {"least": f"{least:g}", "most": f"{most:g}"}
            said = _("%(value)s is not between %(least)s and %(most)s", value=value, **ends)
            self.wrong(name, said, _("check it against the source"))
        return number

    def position(self, *, anywhere: bool = False) -> tuple[float | None, float | None]:
        """Latitude and longitude: both or neither, and in the United States unless ``anywhere``."""
        before = len(self.problems)
        latitude = self.number("lat", least=-90 if anywhere else -180, most=90 if anywhere else 180)
        longitude = self.number("lon", least=-180, most=180)
        if len(self.problems) > before:
            return None, None
        if latitude is None or longitude is None:
            if latitude is not longitude:
                absent = "lat" if latitude is None else "lon"
                self.wrong(absent, _("one coordinate without the other"), _("give both or neither"))
            return None, None
        if not anywhere and not _in_states(latitude, longitude):
            swapped = _in_states(longitude, latitude)
            mend = _("swap latitude and longitude") if swapped else _("check the signs: west is negative")
            said = _("%(place)s is not in the United States", place=f"{latitude}, {longitude}")
            self.wrong("lat", said, mend)
        return latitude, longitude

    def website(self, name: str = "website") -> str:
        """An address on the web, without its scheme; what is none is left out."""
        value = self.text(name, most=300)
        bare = re.sub(r"^https?://", "", value, flags=re.IGNORECASE)
        scheme = re.match(r"([a-z]+):(?!\d)", bare, re.IGNORECASE)
        if scheme:
            said = _("%(value)s is no web address", value=repr(scheme.group()))
            self.wrong(name, said, _("write it like www.example.org"))
        elif value and not re.fullmatch(r"[^\s/]+\.[^\s/]+(/\S*)?", bare):
            self.odd(name, _("%(value)s is no web address", value=repr(value[:60])), _("left out"))
            return ""
        return bare


def _in_states(latitude: float, longitude: float) -> bool:
    """Coarsely: the states from Hawaii to Maine and Alaska, the Caribbean and the Pacific territories."""
    pacific = -15 <= latitude <= 22 and (longitude >= 130 or longitude <= -154)
    return pacific or (17 <= latitude <= 72 and (-180 <= longitude <= -64 or longitude >= 172))
