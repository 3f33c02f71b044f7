"""The coordinator's board of a released round: who is placed, who has not answered, what needs mending."""

from __future__ import annotations

from flask import redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from marketplace import access, clock, sheets
from marketplace.accounts.models import Role
from marketplace.errors import NotFound
from marketplace.placements import answers, board, clearing, files, queries, requests
from marketplace.placements.blueprint import bp
from marketplace.placements.forms import RecordForm
from marketplace.placements.models import Side
from marketplace.placements.policies import LIVE
from marketplace.placements.routes import Answer
from marketplace.placements.telling import told
from marketplace.placements.words import STATES


@bp.get("/placements")
@access.requires(Role.COORDINATOR)
def desk(round_id: int) -> str:
    """Every placement with its state, the silent ones marked."""
    now = clock.now()
    round_ = queries.released(access.require_actor(), round_id)
    return render_template(
        "placements/desk.html",
        round=round_,
        board=board.read(round_),
        requests=requests.waiting(round_id),
        window=clearing.current(round_id),
        states=STATES,
        now=now,
    )


@bp.get("/placements.csv")
@access.requires(Role.COORDINATOR)
def as_csv(round_id: int) -> Response:
    """The placements that stand, as a file."""
    queries.released(access.require_actor(), round_id)
    table = files.placements(queries.standing(round_id))
    return sheets.attached(sheets.csv_text(table.head, table.rows), f"round-{round_id}-placements.csv")


@bp.get("/placements.xlsx")
@access.requires(Role.COORDINATOR)
def as_xlsx(round_id: int) -> Response:
    """The same as a workbook."""
    queries.released(access.require_actor(), round_id)
    book = sheets.workbook([files.placements(queries.standing(round_id))], now=clock.now())
    return sheets.attached(book, f"round-{round_id}-placements.xlsx")


@bp.route("/placements/<int:placement_id>/record/<side>", methods=["GET", "POST"])
@access.requires(Role.COORDINATOR)
def record(round_id: int, placement_id: int, side: str) -> Answer:
    """Write down what one side said, by telephone say."""
    actor = access.require_actor()
    round_, placement = queries.of_round(actor, round_id, placement_id)
    if side not in list(Side):
        raise NotFound("side")
    back = redirect(url_for("placements.desk", round_id=round_id))
    if placement.ended_at is not None:
        return back
    form = RecordForm()
    form.said.choices = {"confirms": _("They confirm")}
    if round_.phase in LIVE:
        form.said.choices["declines"] = _("They decline")
    if form.validate_on_submit():
        with told(_("Written down.")):
            answers.record(
                actor,
                round_id,
                placement_id,
                Side(side),
                confirms=form.said.data == "confirms",
                reason=form.reason.data or "",
                now=clock.now(),
            )
        return back
    page = render_template("placements/record.html", round=round_, placement=placement, side=side, form=form)
    return (page, 422) if form.errors else page
