"""``flask nightly``: the operator's shell for what is due. An edge: reads the clock, commits, prints."""

from __future__ import annotations

import sys
from datetime import UTC, datetime

import click
from flask.cli import with_appcontext

from marketplace import clock
from marketplace.mail import services as mail
from marketplace.runs import nightly


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

    Safe to run twice, at once, or late. Exits with 1 if a round failed; the log says where.
    """
    wall = clock.now()
    report = nightly.run(at or wall, wall=wall)
    for round_id, act in report.acts:
        click.echo(f"round {round_id}: {act}")
    for round_id, kind in report.failures:
        click.echo(f"round {round_id}: failed ({kind})", err=True)
    # Mail leaves at the real time, also in a simulated night: its leases are about living processes.
    sent = mail.deliver(wall, limit=100_000)
    if sent:
        click.echo(f"mail: {sent} sent")
    if not (report.acts or report.failures or sent):
        click.echo("nothing was due")
    if report.failures:
        sys.exit(1)
