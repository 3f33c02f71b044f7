"""Read a CSV file as people really have it, and say of each flaw where it is and how to mend it.

Encodings: UTF-8 (with or without a mark) and Windows-1252. Separators: comma, semicolon, tab. Any order of
columns; unknown columns are left alone. Nothing here knows the database. The operator's imports of public
listings (directory) and the coordinators' own files (imports) read with it.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from marketplace.us_states import STATES

SIGNATURES = {
    b"PK\x03\x04": "an Excel workbook or a ZIP archive",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook",
    b"%PDF": "a PDF document",
    b"\x1f\x8b": "a gzip archive",
    b"\xff\xfe": "UTF-16 text",
    b"\xfe\xff": "UTF-16 text",
}
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


@dataclass(frozen=True, slots=True)
class Layout:
    """A kind of file: for each of our names the headings it may stand under, folded; which must be there."""

    names: Mapping[str, tuple[str, ...]]
    required: tuple[str, ...]


@dataclass(slots=True)
class Table:
    """A file read: its rows with their first line, the columns it has, those left alone, and its flaws."""

    rows: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    headings: dict[str, str] = field(default_factory=dict)
    unused: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    #: The cells of columns left alone, by heading.
    spare: dict[str, list[str]] = field(default_factory=dict)


Values = dict[str, Any]
Key = Callable[[Values], tuple[Any, ...] | None]
Tick = Callable[[int], object]


@dataclass(slots=True)
class Checked:
    """A file checked: the good rows' values with their line, and what is to be said of it."""

    table: Table
    rows: list[tuple[int, Values]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)


def check(
    data: bytes, layout: Layout, parse: Callable[[Row], Values], key: Key, *, tick: Tick = lambda _n: None
) -> Checked:
    """Read a file and check every row. Two rows of one `key` (None: no key) are a flaw of the second."""
    table = read(data, layout)
    found = Checked(table, problems=list(table.problems))
    seen: dict[tuple[Any, ...], int] = {}
    for line, cells in table.rows:
        row = Row(line, cells, table.headings)
        values = parse(row)
        _refuse_twins(row, key(values), layout, seen)
        found.problems += row.problems
        found.notes += row.notes
        if not row.problems:
            found.rows.append((line, values))
        tick(1)
    found.problems.sort(key=lambda problem: problem.line)
    return found


def _refuse_twins(
    row: Row, key: tuple[Any, ...] | None, layout: Layout, seen: dict[tuple[Any, ...], int]
) -> None:
    if key is None:
        return
    first = seen.setdefault(key, row.line)
    if first != row.line:
        what = ", ".join(str(part) for part in key)
        row.wrong(layout.required[0], f"{what} already stands in line {first}", "delete one of the two")


#: Headings, folded, of columns that hold an order or a score of people or places.
_RANKISH = frozenset(
    "rank ranking ranks priority preference order choice score scores points gpa grade rating tier".split()
)


def doubtful_ranks(table: Table) -> dict[str, str]:
    """Columns that look like a rank or score, by heading, with why a rank can't be what they hold.

    In a rank 1 is the best; in a score the highest number is. Taking one for the other turns an order
    upside down, so no such column is ever read without a question.
    """
    return {heading: not_ranks(cells) for heading, cells in table.spare.items() if fold(heading) in _RANKISH}


def not_ranks(cells: Sequence[str]) -> str:
    """Why these cells can't be ranks 1, 2, 3 ...; empty where they can."""
    given = [cell for cell in cells if cell.lower() not in BLANKS]
    try:
        numbers = [float(cell) for cell in given]
    except ValueError:
        return "it holds words"
    if any(number != int(number) for number in numbers):
        return "it has decimals"
    if any(number < 1 for number in numbers):
        return "it has numbers below 1"
    if numbers and max(numbers) > len(numbers):
        return f"it goes up to {max(numbers):g} in a list of {len(numbers)}"
    if numbers and 1 not in numbers:
        return "nobody has rank 1"
    return ""


def fold(heading: str) -> str:
    """A heading without case, spaces and signs: ``ZIP Code`` is ``zipcode``."""
    return re.sub(r"[^a-z0-9]", "", heading.lower())


