"""Find slots, look at one, keep some on a shortlist. Public, but for the shortlist."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from marketplace import access, clock
from marketplace.access import Actor
from marketplace.accounts.models import Role
from marketplace.db import transaction
from marketplace.paging import page_number
from marketplace.slots import queries, shortlists
from marketplace.slots.models import Slot
from marketplace.slots.queries import Sort
from marketplace.slots.search_form import NAMES, SearchForm
from marketplace.students import queries as students
from marketplace.students.models import Student
from marketplace.vocabulary import TASK_AREAS, ContactPolicy, Modality, Pay, SlotKind, Vocabulary, label

bp = Blueprint("slots", __name__)


@bp.get("/slots")
@access.public
def search() -> str:
    """Search posted slots."""
    mine = _profiles(access.current_actor())
    typed = request.args.copy()
    typed.pop("page", None)
    home = next((student.home_zip for student in mine if student.home_zip), "")
    order = Sort.NEAREST if home else Sort.SOONEST
    form = SearchForm(typed, zip=home, within="", remote_too=True, sort=order.value)
    form.validate()
    number = page_number(request.args.get("page"))
    origin = students.home_of(mine) if "zip" not in typed else form.origin
    found = queries.search(form.filters(), page=number, origin=origin, today=clock.now().date())
    kept = queries.shortlisted_ids([s.id for s in mine], [each.slot.id for each in found.items])
    return render_template(
        "slots/search.html",
        form=form,
        found=found,
        kept=kept,
        chips_on=[(words, _without(typed, name, value)) for name, value, words in form.in_force()],
        page_url=url_for("slots.search", **_arguments(typed), page="PAGE"),
        tags=_tags([each.slot for each in found.items]),
        is_student=bool(mine),
        here=request.full_path,
    )


@bp.get("/slots/<int:slot_id>")
@access.public
def detail(slot_id: int) -> str:
    """One slot."""
    slot = queries.get_public_slot(slot_id)
    mine = _profiles(access.current_actor())
    return render_template(
        "slots/detail.html",
        slot=slot,
        labels=_labels,
        contact=_contact(slot.contact_policy),
        miles=queries.miles_from(slot, students.home_of(mine)),
        kept=queries.shortlisted_ids([s.id for s in mine], [slot_id]),
        is_student=bool(mine),
    )


@bp.get("/shortlist")
@access.requires(Role.STUDENT)
def shortlist() -> str:
    """The slots the student keeps in view."""
    mine = _profiles(access.require_actor())
    found = queries.shortlist([s.id for s in mine], origin=students.home_of(mine))
    return render_template("slots/shortlist.html", found=found, is_public=queries.is_public)


@bp.post("/shortlist/<int:slot_id>/add")
@access.requires(Role.STUDENT)
def add(slot_id: int) -> Response:
    """Put a slot on the shortlist."""
    with transaction():
        shortlists.add(access.require_actor(), slot_id, now=clock.now())
    flash(_("The slot is on your shortlist. Nobody else sees it."), "good")
    return redirect(_back(slot_id))


@bp.post("/shortlist/<int:slot_id>/remove")
@access.requires(Role.STUDENT)
def remove(slot_id: int) -> Response:
    """Take a slot off the shortlist."""
    with transaction():
        shortlists.remove(access.require_actor(), slot_id)
    flash(_("The slot is off your shortlist."), "info")
    return redirect(_back(slot_id))


def _labels(entries: Vocabulary, codes: list[str]) -> list[str]:
    return [entries.label(code) for code in codes]


def _tags(slots: list[Slot]) -> dict[int, list[str]]:
    """The words under each slot in the results; every label is looked up once."""
    names = {code: TASK_AREAS.label(code) for code in {code for slot in slots for code in slot.task_areas}}
    kinds = {each: label(each) for each in (*Modality, *Pay)}
    shapes = {each: [] if each is SlotKind.TERM else [label(each)] for each in SlotKind}
    return {
        slot.id: shapes[slot.kind]
        + [kinds[slot.modality], kinds[slot.pay]]
        + ([slot.ehr] if slot.ehr else [])
        + [names[code] for code in slot.task_areas]
        for slot in slots
    }


def _contact(policy: ContactPolicy) -> str:
    return {
        ContactPolicy.OPEN: _("This facility takes questions from students. Ask through your coordinator."),
        ContactPolicy.COORDINATOR: _("Please don't write or call. Your coordinator asks for you."),
        ContactPolicy.AFTER_MATCH: _("Please don't write or call before the match. Afterwards you meet."),
    }[policy]


def _profiles(actor: Actor | None) -> list[Student]:
    if actor is None or not actor.has(Role.STUDENT):
        return []
    return students.for_user(actor.user_id)


def _back(slot_id: int) -> str:
    """Where the button was pressed, when that is a page of ours."""
    target = request.form.get("back", "")
    ours = [url_for("slots.search"), url_for("slots.shortlist")]
    known = any(target == each or target.startswith(f"{each}?") for each in ours)
    return target if known else url_for("slots.detail", slot_id=slot_id)


def _without(typed: MultiDict[str, str], name: str, value: str) -> str:
    """The search's address without one filter."""
    left = [(key, each) for key, each in typed.items(multi=True) if (key, each) != (name, value)]
    return url_for("slots.search", **(_arguments(MultiDict(left)) or {"q": ""}))


def _arguments(typed: MultiDict[str, str]) -> dict[str, Any]:
    given = typed.to_dict(flat=False).items()
    return {name: values for name, values in given if name in NAMES and any(values)}
