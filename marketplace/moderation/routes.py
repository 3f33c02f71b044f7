"""The pages on which texts are read before they show."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from marketplace import access, clock
from marketplace.accounts.models import Role
from marketplace.db import transaction
from marketplace.errors import DomainError
from marketplace.moderation import queries, services
from marketplace.moderation.words import field_labels, rule_sentences
from marketplace.paging import page_number

bp = Blueprint("moderation", __name__, url_prefix="/texts")


@bp.get("")
@access.requires(Role.COORDINATOR, Role.OPERATOR)
def waiting() -> str:
    """Texts that wait to be read, oldest first."""
    page = queries.waiting(access.require_actor(), page=page_number(request.args.get("page")))
    return render_template("moderation/waiting.html", page=page, rules=rule_sentences())


@bp.route("/<int:text_id>", methods=["GET", "POST"])
@access.requires(Role.COORDINATOR, Role.OPERATOR)
def review(text_id: int) -> str | Response | tuple[str, int]:
    """What is shown and what would be, side by side; approve it or send it back."""
    problem = ""
    if request.method == "POST":
        try:
            _decide(text_id)
            return redirect(url_for("moderation.waiting"))
        except DomainError as error:
            problem = _sentence(error)
    found = queries.one(access.require_actor(), text_id)
    page = render_template(
        "moderation/review.html",
        found=found,
        problem=problem,
        reason=request.form.get("reason", ""),
        rules=rule_sentences(),
        labels=field_labels(),
    )
    return (page, 422) if problem else page


def _decide(text_id: int) -> None:
    actor, now = access.require_actor(), clock.now()
    with transaction():
        if "approve" in request.form:
            services.approve(actor, text_id, now=now)
        else:
            services.send_back(actor, text_id, reason=request.form.get("reason", ""), now=now)
    flash(
        _("Approved.") if "approve" in request.form else _("Sent back. Whoever wrote it is told why."), "good"
    )


def _sentence(error: DomainError) -> str:
    return {
        "missing": _("Say what should change"),
        "far": _("The slot's last day is more than five years away. Send it back for other dates."),
        "starts_in_past": _("The slot's first day has passed. Send it back for new dates."),
        "slot_closed": _("The slot was closed meanwhile. Send it back."),
    }.get(error.reason, _("It can't be shown as it is. Send it back."))