def read(data: bytes, layout: Layout) -> Table:
    """Read a whole file. Flaws are collected, not raised."""
    table = Table()
    text = _decode(data, table)
    if text is None:
        return table
    first = text.partition("\n")[0]
    separator = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        headings = next(reader, [])
        positions = _positions(headings, layout, table)
        if positions:
            spare = {at: heading.strip() for at, heading in enumerate(headings) if at not in positions}
            _rows(reader, positions, spare, table)
    except csv.Error as error:
        table.problems.append(
            Problem(
                reader.line_num,
                "",
                f"a quotation mark is out of place ({error})",
                'close every " and write a quotation mark inside a cell as ""',
            )
        )
    if not table.rows and not table.problems:
        table.problems.append(Problem(0, "", "the file has no rows", "export it again, with its data"))
    return table


def _decode(data: bytes, table: Table) -> str | None:
    for signature, name in SIGNATURES.items():
        if data.startswith(signature):
            table.problems.append(Problem(0, "", f"this is {name}", "save it as CSV in UTF-8"))
            return None
    if b"\0" in data:
        line = data[: data.index(b"\0")].count(b"\n") + 1
        table.problems.append(Problem(line, "", "a NUL byte: this is not text", "save it as CSV in UTF-8"))
        return None
    if not data.strip():
        table.problems.append(Problem(0, "", "the file is empty", "export it again"))
        return None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        try:
            return data.decode("cp1252")
        except UnicodeDecodeError as error:
            line = data[: max(error.start, wrong.start)].count(b"\n") + 1
            reason = f"byte {data[error.start]:#04x} is neither UTF-8 nor Windows-1252"
            table.problems.append(Problem(line, "", reason, "save the file as CSV in UTF-8"))
            return None


def _positions(headings: list[str], layout: Layout, table: Table) -> dict[int, str]:
    known = {folded: name for name, variants in layout.names.items() for folded in variants}
    found: dict[int, str] = {}
    for position, heading in enumerate(headings):
        name = known.get(fold(heading))
        if name is None:
            table.unused.append(heading.strip())
        elif name in table.headings:
            reason = f"this column stands twice (also as {table.headings[name]!r})"
            table.problems.append(Problem(1, heading.strip(), reason, "keep one of the two"))
        else:
            found[position], table.headings[name] = name, heading.strip()
    for name in layout.required:
        if name not in table.headings:
            accepted = " or ".join(repr(each) for each in layout.names[name])
            mend = f"add it; case, spaces and signs don't matter, {accepted} is recognised"
            table.problems.append(Problem(1, name, "this column is missing", mend))
    return {} if table.problems else found


def _rows(reader: object, positions: dict[int, str], spare: dict[int, str], table: Table) -> None:
    assert hasattr(reader, "line_num")
    width = len(table.headings) + len(table.unused)
    line = reader.line_num + 1
    for cells in reader:  # type: ignore[attr-defined]
        if any(cell.strip() for cell in cells):
            if len(cells) == width:
                table.rows.append((line, {name: cells[at].strip() for at, name in positions.items()}))
                for at, heading in spare.items():
                    table.spare.setdefault(heading, []).append(cells[at].strip())
            else:
                table.problems.append(_uneven(line, len(cells), width))
        line = reader.line_num + 1


