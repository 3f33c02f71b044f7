"""What every page shows around its content: the navigation of the person's roles, and who they are."""

from __future__ import annotations

from typing import Any

from flask import Flask, current_app, request, url_for
from flask_babel import gettext as _

from marketplace.access import Actor, current_actor
from marketplace.accounts.models import Role
from marketplace.rounds.phases import Phase

Item = tuple[str, str, bool]


def role_label(role: Role) -> str:
    """A role's name for people."""
    return {
        Role.STUDENT: _("Student"),
        Role.FACILITY_CONTACT: _("Facility contact"),
        Role.COORDINATOR: _("Coordinator"),
        Role.OPERATOR: _("Operator"),
    }[role]


def phase_label(phase: Phase) -> str:
    """Where a round stands, for people."""
    return {
        Phase.DRAFT: _("Draft"),
        Phase.RECRUITING: _("Sites are posting slots"),
        Phase.APPLYING: _("Students are applying"),
        Phase.RANKING: _("Everyone is ranking"),
        Phase.LOCKED: _("Lists are closed; the match runs next"),
        Phase.COMPUTED: _("The result waits for your review"),
        Phase.RELEASED: _("Results are out"),
        Phase.CLEARING: _("Clearing"),
        Phase.CLOSED: _("Closed"),
        Phase.ARCHIVED: _("Archived"),
        Phase.CANCELLED: _("Cancelled"),
    }[phase]


def items(actor: Actor | None) -> list[tuple[str, str]]:
    """(endpoint, label) of the pages in the main navigation, for the person's roles."""
    found = [("home.start", _("Home"))]
    if actor is None or actor.has(Role.STUDENT):
        found.append(("slots.search", _("Find slots")))
    if actor is not None and actor.has(Role.STUDENT):
        found += [("applications.mine", _("My applications")), ("students.profile", _("My profile"))]
    if actor is not None and actor.has(Role.FACILITY_CONTACT):
        found.append(("facilities.mine", _("Our slots")))
    if actor is not None and (actor.has(Role.FACILITY_CONTACT) or actor.has(Role.COORDINATOR)):
        found.append(("guests.sent_links", _("Ask to host")))
    if actor is not None and actor.has(Role.COORDINATOR):
        found += [
            ("rounds.index", _("Rounds")),
            ("schools.people", _("Students")),
            ("gaps.board", _("Agreements")),
        ]
    if actor is not None and actor.has(Role.OPERATOR):
        found.append(("operators.overview", _("Operator")))
    if actor is not None and (actor.has(Role.STUDENT) or actor.facilities):
        found.append(("messages.index", _("Messages")))
    found.append(("directory.facilities", _("Directory")))
    return found


def _nav(actor: Actor | None) -> list[Item]:
    rules = {rule.endpoint for rule in current_app.url_map.iter_rules()}
    return [
        (url_for(endpoint), text, endpoint == request.endpoint)
        for endpoint, text in items(actor)
        if endpoint in rules
    ]


def _viewer(actor: Actor | None) -> dict[str, Any] | None:
    if actor is None:
        return None
    roles = list(dict.fromkeys(role for role, _, _ in actor.scopes))
    return {
        "name": actor.name,
        "role_label": ", ".join(role_label(role) for role in roles),
        "initials": actor.name[:1].upper(),
        "sign_out_url": url_for("security.logout"),
        "links": [
            (url_for("alerts.mine"), _("My saved searches")),
            (url_for("accounts.mine"), _("My account")),
        ],
    }


def _context() -> dict[str, Any]:
    if request.endpoint is None:  # a page that doesn't exist still has its frame
        return {"nav": [], "viewer": None}
    actor = current_actor()
    return {
        "nav": _nav(actor),
        "viewer": _viewer(actor),
        "actor": actor,
        "sign_in_url": url_for("security.login"),
        "footer_links": _footer(),
    }


def _footer() -> list[tuple[str, str]]:
    return [
        (url_for("home.matching"), _("How matching works")),
        (url_for("home.help_"), _("Help")),
        (url_for("home.privacy"), _("Privacy")),
        (url_for("home.accessibility"), _("Accessibility")),
        (url_for("reports.new"), _("Report a problem")),
    ]


def init_app(app: Flask) -> None:
    """Give every template its navigation."""
    app.context_processor(_context)
    app.jinja_env.globals["role_label"] = role_label
    app.jinja_env.globals["phase_label"] = phase_label
