"""A contact drafts, previews, posts, confirms, repeats and closes slots."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from marketplace import access, clock
from marketplace.accounts.models import Role
from marketplace.applications import closures
from marketplace.db import transaction
from marketplace.errors import DomainError
from marketplace.facilities import queries as facilities
from marketplace.facilities.models import Facility
from marketplace.hosting import offers, queries
from marketplace.hosting.words import blame, sentence
from marketplace.slots import confirming, policies, services
from marketplace.slots.forms import RECORD_SYSTEMS, SlotForm, stored, suggestion
from marketplace.slots.models import Slot, SlotState
from marketplace.slots.policies import Hold
from marketplace.texts import services as texts

bp = Blueprint("posting", __name__, url_prefix="/posting")


@bp.route("/new/<int:facility_id>", methods=["GET", "POST"])
@access.requires(Role.FACILITY_CONTACT)
def new(facility_id: int) -> str | Response | tuple[str, int]:
    """A new slot: saved as a draft, or posted at once."""
    facility = facilities.own(access.require_actor(), facility_id)
    if not facility.sites:
        flash(_("First add the site where students will work."), "info")
        return redirect(url_for("facilities.add_site", facility_id=facility_id))
    form = SlotForm(data=suggestion(facility, clock.now().date()))
    form.offer(facility)
    return _answer(form, facility, None)


@bp.route("/<int:slot_id>/edit", methods=["GET", "POST"])
@access.requires(Role.FACILITY_CONTACT)
def edit(slot_id: int) -> str | Response | tuple[str, int]:
    """Change a draft or posted slot."""
    actor = access.require_actor()
    slot = services.own(actor, slot_id)
    if slot.state in (SlotState.CLOSED, SlotState.EXPIRED):
        return redirect(url_for("posting.show", slot_id=slot_id))
    facility = facilities.own(actor, slot.facility_id)
    waits = texts.waiting(slot.facility_id, slot.id)
    form = SlotForm(data=stored(slot) | (waits.fields if waits else {}))
    form.offer(facility, slot)
    return _answer(form, facility, slot)


def _answer(form: SlotForm, facility: Facility, slot: Slot | None) -> str | Response | tuple[str, int]:
    posting = "post" in request.form
    if form.validate_on_submit() and (saved := _save(form, facility, slot, posting=posting)):
        flash(_said(saved, facility), "good")
        return redirect(url_for("posting.show", slot_id=saved.id))
    page = render_template(
        "hosting/slot_form.html",
        form=form,
        facility=facility,
        slot=slot,
        systems=RECORD_SYSTEMS,
        counted=slot is not None and Hold.TERMS in policies.held(slot.id),
    )
    return (page, 422) if form.errors else page


def _save(form: SlotForm, facility: Facility, slot: Slot | None, *, posting: bool) -> Slot | None:
    actor, now = access.require_actor(), clock.now()
    try:
        with transaction():
            if slot is None:
                saved = services.create(actor, facility.id, now=now, **form.fields())
            else:
                why = form.reason.data or ""
                saved = services.edit(actor, slot.id, now=now, reason=why, **form.fields())
            if posting:
                saved = services.post(actor, saved.id, now=now)
            return saved
    except DomainError as error:
        blame(form, error)
        return None


def _said(slot: Slot, facility: Facility) -> str:
    if slot.state is SlotState.DRAFT and texts.waiting(slot.facility_id, slot.id):
        return _("Sent. Someone reads it before students see it; you will find the answer on your home page.")
    if slot.state is SlotState.DRAFT:
        return _("Saved as a draft. Only your facility sees it.")
    if texts.waiting(slot.facility_id, slot.id):
        return _("Saved. Students see the new text once someone has read it; until then the old one.")
    if facility.verified_at is None:
        return _("Posted. Students see it as soon as your facility is verified.")
    return _("Posted. Students see it now.")


@bp.get("/<int:slot_id>")
@access.requires(Role.FACILITY_CONTACT)
def show(slot_id: int) -> str:
    """The slot as students will see it, with what its contact can do next."""
    slot = services.own(access.require_actor(), slot_id)
    return render_template(
        "hosting/slot.html",
        slot=slot,
        until=offers.until(slot, clock.now()),
        in_rounds=queries.rounds_of_slot(access.require_actor(), slot_id),
        waits=texts.waiting(slot.facility_id, slot.id),
        sent_back=texts.sent_back(slot.facility_id, slot.id),
    )


@bp.post("/<int:slot_id>/post")
@access.requires(Role.FACILITY_CONTACT)
def post(slot_id: int) -> Response:
    """Post a draft from its preview."""
    try:
        with transaction():
            slot = services.post(access.require_actor(), slot_id, now=clock.now())
            said = _said(slot, slot.facility)
    except DomainError as error:
        flash(_("Not posted yet. %(reason)s.", reason=sentence(error)), "bad")
        return redirect(url_for("posting.edit", slot_id=slot_id))
    flash(said, "good")
    return redirect(url_for("posting.show", slot_id=slot_id))


@bp.post("/<int:slot_id>/confirm")
@access.requires(Role.FACILITY_CONTACT)
def confirm(slot_id: int) -> Response:
    """The slot is still on offer."""
    actor = access.require_actor()
    try:
        with transaction():
            confirming.confirm(actor, services.own(actor, slot_id), now=clock.now())
    except DomainError as error:
        flash(_("Not confirmed. %(reason)s.", reason=sentence(error)), "bad")
    else:
        flash(_("Thank you. The slot is confirmed; students find it."), "good")
    return redirect(url_for("posting.show", slot_id=slot_id))


@bp.post("/<int:slot_id>/repeat")
@access.requires(Role.FACILITY_CONTACT)
def repeat(slot_id: int) -> Response:
    """A draft like this slot, half a year on."""
    with transaction():
        made = services.repeat(access.require_actor(), slot_id, now=clock.now()).id
    flash(_("This is a draft like the earlier slot, half a year on. Check the dates, then post it."), "info")
    return redirect(url_for("posting.edit", slot_id=made))


@bp.route("/<int:slot_id>/close", methods=["GET", "POST"])
@access.requires(Role.FACILITY_CONTACT)
def close(slot_id: int) -> str | Response | tuple[str, int]:
    """Confirm, with a reason, then take the slot out of every list."""
    actor = access.require_actor()
    slot = services.own(actor, slot_id)
    if slot.state is SlotState.CLOSED:
        return redirect(url_for("posting.show", slot_id=slot_id))
    reason, problem = request.form.get("reason", ""), ""
    if request.method == "POST":
        try:
            with transaction():
                closures.close_slot(actor, slot_id, reason=reason, now=clock.now())
            flash(_("The slot is closed."), "good")
            return redirect(url_for("facilities.mine"))
        except DomainError as error:
            problem = sentence(error)
            slot = services.own(actor, slot_id)
    page = render_template(
        "hosting/close.html",
        slot=slot,
        reason=reason,
        problem=problem,
        applied=closures.affected(slot_id),
    )
    return (page, 422) if problem else page
