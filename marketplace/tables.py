"""Read a CSV file as people really have it, and say of each flaw where it is and how to mend it.

Encodings: UTF-8 (with or without a mark) and Windows-1252. Separators: comma, semicolon, tab. Any order of
columns; unknown columns are left alone. Nothing here knows the database. The operator's imports of public
listings (directory) and the coordinators' own files (imports) read with it.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _lazy

from marketplace.cells import BLANKS, Problem, Row, fold

SIGNATURES = {
    b"PK\x03\x04": _lazy("an Excel workbook or a ZIP archive"),
    b"\xd0\xcf\x11\xe0": _lazy("an old Excel workbook"),
    b"%PDF": _lazy("a PDF document"),
    b"\x1f\x8b": _lazy("a gzip archive"),
    b"\xff\xfe": _lazy("UTF-16 text"),
    b"\xfe\xff": _lazy("UTF-16 text"),
}


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
        said = _("%(what)s already stands in line %(line)s", what=what, line=first)
        row.wrong(layout.required[0], said, _("delete one of the two"))


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
        return _("it holds words")
    if any(number != int(number) for number in numbers):
        return _("it has decimals")
    if any(number < 1 for number in numbers):
        return _("it has numbers below 1")
    if numbers and max(numbers) > len(numbers):
        return _("it goes up to %(most)s in a list of %(n)s", most=f"{max(numbers):g}", n=len(numbers))
    if numbers and 1 not in numbers:
        return _("nobody has rank 1")
    return ""


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
                _("a quotation mark is out of place (%(error)s)", error=error),
                _('close every " and write a quotation mark inside a cell as ""'),
            )
        )
    if not table.rows and not table.problems:
        table.problems.append(Problem(0, "", _("the file has no rows"), _("export it again, with its data")))
    return table


def _decode(data: bytes, table: Table) -> str | None:
    for signature, name in SIGNATURES.items():
        if data.startswith(signature):
            table.problems.append(
                Problem(0, "", _("this is %(what)s", what=name), _("save it as CSV in UTF-8"))
            )
            return None
    if b"\0" in data:
        line = data[: data.index(b"\0")].count(b"\n") + 1
        said = _("a NUL byte: this is not text")
        table.problems.append(Problem(line, "", said, _("save it as CSV in UTF-8")))
        return None
    if not data.strip():
        table.problems.append(Problem(0, "", _("the file is empty"), _("export it again")))
        return None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        try:
            return data.decode("cp1252")
        except UnicodeDecodeError as error:
            line = data[: max(error.start, wrong.start)].count(b"\n") + 1
            byte = f"{data[error.start]:#04x}"
            reason = _("byte %(byte)s is neither UTF-8 nor Windows-1252", byte=byte)
            table.problems.append(Problem(line, "", reason, _("save the file as CSV in UTF-8")))
            return None


def _positions(headings: list[str], layout: Layout, table: Table) -> dict[int, str]:
    known = {folded: name for name, variants in layout.names.items() for folded in variants}
    found: dict[int, str] = {}
    for position, heading in enumerate(headings):
        name = known.get(fold(heading))
        if name is None:
            table.unused.append(heading.strip())
        elif name in table.headings:
            reason = _("this column stands twice (also as %(name)s)", name=repr(table.headings[name]))
            table.problems.append(Problem(1, heading.strip(), reason, _("keep one of the two")))
        else:
            found[position], table.headings[name] = name, heading.strip()
    for name in layout.required:
        if name not in table.headings:
            accepted = _(" or ").join(repr(each) for each in layout.names[name])
            mend = _("add it; case, spaces and signs don't matter, %(names)s is recognised", names=accepted)
            table.problems.append(Problem(1, name, _("this column is missing"), mend))
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
    said = _("%(cells)s cells, %(width)s expected", cells=cells, width=width)
    if cells < width:
        return Problem(line, "", said, _("a line break or a cut row: restore it"))
    return Problem(line, "", said, _('a cell that holds a separator needs quotation marks: "Duluth, MN"'))
