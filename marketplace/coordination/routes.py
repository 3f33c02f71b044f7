"""The coordinator's pages of one round: dashboard, students, slots, results."""

from __future__ import annotations

from datetime import datetime

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from marketplace import access, clock
from marketplace.accounts.models import Role
from marketplace.appeals import todo as appeals
from marketplace.applications import closures
from marketplace.capacities import todo as capacities
from marketplace.coordination import audience, queries, todo
from marketplace.db import transaction
from marketplace.errors import Conflict, NotFound, WrongPhase
from marketplace.forecasts import queries as forecasts
from marketplace.forecasts.fixes import AT_RISK
from marketplace.placements import todo as placements
from marketplace.rounds import queries as rounds
from marketplace.rounds.models import Round
from marketplace.rounds.phases import PUBLISHED, REHEARSABLE, Phase, may_follow
from marketplace.rounds.policies import accepts_applications, accepts_lists
from marketplace.rounds.stages import stages
from marketplace.runs import closing
from marketplace.todo import TodoItem, by_urgency, rows

bp = Blueprint("coordination", __name__, url_prefix="/rounds/<int:round_id>")


@bp.get("")
@access.requires(Role.COORDINATOR)
def dashboard(round_id: int) -> str:
    """Where the round stands, what to do next, and what the last forecast says."""
    now = clock.now()
    round_ = rounds.coordinated(access.require_actor(), round_id)
    known = todo.figures(round_, now)
    expected = forecasts.latest(round_id)
    chances = forecasts.students(expected) if expected and round_.phase in REHEARSABLE else []
    return render_template(
        "coordination/dashboard.html",
        round=round_,
        phase=round_.phase.value,
        steps=stages(round_, now),
        people=known.people,
        slots=known.slots,
        expected=expected,
        at_risk=[each for each in chances if each.probability < AT_RISK],
        todo_items=rows(by_urgency(_answers(round_, now) + todo.items(known, now))),
        published=round_.phase in PUBLISHED,
    )


def _answers(round_: Round, now: datetime) -> list[TodoItem]:
    """What other features of the round wait for."""
    return placements.of_round(round_, now) + appeals.of_round(round_) + capacities.of_round(round_)


@bp.route("/slots/<int:slot_id>/remove", methods=["GET", "POST"])
@access.requires(Role.COORDINATOR)
def remove_slot(round_id: int, slot_id: int) -> str | Response:
    """Confirm, then take a slot out of the round and tell its applicants."""
    actor, now = access.require_actor(), clock.now()
    round_ = rounds.coordinated(actor, round_id)
    row = next((r for r in rounds.round_slots(round_id) if r.slot_id == slot_id), None)
    if row is None:
        raise NotFound("slot")
    if request.method == "GET":
        applied = closures.affected(slot_id, round_id)
        return render_template("coordination/remove_slot.html", round=round_, slot=row.slot, applied=applied)
    title = row.slot.title
    try:
        with transaction():
            closures.remove_slot(actor, rounds.coordinated(actor, round_id, lock=True), slot_id, now=now)
    except WrongPhase:
        flash(_("The round is locked; its slots can't change."), "bad")
    else:
        flash(_("“%(title)s” no longer takes part.", title=title), "good")
    return redirect(url_for("rounds.slots", round_id=round_id))


@bp.get("/students")
@access.requires(Role.COORDINATOR)
def students(round_id: int) -> str:
    """The round's students: who applied, who has a list, who certified. Never an order."""
    round_ = rounds.coordinated(access.require_actor(), round_id)
    show = request.args.get("show", "all")
    people = queries.participants(round_)
    shown = [
        p
        for p in people
        if show == "all" or p.state == show or (show == "applications" and not p.applications)
    ]
    return render_template(
        "coordination/students.html",
        round=round_,
        people=people,
        shown=shown,
        show=show,
        reminded=audience.last_reminded(round_id),
        kinds=_remindable(round_),
    )


def _remindable(round_: Round) -> frozenset[str]:
    """What people can be reminded of now, by the name of the kind."""
    now = clock.now()
    found = {"no-application"} if accepts_applications(round_, now) else set()
    lists = {"no-list", "draft-only", "no-answer"} if accepts_lists(round_, now) else set()
    return frozenset(found | lists)


@bp.get("/slot-states")
@access.requires(Role.COORDINATOR)
def slots(round_id: int) -> str:
    """The round's slots: applicants, and whether the facility answered."""
    round_ = rounds.coordinated(access.require_actor(), round_id)
    return render_template(
        "coordination/slots.html",
        round=round_,
        slots=queries.slot_states(round_),
        reminded=audience.last_reminded_facilities(round_id),
        kinds=_remindable(round_),
    )


@bp.route("/close", methods=["GET", "POST"])
@access.requires(Role.COORDINATOR)
def close(round_id: int) -> str | Response:
    """Confirm, then close a released round: consents of students who were not placed end."""
    actor, now = access.require_actor(), clock.now()
    round_ = rounds.coordinated(actor, round_id)
    if request.method == "GET":
        if not may_follow(round_.phase, Phase.CLOSED):
            return redirect(url_for("coordination.dashboard", round_id=round_id))
        return render_template("coordination/close.html", round=round_)
    try:
        with transaction():
            closing.close(actor, rounds.coordinated(actor, round_id, lock=True), now=now)
    except (WrongPhase, Conflict) as error:
        if error.reason == "clearing_open":
            flash(
                _("Students are choosing among open places. Close the round once these are given out."), "bad"
            )
            return redirect(url_for("placements.open_places", round_id=round_id))
        flash(_("Nothing was closed: only a round whose results are out can be."), "bad")
    else:
        flash(_("The round is closed. Facilities no longer see applicants they were not given."), "good")
    return redirect(url_for("coordination.dashboard", round_id=round_id))


@bp.get("/results")
@access.requires(Role.COORDINATOR)
def results(round_id: int) -> str:
    """Every placement, after release."""
    round_ = _released(round_id)
    return render_template("coordination/results.html", round=round_, rows=queries.assignments(round_id))


def _released(round_id: int) -> Round:
    round_ = rounds.coordinated(access.require_actor(), round_id)
    if round_.phase not in PUBLISHED:
        raise NotFound("results")
    return round_
