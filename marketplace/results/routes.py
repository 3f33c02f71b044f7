"""A student reads their result; a facility its roster. Before release neither page exists."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as RedirectTo

from marketplace import access, clock, sheets
from marketplace.accounts.models import Role
from marketplace.appeals import policies as appeal_policies
from marketplace.appeals import queries as appeals
from marketplace.applications import disclosures
from marketplace.applications.models import Seen
from marketplace.db import fresh_write, transaction
from marketplace.errors import DomainError
from marketplace.placements import queries as placements
from marketplace.placements.words import STATES
from marketplace.results import openings, queries, services
from marketplace.results.forms import AuditorForm
from marketplace.results.models import Answer
from marketplace.rounds import queries as rounds
from marketplace.runs import bundles

bp = Blueprint("results", __name__, url_prefix="/rounds/<int:round_id>")


@bp.app_context_processor
def _seal() -> dict[str, object]:
    """What a round's rules page shows of the lists once they are sealed."""
    if request.endpoint != "rounds.rules" or not request.view_args:
        return {}
    return {"seal": queries.public_seal(request.view_args["round_id"])}


@bp.get("/result")
@access.requires(Role.STUDENT)
def mine(round_id: int) -> str:
    """The student's own result."""
    actor = access.require_actor()
    round_, student = rounds.as_student(actor, round_id)
    result = queries.of_student(round_, student)
    _round, _student, held = placements.of_student(actor, round_id)
    return render_template(
        "results/student.html",
        round=round_,
        result=result,
        lost=next((each for each in held if each.ended_at and each.slot == result.slot), None),
        states=STATES,
        appeal=appeals.of_student(round_, student),
        appeals_until=appeal_policies.until(round_),
        appeals_open=appeal_policies.accepts(round_, clock.now()),
    )


@bp.get("/result/opening.json")
@access.requires(Role.STUDENT)
def opening(round_id: int) -> Response:
    """The student's own list as it was counted, and what its digest is made of."""
    round_, student = rounds.as_student(access.require_actor(), round_id)
    return _file(openings.of_student(round_, student), f"my-list-in-round-{round_id}.json")


@bp.get("/certificate.json")
@access.public
def certificate(round_id: int) -> Response:
    """The public certificate of a released round."""
    return _file(openings.certificate(rounds.announced(round_id)), f"round-{round_id}-certificate.json")


@bp.route("/auditors", methods=["GET", "POST"])
@access.requires(Role.COORDINATOR)
def auditors(round_id: int) -> str | Response | tuple[str, int]:
    """Who was given the round's bundle; give it to one more named person."""
    actor = access.require_actor()
    round_ = rounds.coordinated(actor, round_id)
    openings.released(round_)
    form = AuditorForm()
    if form.validate_on_submit():
        try:
            with transaction():
                text = bundles.export(
                    round_id,
                    actor=actor,
                    auditor=form.auditor.data or "",
                    purpose=form.purpose.data or "",
                    now=clock.now(),
                )
            return _attached(Response(text, mimetype="application/json"), f"round-{round_id}-bundle.json")
        except DomainError:
            form.auditor.errors = [_("This round can't be judged again: its lottery has no draw key")]
    page = render_template("results/auditors.html", round=round_, form=form, log=bundles.log(round_))
    return (page, 422) if form.errors else page


def _file(content: dict[str, Any], name: str) -> Response:
    return _attached(jsonify(content), name)


def _attached(response: Response, name: str) -> Response:
    response.headers["Content-Disposition"] = f"attachment; filename={name}"
    return response


@bp.get("/slots/<int:slot_id>/roster")
@access.requires(Role.FACILITY_CONTACT)
def roster(round_id: int, slot_id: int) -> str:
    """The students placed in one of the facility's slots. Each showing of an address is noted."""
    return _roster(round_id, slot_id)


@bp.get("/slots/<int:slot_id>/roster.csv")
@access.requires(Role.FACILITY_CONTACT)
def roster_csv(round_id: int, slot_id: int) -> RedirectTo:
    """The same as a file; noted in the same way."""
    actor = access.require_actor()
    round_, slot = rounds.as_facility(actor, round_id, slot_id)
    found = queries.roster(round_, slot)
    rows = [
        [each.student.user.name, each.student.user.email, each.student.programme.name, placement.state]
        for each, placement in found.rows
    ]
    ids = [application.id for application in found.students]
    with fresh_write():
        disclosures.note(actor, ids, Seen.CONTACT, now=clock.now())
    text = sheets.csv_text(["student", "e-mail", "programme", "state"], rows)
    return sheets.attached(text, f"round-{round_id}-slot-{slot_id}-roster.csv")


@bp.post("/slots/<int:slot_id>/roster/answer")
@access.requires(Role.FACILITY_CONTACT)
def answer(round_id: int, slot_id: int) -> RedirectTo | tuple[str, int]:
    """Confirm that they are expected, or say what is wrong."""
    said, shown, note = read_answer(request.form)
    try:
        with transaction():
            services.answer(
                access.require_actor(), round_id, slot_id, said, shown=shown, note=note, now=clock.now()
            )
    except DomainError:
        return _roster(round_id, slot_id, problem=_("Say what is wrong"), note=note), 422
    flash(_("Thank you. The coordinator knows."), "good")
    return redirect(url_for("results.roster", round_id=round_id, slot_id=slot_id))


def read_answer(posted: MultiDict[str, str]) -> tuple[Answer, list[int], str]:
    """What a host pressed, whose placements it saw then, and what it typed."""
    said = Answer.QUESTIONED if posted.get("answer") == Answer.QUESTIONED else Answer.CONFIRMED
    return said, posted.getlist("placement", type=int), posted.get("note", "")


def _roster(round_id: int, slot_id: int, *, problem: str = "", note: str = "") -> str:
    actor = access.require_actor()
    round_, slot = rounds.as_facility(actor, round_id, slot_id)
    found = queries.roster(round_, slot)
    page = render_template(
        "results/roster.html",
        round=round_,
        slot=slot,
        roster=found,
        answer=queries.host_answer(round_.id, slot.id),
        answer_url=url_for("results.answer", round_id=round_.id, slot_id=slot.id),
        secret="",
        states=STATES,
        problem=problem,
        note=note,
    )
    ids = [application.id for application in found.students]
    with fresh_write():
        disclosures.note(actor, ids, Seen.CONTACT, now=clock.now())
    return page
