"""A search of slots as a map: the same filters, the same slots, counted by state."""

from __future__ import annotations

from functools import partial

from flask import Blueprint, render_template, request, url_for

from marketplace import access, clock
from marketplace.directory import maps
from marketplace.slots import by_state
from marketplace.slots.filter_fields import drawn
from marketplace.slots.routes import kept, profiles, search_form, without
from marketplace.slots.search_form import canonical

bp = Blueprint("slot_map", __name__)


@bp.get("/slots/map")
@access.public
def show() -> str:
    """Where the slots of a search are; each state leads to its slots in the list."""
    typed = canonical(request.args)
    form = search_form(typed, profiles(access.current_actor()))
    found = by_state.count(form.filters(), origin=form.origin, today=clock.now().date())
    areas = maps.areas(found.counts)
    urls = {
        area.code: url_for("slots.search", **kept({**typed, "state": [area.code]}))
        for area in areas
        if area.count
    }
    return render_template(
        "slots/map.html",
        form=form,
        drawn=partial(drawn, form),
        found=found,
        areas=areas,
        urls=urls,
        shades=maps.SHADES,
        chips_on=[
            (words, without(typed, name, value, "slot_map.show")) for name, value, words in form.in_force()
        ],
        list_url=url_for("slots.search", **kept(typed)),
        map_url=url_for("slot_map.show", **kept(typed)),
    )
