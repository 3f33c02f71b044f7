"""Find slots, look at one, keep some on a shortlist. Public, but for the shortlist."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from marketplace import access, clock
from marketplace.access import Actor
from marketplace.accounts.models import Role
from marketplace.db import transaction
from marketplace.entries import Vocabulary
from marketplace.paging import page_number
from marketplace.slots import finding, queries, reality, shortlists
from marketplace.slots.cards import cards
from marketplace.slots.filter_fields import drawn
from marketplace.slots.search_form import ANYWHERE, SearchForm, address_of, canonical
from marketplace.students import queries as students
from marketplace.students.models import Student
from marketplace.vocabulary import ContactPolicy

bp = Blueprint("slots", __name__)


@bp.get("/slots")
@access.public
def search() -> str:
    """Search posted slots."""
    typed = canonical(request.args)
    mine = profiles(access.current_actor())
    form = search_form(typed, mine)
    number = page_number(request.args.get("page"))
    found = finding.search(
        form.filters(),
        page=number,
        origin=form.origin,
        today=clock.now().date(),
        students=tuple(student.id for student in mine),
    )
    return render_template(
        "slots/search.html",
        form=form,
        drawn=partial(drawn, form),
        found=found,
        cards=cards(found.items),
        chips_on=[(words, without(typed, name, value)) for name, value, words in form.in_force()],
        page_url=url_for("slots.search", **kept(typed), page="PAGE"),
        list_url=url_for("slots.search", **kept(typed)),
        map_url=url_for("slot_map.show", **kept(typed)),
        is_student=bool(mine),
        here=request.full_path,
        address=address_of(typed),
        shortlist_url=url_for("slots.add", slot_id=0).removesuffix("0/add"),
    )


@bp.get("/slots/<int:slot_id>")
@access.public
def detail(slot_id: int) -> str:
    """One slot."""
    slot = queries.get_public_slot(slot_id)
    mine = profiles(access.current_actor())
    approved = next((student for student in mine if student.approved_at is not None), None)
    return render_template(
        "slots/detail.html",
        slot=slot,
        reality=reality.of(slot, approved, clock.now().date()) if approved else None,
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
    mine = profiles(access.require_actor())
    found = queries.shortlist([s.id for s in mine], origin=students.home_of(mine))
    return render_template(
        "slots/shortlist.html", cards=cards(found), public=queries.public_ids([hit.id for hit in found])
    )


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


def _contact(policy: ContactPolicy) -> str:
    return {
        ContactPolicy.OPEN: _("This facility takes questions from students, through this site."),
        ContactPolicy.COORDINATOR: _(
            "Please don't call or write mail. Ask here; your coordinator forwards it."
        ),
        ContactPolicy.AFTER_MATCH: _("Please don't write or call before the match. Afterwards you meet."),
    }[policy]


def profiles(actor: Actor | None) -> list[Student]:
    """The profiles of a person who looks as a student; none for everyone else."""
    if actor is None or not actor.has(Role.STUDENT):
        return []
    return students.for_user(actor.user_id)


def _back(slot_id: int) -> str:
    """Where the button was pressed, when that is a page of ours."""
    target = request.form.get("back", "")
    ours = [url_for("slots.search"), url_for("slots.shortlist")]
    known = any(target == each or target.startswith(f"{each}?") for each in ours)
    return target if known else url_for("slots.detail", slot_id=slot_id)


def search_form(typed: dict[str, list[str]], mine: list[Student]) -> SearchForm:
    """The validated form of an address; a student's starts from home where nothing was asked."""
    home = "" if typed or "q" in request.args else next((s.home_zip for s in mine if s.home_zip), "")
    arguments = MultiDict([(name, value) for name, values in typed.items() for value in values])
    form = SearchForm(arguments, zip=home, within=ANYWHERE if home else "50", remote_too=True)
    form.validate()
    if home:
        form.origin = students.home_of(mine)
    return form


def without(typed: dict[str, list[str]], name: str, value: str, endpoint: str = "slots.search") -> str:
    """The search's address without one filter."""
    left = {key: [each for each in values if (key, each) != (name, value)] for key, values in typed.items()}
    return url_for(endpoint, **kept({key: values for key, values in left.items() if values}))


def kept(typed: dict[str, list[str]]) -> dict[str, Any]:
    """The arguments of an address; an empty word says that nothing is wanted, not even what is near home."""
    return dict(typed) if typed else {"q": ""}
