"""The board of missing agreements."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from marketplace import access, clock
from marketplace.accounts.models import Role
from marketplace.agreements import queries as agreements
from marketplace.agreements import words
from marketplace.agreements.models import Stage
from marketplace.db import transaction
from marketplace.errors import DomainError, NotFound
from marketplace.gaps import queries, services

bp = Blueprint("gaps", __name__, url_prefix="/agreements/missing")


@bp.get("")
@access.requires(Role.COORDINATOR)
def board() -> str:
    """What is missing, most students waiting first."""
    actor = access.require_actor()
    return render_template(
        "gaps/board.html",
        gaps=queries.gaps(actor, clock.now().date()),
        people=agreements.colleagues(actor.coordinated_schools),
        stages=[stage for stage in Stage if stage is not Stage.ACTIVE],
        words=words,
        several=len(actor.coordinated_schools) > 1,
    )


@bp.post("/<int:school_id>/<int:facility_id>")
@access.requires(Role.COORDINATOR)
def take_on(school_id: int, facility_id: int) -> Response:
    """Save who sees to a missing agreement and how far it is."""
    actor, owner = access.require_actor(), request.form.get("owner", "0")
    if not (owner.isdecimal() and len(owner) < 10):  # no row has a longer number
        raise NotFound("owner")
    try:
        stage = Stage(request.form.get("stage", ""))
    except ValueError:
        raise NotFound("stage") from None
    try:
        with transaction():
            made = services.take_on(
                actor,
                school_id,
                facility_id,
                owner_id=int(owner) or None,
                stage=stage,
                now=clock.now(),
            )
            party = made.party
    except DomainError:
        flash(_("Nothing was changed. A signature needs its dates: open the agreement."), "bad")
    else:
        flash(_("The agreement with %(party)s: saved.", party=party), "good")
    return redirect(url_for("gaps.board", _anchor=f"gap-{school_id}-{facility_id}"))
