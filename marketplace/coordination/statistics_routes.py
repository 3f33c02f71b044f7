"""A released round in figures and as files, for its coordinators."""

from __future__ import annotations

from flask import Blueprint, render_template
from werkzeug.wrappers import Response

from marketplace import access, clock, sheets
from marketplace.accounts.models import Role
from marketplace.coordination import statistics
from marketplace.errors import NotFound
from marketplace.rounds import queries as rounds
from marketplace.rounds.models import Round
from marketplace.rounds.phases import PUBLISHED

bp = Blueprint("statistics", __name__, url_prefix="/rounds/<int:round_id>")


@bp.get("/statistics")
@access.requires(Role.COORDINATOR)
def show(round_id: int) -> str:
    """Who got which choice, by programme and kind of site."""
    round_ = released(round_id)
    found = statistics.of_round(round_)
    tables = dict(zip(("programmes", "kinds"), statistics.sheets(found), strict=True))
    return render_template("coordination/statistics.html", round=round_, figures=found, tables=tables)


@bp.get("/statistics.csv")
@access.requires(Role.COORDINATOR)
def csv_file(round_id: int) -> Response:
    """The same figures, one to a row."""
    found = statistics.of_round(released(round_id))
    text = sheets.csv_text(["table", "group", "figure", "value"], statistics.long_rows(found))
    return sheets.attached(text, f"round-{round_id}-statistics.csv")


@bp.get("/results.csv")
@access.requires(Role.COORDINATOR)
def results_csv(round_id: int) -> Response:
    """Every placement, after release."""
    released(round_id)
    table = statistics.placements(round_id)
    return sheets.attached(sheets.csv_text(table.head, table.rows), f"round-{round_id}-results.csv")


@bp.get("/results.xlsx")
@access.requires(Role.COORDINATOR)
def results_xlsx(round_id: int) -> Response:
    """Every placement and the figures in one workbook."""
    found = statistics.of_round(released(round_id))
    tables = [statistics.placements(round_id), *statistics.sheets(found)]
    return sheets.attached(sheets.workbook(tables, now=clock.now()), f"round-{round_id}-results.xlsx")


def released(round_id: int) -> Round:
    """The actor's round. Raises NotFound before its release."""
    round_ = rounds.coordinated(access.require_actor(), round_id)
    if round_.phase not in PUBLISHED:
        raise NotFound("results")
    return round_