def _uneven(line: int, cells: int, width: int) -> Problem:
    if cells < width:
        return Problem(line, "", f"{cells} cells, {width} expected", "a line break or a cut row: restore it")
    mend = 'a cell that holds a separator needs quotation marks: "Duluth, MN"'
    return Problem(line, "", f"{cells} cells, {width} expected", mend)


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
                self.wrong(
                    name, "this cell is empty" if not value else f"{value!r} says nothing", "fill it in"
                )
            return ""
        if len(value) > most:
            self.wrong(name, f"{len(value)} characters, at most {most} fit", "shorten it")
        elif any(ord(sign) < 32 and sign not in "\r\n" for sign in value):
            self.wrong(name, "it holds a control character", "type the cell again")
        elif MOJIBAKE.search(value):
            self.wrong(name, f"{value[:40]!r} was decoded wrongly once", "export it again as UTF-8")
        elif value[0] in "=@" or value.startswith(("+HYPER", "+CMD")):
            self.wrong(name, "this is a spreadsheet formula", "replace it by its value")
        elif value.startswith("#") and value.rstrip("!?/A").isupper() and " " not in value:
            self.wrong(name, f"{value!r} is a spreadsheet error", "replace it by its value")
        return " ".join(value.split())

    def day(self, name: str) -> date | None:
        """A required date: ``2027-01-11`` or, as spreadsheets in the US write it, ``1/11/2027``."""
        value = self.text(name, most=40, required=True)
        for pattern in ("%Y-%m-%d", "%m/%d/%Y") if value else ():
            try:
                return datetime.strptime(value, pattern).date()  # noqa: DTZ007  a day, not an instant
            except ValueError:
                continue
        if value:
            serial = " (a spreadsheet's number for one)" if re.fullmatch(r"\d{5}", value) else ""
            self.wrong(name, f"{value!r} is no date{serial}", "write year-month-day, such as 2027-01-11")
        return None

    def one_of(self, name: str, words: Mapping[str, str], *, default: str | None = None) -> str:
        """One of a list's codes, written as its code or label; case and signs don't matter."""
        value = self.text(name, most=120, required=default is None)
        if not value:
            return default or ""
        known = {fold(each): code for code, label in words.items() for each in (code, label)}
        code = known.get(fold(value))
        if code is None:
            self.wrong(name, f"{value!r} is not in the list", f"write one of: {', '.join(words.values())}")
        return code or ""

    def state(self, name: str = "state") -> str:
        """A state or territory by its postal code."""
        value = self.text(name, most=80, required=True)
        code = value.upper()
        if value and code not in STATES:
            by_name = {full.lower(): short for short, full in STATES.items()}.get(value.lower())
            mend = f"write {by_name}" if by_name else "write the two letters the Postal Service uses"
            self.wrong(name, f"{value!r} is no state or territory", mend)
        return code

    def zip(self, name: str = "zip", *, required: bool = False) -> str:
        """A five-digit ZIP; a ZIP+4 is cut."""
        value = self.text(name, most=20, required=required)
        if not value or re.fullmatch(r"\d{5}(-?\d{4})?", value):
            return value[:5]
        lost = re.fullmatch(r"(\d{3,4})(\.0)?", value)
        whole = f"{lost.group(1):>05}" if lost else ""
        if lost and self.cells.get("state", "").upper() in LEADING_ZERO:
            self.odd(name, f"{value!r} has lost its leading zero", f"read as {whole}")
            return whole
        mend = f"write {whole}, if its leading zero was lost" if lost else "write five digits"
        self.wrong(name, f"{value!r} is no ZIP code", mend)
        return ""

    def number(self, name: str, *, least: float, most: float, whole: bool = False) -> float | None:
        """A number within bounds."""
        value = self.text(name, most=40)
        if not value:
            return None
        if not re.fullmatch(r"[+-]?\d+(\.\d+)?", value):
            mend = "write digits only" if whole else "write digits and a decimal point"
            self.wrong(name, f"{value!r} is no number", mend)
            return None
        number = float(value)
        if whole and number != int(number):
            self.wrong(name, f"{value} is no whole number", "round it")
        elif not least <= number <= most:
            self.wrong(name, f"{value} is not between {least:g} and {most:g}", "check it against the source")
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
                self.wrong(absent, "one coordinate without the other", "give both or neither")
            return None, None
        if not anywhere and not _in_states(latitude, longitude):
            swapped = _in_states(longitude, latitude)
            mend = "swap latitude and longitude" if swapped else "check the signs: west is negative"
            self.wrong("lat", f"{latitude}, {longitude} is not in the United States", mend)
        return latitude, longitude

    def website(self, name: str = "website") -> str:
        """An address on the web, without its scheme; what is none is left out."""
        value = self.text(name, most=300)
        bare = re.sub(r"^https?://", "", value, flags=re.IGNORECASE)
        scheme = re.match(r"([a-z]+):(?!\d)", bare, re.IGNORECASE)
        if scheme:
            self.wrong(name, f"{scheme.group()!r} is no web address", "write it like www.example.org")
        elif value and not re.fullmatch(r"[^\s/]+\.[^\s/]+(/\S*)?", bare):
            self.odd(name, f"{value[:60]!r} is no web address", "left out")
            return ""
        return bare


def _in_states(latitude: float, longitude: float) -> bool:
    """Coarsely: the states from Hawaii to Maine and Alaska, the Caribbean and the Pacific territories."""
    pacific = -15 <= latitude <= 22 and (longitude >= 130 or longitude <= -154)
    return pacific or (17 <= latitude <= 72 and (-180 <= longitude <= -64 or longitude >= 172))
