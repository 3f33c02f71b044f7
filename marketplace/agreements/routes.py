"""A coordinator keeps the registry of agreements, and takes a template text from it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from marketplace import access, clock
from marketplace.accounts.models import Role
from marketplace.agreements import letter, queries, services, words
from marketplace.agreements.forms import AgreementForm, stored
from marketplace.agreements.models import Agreement, Status
from marketplace.db import transaction
from marketplace.errors import DomainError
from marketplace.schools import queries as schools

bp = Blueprint("agreements", __name__, url_prefix="/agreements")

Answer = str | Response | tuple[str, int]


@bp.get("")
@access.requires(Role.COORDINATOR)
def index() -> str:
    """Every agreement of the coordinator's schools, or those of one status."""
    today = clock.now().date()
    known = [(each, each.status(today)) for each in queries.of_schools(access.require_actor())]
    show = request.args.get("show", "all")
    return render_template(
        "agreements/index.html",
        known=known,
        shown=[row for row in known if show in ("all", row[1].value)],
        show=show,
        statuses=list(Status),
        words=words,
    )


@bp.route("/new", methods=["GET", "POST"])
@access.requires(Role.COORDINATOR)
def new() -> Answer:
    """Enter an agreement; ``?facility=`` says with whom."""
    facility_id = request.args.get("facility", type=int)
    data = {"stage": "none", "facilities": [facility_id] if facility_id else []}
    return _answer(AgreementForm(data=data), None)


@bp.route("/<int:agreement_id>", methods=["GET", "POST"])
@access.requires(Role.COORDINATOR)
def edit(agreement_id: int) -> Answer:
    """Look at an agreement and change it."""
    found = queries.own(access.require_actor(), agreement_id)
    return _answer(AgreementForm(data=stored(found)), found)


def _answer(form: AgreementForm, found: Agreement | None) -> Answer:
    actor = access.require_actor()
    mine = schools.coordinated(actor)
    form.offer(mine, queries.partners(), queries.colleagues(school.id for school in mine))
    if found is not None:
        form.school.validators = ()
    if form.validate_on_submit() and (saved := _save(form, found)):
        flash(_("The agreement with %(party)s is saved.", party=saved), "good")
        return redirect(url_for("agreements.index"))
    # Read again: a refused change was rolled back, and what was loaded with it.
    found = queries.own(actor, found.id) if found is not None else None
    page = render_template(
        "agreements/form.html", form=form, agreement=found, today=clock.now().date(), words=words
    )
    return (page, 422) if form.errors else page


def _save(form: AgreementForm, found: Agreement | None) -> str | None:
    actor, now = access.require_actor(), clock.now()
    fields: dict[str, Any] = form.fields()
    try:
        with transaction():
            if found is None:
                return services.create(actor, form.school.data, now=now, **fields).party
            return services.edit(actor, found.id, now=now, **fields).party
    except DomainError as error:
        form[str(error.details["field"])].errors = [words.fault(error.reason)]
        return None


@bp.route("/<int:agreement_id>/remove", methods=["GET", "POST"])
@access.requires(Role.COORDINATOR)
def remove(agreement_id: int) -> str | Response:
    """Confirm, then delete an agreement that was entered by mistake."""
    actor = access.require_actor()
    found = queries.own(actor, agreement_id)
    if request.method == "GET":
        return render_template("agreements/remove.html", agreement=found)
    with transaction():
        services.remove(actor, agreement_id, now=clock.now())
    flash(_("The agreement is removed from the registry."), "info")
    return redirect(url_for("agreements.index"))


@bp.get("/<int:agreement_id>/template.pdf")
@access.requires(Role.COORDINATOR)
def template(agreement_id: int) -> Response:
    """A template text to start the talks from."""
    found = queries.own(access.require_actor(), agreement_id)
    response = Response(letter.pdf(found, on=clock.now().date()), mimetype="application/pdf")
    name = f"agreement-{found.id}-template.pdf"
    response.headers["Content-Disposition"] = f"attachment; filename={name}"
    return response
