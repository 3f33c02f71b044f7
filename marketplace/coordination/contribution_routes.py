"""The coordinator types in what the lottery's public source said: twice, and once for all."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import StringField
from wtforms.validators import DataRequired, Length

from marketplace import access, clock
from marketplace.accounts.models import Role
from marketplace.db import transaction
from marketplace.errors import Conflict, DomainError, WrongPhase
from marketplace.rounds import queries as rounds
from marketplace.runs import drawing

bp = Blueprint("contribution", __name__, url_prefix="/rounds/<int:round_id>/contribution")


class ContributionForm(FlaskForm):
    """What the source said, typed twice."""

    said = StringField(validators=[DataRequired(), Length(max=drawing.LONGEST)])
    again = StringField(validators=[DataRequired(), Length(max=drawing.LONGEST)])

    def __init__(self) -> None:
        super().__init__()
        self.said.label.text = _("What the source said")
        self.again.label.text = _("The same once more")


@bp.route("", methods=["GET", "POST"])
@access.requires(Role.COORDINATOR)
def enter(round_id: int) -> str | Response | tuple[str, int]:
    """Enter the contribution; until then the match waits."""
    actor, now = access.require_actor(), clock.now()
    round_ = rounds.coordinated(actor, round_id)
    form = ContributionForm()
    if form.validate_on_submit():
        try:
            with transaction():
                held = rounds.coordinated(actor, round_id, lock=True)
                drawing.contribute(actor, held, form.said.data or "", again=form.again.data or "", now=now)
        except (WrongPhase, Conflict):
            flash(_("It can't be entered now. What was entered stands on the page of the rules."), "bad")
            return redirect(url_for("coordination.dashboard", round_id=round_id))
        except DomainError as error:
            form[str(error.details["field"])].errors = [_words(error.reason)]
        else:
            flash(_("Entered, and everyone is told. The match follows by itself."), "good")
            return redirect(url_for("coordination.dashboard", round_id=round_id))
    page = render_template("coordination/contribution.html", round=round_, form=form, now=now)
    return (page, 422) if form.errors else page


def _words(reason: str) -> str:
    return {
        "early": _("Its instant has not come yet; what was published before does not count"),
        "missing": _("Type what the source said"),
        "too_long": _("Give at most 200 characters"),
        "differs": _("The two differ; look at the source again"),
    }[reason]
