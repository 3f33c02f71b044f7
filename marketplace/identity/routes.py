"""Coordinators and operators check that facilities are what they say; contacts claim a listing."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from marketplace import access, clock
from marketplace.accounts.models import Role
from marketplace.db import transaction
from marketplace.errors import DomainError, NotFound
from marketplace.facilities import queries as facilities
from marketplace.facilities.models import Facility
from marketplace.identity import evidence, merging, queries, services
from marketplace.identity.forms import ReasonForm, SignForm, sign_labels
from marketplace.identity.models import Sign
from marketplace.identity.policies import NEEDED
from marketplace.identity.words import sentence
from marketplace.paging import page_number
from marketplace.texts import services as texts

bp = Blueprint("verification", __name__, url_prefix="/facilities")

Answer = str | Response | tuple[str, int]


@bp.get("/unverified")
@access.requires(Role.COORDINATOR, Role.OPERATOR)
def waiting() -> str:
    """Facilities that wait to be verified."""
    found = facilities.unverified()
    ids = [facility.id for facility in found]
    return render_template(
        "identity/waiting.html",
        waiting=found,
        contacts=facilities.first_contacts(ids),
        signs=evidence.counts(ids),
        needed=NEEDED,
    )


@bp.get("/verified")
@access.requires(Role.COORDINATOR, Role.OPERATOR)
def verified() -> str:
    """Facilities that are verified, by name, to look at what was checked."""
    text = request.args.get("q", "").strip()[:100]
    page = queries.verified(text, page=page_number(request.args.get("page")))
    return render_template("identity/verified.html", page=page, text=text)


@bp.route("/<int:facility_id>/verify", methods=["GET", "POST"])
@access.requires(Role.COORDINATOR, Role.OPERATOR)
def verify(facility_id: int) -> Answer:
    """What speaks for a facility, and a form to record one sign more."""
    checkable(facility_id)
    form = SignForm()
    _offer(form, facility_id)
    if form.validate_on_submit() and _recorded(form, facility_id):
        return redirect(url_for("verification.verify", facility_id=facility_id))
    return _page(checkable(facility_id), form)


def checkable(facility_id: int) -> Facility:
    """A facility that the actor may check: not their own."""
    if facility_id in access.require_actor().facilities:
        raise NotFound("facility")
    return queries.facility(facility_id)


def _offer(form: SignForm, facility_id: int) -> None:
    have = {row.sign for row in evidence.live(facility_id)}
    form.offer([(sign.value, label) for sign, label in sign_labels().items() if sign not in have])


def _recorded(form: SignForm, facility_id: int) -> bool:
    try:
        with transaction():
            services.record(
                access.require_actor(),
                facility_id,
                Sign(form.sign.data),
                detail=form.detail.data or "",
                now=clock.now(),
            )
            done = queries.facility(facility_id).verified_at is not None
    except DomainError as error:
        name = "sign" if error.details.get("field") == "sign" else "detail"
        form[name].errors = [sentence(error)]
        return False
    flash(
        _("Verified. Its posted slots are public.") if done else _("Recorded. One sign more is needed."),
        "good",
    )
    return True


def _page(facility: Facility, form: SignForm) -> str | tuple[str, int]:
    actor, known = access.require_actor(), evidence.listing(facility)
    page = render_template(
        "identity/verify.html",
        facility=facility,
        form=form,
        rows=evidence.every(facility.id),
        labels=sign_labels(),
        needed=NEEDED,
        pending=texts.waiting(facility.id, None),
        listing=known,
        alike=known is not None and evidence.known(facility).alike,
        # Whoever must reach a verified facility does so by its contact policy, not from here.
        contacts=[] if facility.verified_at else evidence.contacts(facility.id),
        near=queries.near(actor, facility),
        merges=merging.merges_into(facility.id),
    )
    return (page, 422) if form.errors else page


@bp.post("/<int:facility_id>/claim/<int:listing_id>")
@access.requires(Role.FACILITY_CONTACT, Role.COORDINATOR, Role.OPERATOR)
def claim(facility_id: int, listing_id: int) -> Response:
    """Say which listing of the public directory a facility is."""
    actor = access.require_actor()
    try:
        with transaction():
            services.claim(actor, facility_id, listing_id, now=clock.now())
    except DomainError as error:
        flash(sentence(error), "bad")
    else:
        flash(_("Noted: this is the entry of the public directory."), "good")
    if facility_id in actor.facilities:
        return redirect(url_for("facilities.mine"))
    return redirect(url_for("verification.verify", facility_id=facility_id))


@bp.route("/<int:facility_id>/signs/<int:evidence_id>/withdraw", methods=["GET", "POST"])
@access.requires(Role.COORDINATOR, Role.OPERATOR)
def withdraw(facility_id: int, evidence_id: int) -> Answer:
    """Confirm, with a reason, then take a sign back."""
    facility, form = checkable(facility_id), ReasonForm()
    row = next((row for row in evidence.live(facility_id) if row.id == evidence_id), None)
    if row is None:
        raise NotFound("evidence")
    if form.validate_on_submit() and _withdrawn(form, facility_id, evidence_id):
        flash(_("Taken back. It stays on record."), "good")
        return redirect(url_for("verification.verify", facility_id=facility_id))
    falls = facility.verified_at is not None and len(evidence.live(facility_id)) <= NEEDED
    page = render_template(
        "identity/withdraw.html", facility=facility, row=row, form=form, falls=falls, labels=sign_labels()
    )
    return (page, 422) if form.errors else page


def _withdrawn(form: ReasonForm, facility_id: int, evidence_id: int) -> bool:
    try:
        with transaction():
            services.withdraw(
                access.require_actor(),
                facility_id,
                evidence_id,
                reason=form.reason.data or "",
                now=clock.now(),
            )
    except DomainError as error:
        form.reason.errors = [sentence(error)]
        return False
    return True
