"""Make two facilities one, after a page that says what moves; take it back."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from marketplace import access, clock
from marketplace.accounts.models import Role
from marketplace.db import transaction
from marketplace.errors import DomainError
from marketplace.identity import evidence, merging
from marketplace.identity.routes import bp as bp
from marketplace.identity.routes import checkable
from marketplace.identity.words import sentence


@bp.route("/<int:facility_id>/merge/<int:other_id>", methods=["GET", "POST"])
@access.requires(Role.COORDINATOR, Role.OPERATOR)
def merge(facility_id: int, other_id: int) -> str | Response | tuple[str, int]:
    """Confirm, then move everything of the other facility to this one."""
    kept, other = checkable(facility_id), checkable(other_id)
    problem = ""
    if request.method == "POST":
        try:
            with transaction():
                merging.merge(access.require_actor(), facility_id, other_id, now=clock.now())
            flash(_("They are one now. It can be undone on this page."), "good")
            return redirect(url_for("verification.verify", facility_id=facility_id))
        except DomainError as error:
            problem = sentence(error)
            kept, other = checkable(facility_id), checkable(other_id)
    page = render_template(
        "identity/merge.html",
        kept=kept,
        other=other,
        problem=problem,
        counts=merging.counts(other_id),
        # Whether, not which: rounds of other schools are no business of this coordinator's.
        in_use=bool(evidence.rounds_using([facility_id, other_id])),
    )
    return (page, 422) if problem else page


@bp.post("/merges/<int:merge_id>/undo")
@access.requires(Role.COORDINATOR, Role.OPERATOR)
def undo(merge_id: int) -> Response:
    """Give the merged facility back what it brought."""
    try:
        with transaction():
            done = merging.undo(access.require_actor(), merge_id, now=clock.now())
            kept_id = done.kept_id
    except DomainError as error:
        flash(sentence(error), "bad")
        return redirect(url_for("verification.verified"))
    flash(_("They are two again."), "good")
    return redirect(url_for("verification.verify", facility_id=kept_id))
