"""Figures and lists as files for spreadsheets: CSV, and Excel workbooks. No cell ever runs as a formula.

Nothing here knows the database. What is read from such files is in :mod:`marketplace.tables`.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from werkzeug.wrappers import Response

Cell = str | int | None
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: What makes a spreadsheet take a CSV cell for a formula, also behind spaces.
_SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n")


@dataclass(frozen=True)
class Sheet:
    """One table: its name (at most 31 characters in Excel), its headings, its rows."""

    name: str
    head: Sequence[str]
    rows: Sequence[Sequence[Cell]]


def guarded(cell: Cell) -> str:
    """The cell's text, such that no spreadsheet runs it as a formula.

    >>> guarded("=1+1"), guarded(" @SUM(A1)"), guarded("O'Neil"), guarded(-3), guarded(None)
    ("'=1+1", "' @SUM(A1)", "O'Neil", '-3', '')
    """
    if cell is None or isinstance(cell, int):
        return "" if cell is None else str(cell)
    return f"'{cell}" if cell.lstrip(" ").startswith(_SIGNS) else cell


def csv_text(head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """A table as CSV."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([guarded(cell) for cell in head])
    writer.writerows([guarded(cell) for cell in row] for row in rows)
    return out.getvalue()


def workbook(sheets: Iterable[Sheet], *, now: datetime) -> bytes:
    """The tables as an Excel workbook: text cells are text whatever they begin with, numbers are numbers."""
    import xlsxwriter  # only whoever downloads a workbook waits for it

    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    book.set_properties({"created": now.replace(tzinfo=None)})
    bold = book.add_format({"bold": True})
    for sheet in sheets:
        page = book.add_worksheet(sheet.name)
        page.freeze_panes(1, 0)
        for column, heading in enumerate(sheet.head):
            page.write_string(0, column, heading, bold)
            widest = max([len(heading), *(len(str(row[column] or "")) for row in sheet.rows)])
            page.set_column(column, column, min(widest + 2, 60))
        for line, row in enumerate(sheet.rows, 1):
            for column, cell in enumerate(row):
                if isinstance(cell, int):
                    page.write_number(line, column, cell)
                elif cell:
                    page.write_string(line, column, cell)
    book.close()
    return out.getvalue()


def attached(content: str | bytes, name: str) -> Response:
    """A file to be saved: CSV text or a workbook, by what it is."""
    kind = XLSX if isinstance(content, bytes) else "text/csv"
    response = Response(content, mimetype=kind)
    response.headers["Content-Disposition"] = f"attachment; filename={name}"
    return response
