"""The public directory. A listing never looks like a host: the two stand apart and say what they are."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, request, url_for

from marketplace import access
from marketplace.directory import maps, queries
from marketplace.directory.queries import Wanted
from marketplace.facilities.models import Facility
from marketplace.paging import page_number
from marketplace.us_states import STATES

bp = Blueprint("directory", __name__, url_prefix="/directory")


@bp.get("/facilities")
@access.public
def facilities() -> str:
    """Facilities that host now, and public listings."""
    wanted = _wanted()
    typed: dict[str, Any] = {"name": wanted.name, "state": wanted.state}
    return render_template(
        "directory/facilities.html",
        wanted=wanted,
        states=STATES,
        places=_places,
        hosts=queries.hosting(wanted, page=page_number(request.args.get("hosts"))),
        listed=queries.listed(wanted, page=page_number(request.args.get("page"))),
        hosts_url=url_for("directory.facilities", **typed, hosts="PAGE", _anchor="hosting"),
        listed_url=url_for("directory.facilities", **typed, page="PAGE", _anchor="listed"),
    )


@bp.get("/map")
@access.public
def map_() -> str:
    """Where facilities host now: a map of the states, and the same as a list."""
    areas = maps.areas(queries.hosts_by_state())
    return render_template(
        "directory/map.html", areas=areas, some=[area for area in areas if area.count], shades=maps.SHADES
    )


@bp.get("/programmes")
@access.public
def programmes() -> str:
    """Which schools teach this, as their own pages say."""
    wanted = _wanted()
    typed: dict[str, Any] = {"name": wanted.name, "state": wanted.state, "level": wanted.level}
    return render_template(
        "directory/programmes.html",
        wanted=wanted,
        states=STATES,
        levels=queries.programme_levels(),
        found=queries.programmes(wanted, page=page_number(request.args.get("page"))),
        page_url=url_for("directory.programmes", **typed, page="PAGE"),
    )


def _wanted() -> Wanted:
    given = {name: request.args.get(name, "").strip()[:100] for name in ("name", "state", "level")}
    given["state"] = given["state"].upper() if given["state"].upper() in STATES else ""
    return Wanted(**given)


def _places(facility: Facility) -> str:
    return "; ".join(dict.fromkeys(f"{site.city}, {site.state}" for site in facility.sites))
