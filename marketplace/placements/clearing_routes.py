"""Open places: students say which they would take, a coordinator opens the window and sees who chose."""

from __future__ import annotations

from collections.abc import Mapping

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from marketplace import access, clock
from marketplace.accounts.models import Role
from marketplace.applications import consents
from marketplace.db import transaction
from marketplace.errors import DomainError
from marketplace.placements import board, clearing, queries
from marketplace.placements.blueprint import bp
from marketplace.placements.forms import OpenForm
from marketplace.placements.routes import Answer
from marketplace.placements.telling import told
from marketplace.placements.words import STATES, sentence


@bp.route("/open-places", methods=["GET", "POST"])
@access.requires(Role.COORDINATOR)
def open_places(round_id: int) -> Answer:
    """What is open and who has no place; open a window to choose."""
    actor, now = access.require_actor(), clock.now()
    round_ = queries.released(actor, round_id)
    form = OpenForm(data={"days": clearing.DAYS})
    if form.validate_on_submit():
        with told(_("Open. Students without a place are told.")):
            clearing.open_(actor, round_id, days=form.days.data or clearing.DAYS, now=now)
        return redirect(url_for("placements.open_places", round_id=round_id))
    window = clearing.current(round_id)
    page = render_template(
        "placements/open_places.html",
        round=round_,
        board=board.read(round_),
        window=window,
        chose=clearing.chosen_by(window) if window else frozenset(),
        past=[each for each in clearing.all_of(round_id) if each.settled_at],
        form=form,
        states=STATES,
        now=now,
    )
    return (page, 422) if form.errors else page


@bp.route("/clearing", methods=["GET", "POST"])
@access.requires(Role.STUDENT)
def choose(round_id: int) -> Answer:
    """The open places that a student could take, and the order in which they would."""
    actor = access.require_actor()
    problem = ""
    if request.method == "POST":
        try:
            order = read_order(request.form)
            with transaction():
                clearing.choose(
                    actor, round_id, order, signature=request.form.get("signature", ""), now=clock.now()
                )
        except DomainError as error:
            problem = _said(error)
        else:
            flash(_("Saved. You can change it until the window closes."), "good")
            return redirect(url_for("placements.choose", round_id=round_id))
    round_, student, found = queries.of_student(actor, round_id)
    offer = clearing.offer(round_, student)
    typed = {int(k.removeprefix("choice-")): v for k, v in request.form.items() if k[7:].isdecimal()}
    page = render_template(
        "placements/clearing.html",
        round=round_,
        offer=offer,
        typed=typed or {slot_id: str(rank) for rank, slot_id in enumerate(offer.chosen, 1)},
        signature=request.form.get("signature", ""),
        consents={slot.id: consents.text_for(slot, round_) for slot in offer.slots},
        placed=any(p.ended_at is None for p in found),
        problem=problem,
        now=clock.now(),
    )
    return (page, 422) if problem else page


def read_order(posted: Mapping[str, str]) -> list[int]:
    """The slots by the numbers given to them: ``choice-7=1``. Raises DomainError("order") for one used twice.

    >>> read_order({"choice-7": "2", "choice-9": "1", "choice-4": "", "signature": "x"})
    [9, 7]
    """
    chosen = [
        (int(value), int(name.removeprefix("choice-")))
        for name, value in posted.items()
        if name.startswith("choice-") and name[7:].isdecimal() and value.isdecimal()
    ]
    if len({number for number, _slot in chosen}) != len(chosen):
        raise DomainError("order")
    return [slot for _number, slot in sorted(chosen)]


def _said(error: DomainError) -> str:
    if error.reason == "order":
        return _("Two places have the same number. Give each its own, or none.")
    if error.reason == "signature":
        name = error.details["name"]
        return _("Type your name as it stands in your account: %(name)s", name=name)
    if error.reason == "wrong_phase":
        return _("The window to choose has closed. Nothing was saved.")
    return sentence(error)
