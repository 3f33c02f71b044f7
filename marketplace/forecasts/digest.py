"""Mail to coordinators about what there is to mend: only on nights when that changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from flask import current_app
from flask_babel import ngettext

from marketplace.filters import day
from marketplace.forecasts import words
from marketplace.forecasts.fixes import Fix
from marketplace.mail import services as mail
from marketplace.rounds import queries as rounds
from marketplace.rounds.models import Round

#: How many rows a mail names; the page has all.
MOST = 8


def send(round_: Round, found: Sequence[Fix], before: Sequence[str], *, night: str, now: datetime) -> int:
    """Write the mail of one night if its rows hold news since those of the night `before`; how many."""
    new = {fix.key for fix in found} - set(before)
    if not new:
        return 0
    known = words.names(round_, found)
    rows = [
        f"- {'NEW: ' if before and fix.key in new else ''}{words.title(fix, known)} (by {day(fix.due)})"
        for fix in found[:MOST]
    ]
    more = len(found) - MOST
    if more > 0:
        rows.append(f"- and {more} more")
    link = f"{current_app.config['PUBLIC_URL']}/rounds/{round_.id}/forecast"
    written = 0
    for user_id, address in rounds.addresses(round_.id, round_.school_id)["coordinators"]:
        written += mail.enqueue_once(
            f"round:{round_.id}:fixes:{night}:{user_id}",
            recipient=address,
            subject=f"{round_.name}: "
            + ngettext("%(num)d thing to mend", "%(num)d things to mend", len(found)),
            body=(
                f"Last night's forecast of “{round_.name}” found what stands between students and places:\n\n"
                + "\n".join(rows)
                + f"\n\nThe whole list, with the page that mends each: {link}\n\n"
                "You get this mail only on nights when something changed.\n"
            ),
            now=now,
        )
    return written
