"""The student's placement as files: a sheet to print, dates for a calendar."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import current_app
from werkzeug.wrappers import Response

from marketplace import access, clock
from marketplace.accounts.models import Role
from marketplace.errors import NotFound
from marketplace.placements import calendar, queries, sheet
from marketplace.placements.blueprint import bp
from marketplace.rounds.models import Round
from marketplace.runs.models import Placement


@bp.get("/placement/sheet.pdf")
@access.requires(Role.STUDENT)
def as_pdf(round_id: int) -> Response:
    """The placement sheet."""
    round_, placement = _own(round_id)
    made = sheet.pdf(placement, round_, on=clock.now().astimezone(round_.zone).date())
    return _file(made, "application/pdf", "placement.pdf")


@bp.get("/placement/dates.ics")
@access.requires(Role.STUDENT)
def as_ics(round_id: int) -> Response:
    """The placement's dates."""
    _round, placement = _own(round_id)
    host = urlsplit(str(current_app.config["PUBLIC_URL"])).hostname or "localhost"
    return _file(calendar.ics(placement, host=host, now=clock.now()), "text/calendar", "placement.ics")


def _own(round_id: int) -> tuple[Round, Placement]:
    """The student's placement that stands. Raises NotFound."""
    round_, _student, found = queries.of_student(access.require_actor(), round_id)
    placement = next((p for p in found if p.ended_at is None), None)
    if placement is None:
        raise NotFound("placement")
    return round_, placement


def _file(content: str | bytes, kind: str, name: str) -> Response:
    response = Response(content, mimetype=kind)
    response.headers["Content-Disposition"] = f"attachment; filename={name}"
    return response
