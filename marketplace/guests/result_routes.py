"""Read by link who is placed with one; confirm them, or decline one. Before the release there is nothing."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from marketplace import access, clock
from marketplace.applications import disclosures
from marketplace.applications.models import Seen
from marketplace.db import fresh_write, transaction
from marketplace.errors import DomainError
from marketplace.guests import doors, people
from marketplace.guests.blueprint import bp
from marketplace.guests.rank_routes import ask_code
from marketplace.links import services as links
from marketplace.links.models import LinkToken, Purpose
from marketplace.placements.host_routes import declining
from marketplace.placements.routes import Answer as PlacementAnswer
from marketplace.placements.words import STATES
from marketplace.results import queries, services
from marketplace.results.routes import read_answer
from marketplace.rounds import queries as rounds
from marketplace.rounds.phases import PUBLISHED


@bp.get("/result/<result_token>")
@access.public
def result(result_token: str) -> str:
    """The students placed in the slot, once results are out and the code was typed."""
    return _page(result_token, doors.open_(result_token, Purpose.RESULT))


@bp.post("/result/<result_token>")
@access.public
def answer_result(result_token: str) -> Response | tuple[str, int]:
    """Confirm that they are expected, or say what is wrong."""
    token = doors.open_(result_token, Purpose.RESULT)
    back = redirect(url_for("guests.result", result_token=result_token))
    if not doors.has_pass(token):
        return back
    said, shown, note = read_answer(request.form)
    link, actor = token.link, people.holder(token.link)
    try:
        with transaction():
            services.answer(
                actor,
                link.round_id or 0,
                link.slot_id or 0,
                said,
                shown=shown,
                note=note,
                now=clock.now(),
            )
            links.finish(actor, link, now=clock.now())
    except DomainError:
        token = doors.open_(result_token, Purpose.RESULT)
        return _page(result_token, token, problem=_("Say what is wrong"), note=note), 422
    flash(_("Thank you. The coordinator knows."), "good")
    return back


@bp.route("/result/<result_token>/decline/<int:placement_id>", methods=["GET", "POST"])
@access.public
def refuse(result_token: str, placement_id: int) -> PlacementAnswer:
    """Say why, then decline one student before having confirmed, as hosts who sign in can."""
    token = doors.open_(result_token, Purpose.RESULT)
    back = url_for("guests.result", result_token=result_token)
    if not doors.has_pass(token):
        return redirect(back)
    link = token.link
    return declining(people.holder(link), link.round_id or 0, link.slot_id or 0, placement_id, back=back)


def _page(secret: str, token: LinkToken, *, problem: str = "", note: str = "") -> str:
    link = token.link
    actor = people.holder(link)
    round_, slot = rounds.as_facility(actor, link.round_id or 0, link.slot_id or 0)
    if round_.phase not in PUBLISHED:
        return render_template("guests/not_out.html", round=round_, slot=slot)
    if not doors.has_pass(token):
        return ask_code(secret, token)
    found = queries.roster(round_, slot)
    page = render_template(
        "guests/result.html",
        round=round_,
        slot=slot,
        roster=found,
        answer=queries.host_answer(round_.id, slot.id),
        answer_url="",
        secret=secret,
        states=STATES,
        problem=problem,
        note=note,
    )
    with fresh_write():
        disclosures.note(actor, [a.id for a in found.students], Seen.CONTACT, now=clock.now())
    return page
