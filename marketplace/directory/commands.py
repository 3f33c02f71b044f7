"""``flask facilities import``, ``flask programmes import``, ``flask zips import``: commits, prints."""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from flask.cli import AppGroup, with_appcontext
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from marketplace import clock
from marketplace.cells import Problem
from marketplace.db import transaction
from marketplace.directory import imports, kinds
from marketplace.directory.imports import Kind, Report
from marketplace.tables import Tick, Values

SHOWN = 60

facilities_group = AppGroup("facilities", help="The public facility directory.")
programmes_group = AppGroup("programmes", help="The public directory of programmes.")
zips_group = AppGroup("zips", help="Centres of ZIP code areas.")


def _command(group: AppGroup, kind: Kind, help_: str) -> None:
    @group.command("import", help=help_)
    @click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
    @click.option("--dry-run", is_flag=True, help="Check everything, write nothing.")
    @click.option("--skip-rejected", is_flag=True, help="Write the good rows although others are rejected.")
    @click.option("--report", type=click.Path(path_type=Path), help="Write every flaw into this CSV file.")
    @with_appcontext
    def run(file: Path, dry_run: bool, skip_rejected: bool, report: Path | None) -> None:
        _import(kind, file, dry_run=dry_run, skip_rejected=skip_rejected, flaws=report)


def _import(kind: Kind, file: Path, *, dry_run: bool, skip_rejected: bool, flaws: Path | None) -> None:
    console = Console(stderr=True)
    with _progress(console, "Checking") as tick:
        report, rows = imports.check(file.read_bytes(), kind, tick=tick)
    if flaws is not None:
        _save(flaws, report.problems + report.notes)
    _show(console, "Read differently", report.notes, "Done")
    _show(console, "Rejected", report.problems, "How to mend it")
    if report.unused:
        console.print(f"Columns left alone: {escape(', '.join(report.unused))}")
    refused = report.refused and not (skip_rejected and rows)
    if not refused:
        with _progress(console, "Comparing" if dry_run else "Writing", len(rows)) as tick:
            _write(kind, rows, report, dry_run=dry_run, tick=tick)
    _conclude(report, dry_run=dry_run, refused=refused)
    if refused:
        sys.exit(1)


def _write(kind: Kind, rows: list[Values], report: Report, *, dry_run: bool, tick: Tick) -> None:
    """Write in one transaction; a dry run does the same and takes it back."""
    try:
        with transaction():
            imports.write(kind, rows, report, now=clock.now(), tick=tick)
            if dry_run:
                raise _TakenBack
    except _TakenBack:
        pass


class _TakenBack(Exception):
    """A dry run is over."""


def _conclude(report: Report, *, dry_run: bool, refused: bool) -> None:
    if refused:
        click.echo(f"Nothing was written: {report.rejected} of {_read(report)} rows are rejected.")
        click.echo("Mend the file and import it again, or take the good rows with --skip-rejected.")
        return
    verb = "Dry run, nothing was written. Would be" if dry_run else "Done:"
    click.echo(
        f"{verb} {report.added} added, {report.updated} updated, {report.unchanged} unchanged, "
        f"{report.rejected} rejected, of {_read(report)} rows."
    )


def _read(report: Report) -> int:
    return max(report.rows, report.rejected)


def _show(console: Console, title: str, problems: list[Problem], last: str) -> None:
    if not problems:
        return
    table = Table(title=f"{title}: {len(problems)}", title_justify="left", show_lines=False)
    for heading in ("Line", "Column", "What", last):
        table.add_column(heading, justify="right" if heading == "Line" else "left", overflow="fold")
    for each in problems[:SHOWN]:
        where = str(each.line) if each.line else "file"
        table.add_row(where, *(escape(text) for text in (each.column, each.reason, each.mend)))
    console.print(table)
    if len(problems) > SHOWN:
        console.print(f"… and {len(problems) - SHOWN} more: --report FILE.csv writes all of them.")


def _save(path: Path, problems: list[Problem]) -> None:
    with path.open("w", newline="", encoding="utf-8-sig") as file:
        writer = csv.writer(file)
        writer.writerow(["line", "column", "what", "how to mend it"])
        writer.writerows([each.line, each.column, each.reason, each.mend] for each in problems)


@contextmanager
def _progress(console: Console, title: str, total: int | None = None) -> Iterator[Callable[[int], object]]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=False) as progress:
        task = progress.add_task(title, total=total)
        yield lambda count: progress.advance(task, count)


_command(
    facilities_group,
    kinds.FACILITIES,
    "Import public listings: the CMS file 'Hospital General Information', or our own layout.",
)
_command(programmes_group, kinds.PROGRAMMES, "Import programmes, each with the page it was read on.")
_command(zips_group, kinds.ZIPS, "Import centres of ZIP codes, instead of those that are built in.")

COMMANDS = (facilities_group, programmes_group, zips_group)
