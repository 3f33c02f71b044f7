"""The coordinator's pages of a forecast: what to expect, what to mend, what if, and later how good it was."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from marketplace import access, clock
from marketplace.access import Actor
from marketplace.accounts.models import Role
from marketplace.errors import DomainError, WrongPhase
from marketplace.forecasts import fixes, queries, reading, words
from marketplace.forecasts import what_if as questions
from marketplace.forecasts.forms import WhatIfForm
from marketplace.rounds import queries as rounds
from marketplace.rounds.models import Round
from marketplace.rounds.phases import PUBLISHED, REHEARSABLE

bp = Blueprint("forecasts", __name__, url_prefix="/rounds/<int:round_id>")


@bp.get("/forecast")
@access.requires(Role.COORDINATOR)
def show(round_id: int) -> str:
    """The newest forecast, night by night, and the fix list as rows stand now. Never anyone's place."""
    round_ = rounds.coordinated(access.require_actor(), round_id)
    last = queries.latest(round_id)
    return render_template(
        "forecasts/show.html",
        round=round_,
        last=last,
        open=round_.phase in REHEARSABLE,
        students=queries.students(last) if last else [],
        slots=queries.slots(last) if last else [],
        programmes=queries.programme_names(last) if last else {},
        nights=queries.nights(round_id),
        fixes=_fixes(round_) if round_.phase in REHEARSABLE else [],
        scores=queries.scores(round_id) if round_.phase in PUBLISHED else [],
    )


@bp.route("/what-if", methods=["GET", "POST"])
@access.requires(Role.COORDINATOR)
def what_if(round_id: int) -> str | Response:
    """Ask how the forecast would change; the round stays as it is."""
    actor, now = access.require_actor(), clock.now()
    round_ = rounds.coordinated(actor, round_id)
    if round_.phase not in REHEARSABLE:
        flash(_("There is nothing to try: lists are not open in this round."), "info")
        return redirect(url_for("forecasts.show", round_id=round_id))
    form = WhatIfForm()
    form.offer(questions.options(round_, now), _("no change"))
    answer = None
    if form.validate_on_submit():
        answer = _answer(actor, round_id, form)
    return render_template("forecasts/what_if.html", round=round_, form=form, answer=answer)


def _answer(actor: Actor, round_id: int, form: WhatIfForm) -> questions.Answer | None:
    try:
        return questions.ask(actor, round_id, form.question, now=clock.now())
    except WrongPhase:
        flash(_("Lists closed meanwhile; there is nothing left to try."), "bad")
    except DomainError:
        form.form_errors.append(_("Choose at least one change to try."))
    return None


def _fixes(round_: Round) -> list[dict[str, Any]]:
    """The fix list by tonight's rows and the newest probabilities."""
    now = clock.now()
    last = queries.latest(round_.id)
    placed, full = queries.probabilities(last) if last else ({}, {})
    found = fixes.find(reading.read(round_, now), fixes.Expected(placed, full), now)
    return words.rows(round_, found, now)
