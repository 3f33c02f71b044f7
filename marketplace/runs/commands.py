"""``flask nightly`` and ``flask round ...``. An edge: reads the clock, commits, prints."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import click
from flask.cli import AppGroup, with_appcontext

from marketplace import clock
from marketplace.db import transaction
from marketplace.errors import DomainError, NotFound
from marketplace.mail import services as mail
from marketplace.runs import bundles, exchange, matching_adapter, nightly, official


def instant(_context: click.Context, _option: click.Parameter, value: str | None) -> datetime | None:
    """An ISO 8601 instant; without a zone it is UTC."""
    if value is None:
        return None
    try:
        found = datetime.fromisoformat(value)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise click.BadParameter(
            f"{value!r} is not an instant such as 2026-11-05T02:00 or 2026-11-05T02:00-06:00"
        ) from None


@click.command("nightly")
@click.option("--now", "at", metavar="ISO", callback=instant, help="Do what is due at this instant instead.")
@with_appcontext
def nightly_command(at: datetime | None) -> None:
    """Open, rehearse, lock and decide whatever is due, then deliver the mail.

    Safe to run twice, at once, or late. Exits with 1 if anything failed; the log says where.
    """
    wall = clock.now()
    real = clock.running(wall)
    report = nightly.run(at or wall, wall=wall)
    for round_id, act in report.acts:
        click.echo(f"round {round_id}: {act}")
    for round_id, kind in report.failures:
        click.echo(f"round {round_id}: failed ({kind})", err=True)
    for name in report.undone:
        click.echo(f"{name}: failed", err=True)
    # Mail leaves at the real time, also in a simulated night: its leases are about living processes.
    sent = mail.deliver(real(), limit=100_000)
    if sent:
        click.echo(f"mail: {sent} sent")
    if not (report.acts or report.failures or sent):
        click.echo("nothing was due")
    if report.failures or report.undone:
        sys.exit(1)


round_group = AppGroup("round", help="Rounds in and out as matching-problem/1 and matching-result/1 files.")
to_file = click.option(
    "-o", "--output", metavar="FILE", type=click.Path(path_type=Path), help="Write here instead of printing."
)


@round_group.command("import")
@click.argument("problem", type=click.Path(exists=True, dir_okay=False))
def import_command(problem: str) -> None:
    """Make a round, closed for ranking, from the file PROBLEM and print its id.

    The next nightly job locks and decides it. Nobody in it is real and nothing of it is public. The lottery's
    seed is the file's; without one it follows from the file's content, so that the same file gives the same
    result anywhere. What rounds don't have (quotas, ...) is refused by name, and nothing is written.
    """
    with complaints(), transaction():
        round_ = exchange.import_problem(matching_adapter.problem_file(problem), now=clock.now())
        found = round_.id
    click.echo(found)


@round_group.command("export")
@click.argument("round_id", metavar="ID", type=click.IntRange(1, 2**31 - 1))
@to_file
def export_command(round_id: int, output: Path | None) -> None:
    """Write round ID as matching-problem/1: as sealed once it is locked, before that as it stands now.

    It holds every list and, once locked, the lottery's seed: keep it to yourself.
    """
    with complaints(), transaction():
        text = exchange.export_problem(round_id)
    write(text, output)


@round_group.command("result")
@click.argument("round_id", metavar="ID", type=click.IntRange(1, 2**31 - 1))
@to_file
def result_command(round_id: int, output: Path | None) -> None:
    """Write the decided matching of round ID as matching-result/1, released or not: keep it to yourself."""
    with complaints(), transaction():
        text = exchange.export_result(round_id)
    write(text, output)


@round_group.command("bundle")
@click.argument("round_id", metavar="ID", type=click.IntRange(1, 2**31 - 1))
@click.option("--auditor", metavar="NAME", required=True, help="Who gets it; kept in the round's log.")
@click.option("--purpose", metavar="TEXT", default="", help="What for; kept there too.")
@to_file
def bundle_command(round_id: int, auditor: str, purpose: str, output: Path | None) -> None:
    """Write the auditors' bundle of the released round ID: every list, and what opens its digest.

    The auditor checks it with `python -m matching verify-bundle`, or with matching/bundle.py alone.
    """
    with complaints(), transaction():
        text = bundles.export(round_id, auditor=auditor, purpose=purpose, now=clock.now())
    write(text, output)


@round_group.command("retry")
@click.argument("round_id", metavar="ID", type=click.IntRange(1, 2**31 - 1))
def retry_command(round_id: int) -> None:
    """Let the next nightly job try the official run of round ID again, after it was given up."""
    with complaints(), transaction():
        official.retry(round_id, now=clock.now())
    click.echo(f"round {round_id}: the next nightly job tries again")


@contextmanager
def complaints() -> Iterator[None]:
    """Turn what the domain refuses into one line for the person at the shell."""
    try:
        yield
    except NotFound as error:
        raise click.ClickException(f"no such {error.details['kind']}") from error
    except DomainError as error:
        raise click.ClickException(SENTENCES[error.reason].format(**error.details)) from error


SENTENCES = {
    "unreadable": "{why}",
    "unsupported": "{path}: rounds don't have {what}; nothing was written",
    "not_failed": "the round is {phase} and its official run has not failed",
    "unreleased": "the round is {phase}; there is a bundle from its release on",
    "no_draw_key": "the round's draw hung on no key that was committed to, so there is nothing to audit",
    "undecided": "the round is {phase} and has no result yet",
}


def write(text: str, target: Path | None) -> None:
    """Print `text`, or put it in place whole, readable by its owner alone."""
    if target is None:
        click.echo(text, nl=False)
        return
    try:
        handle, pending = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        Path(pending).replace(target)
    except OSError as error:
        raise click.ClickException(f"{target}: {error.strerror}") from error
