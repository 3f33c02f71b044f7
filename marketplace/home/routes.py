"""The start page: for a visitor what this is, for each role what to do next. And the pages that explain."""

from __future__ import annotations

from flask import Blueprint, current_app, render_template

from marketplace import access, clock, todo
from marketplace.accounts.models import Role
from marketplace.home.navigation import role_label
from marketplace.home.under_way import rounds_under_way
from marketplace.students import queries as students

bp = Blueprint("home", __name__)


@bp.get("/")
@access.public
def start() -> str:
    """The visitor's start page or the person's home."""
    actor = access.current_actor()
    if actor is None:
        offered = (current_app.config["DEMO"] and current_app.config["DEMO_SIGN_INS"]) or ()
        notes = current_app.config["DEMO_NOTES"]
        sign_ins = [(role_label(Role(role)), email, pw, notes.get(email)) for role, email, pw in offered]
        directory = "directory.facilities" in current_app.view_functions
        return render_template("home/start.html", sign_ins=sign_ins, directory=directory)
    now = clock.now()
    items = todo.items_for(actor, now)
    newcomer = not actor.scopes and not students.for_user(actor.user_id)
    return render_template(
        "home/home.html",
        items=todo.rows(items),
        newcomer=newcomer,
        under_way=rounds_under_way(actor, now),
        roles=[role for role in Role if actor.has(role)],
        can_register_facility="facilities.new" in current_app.view_functions,
    )


@bp.get("/how-matching-works")
@access.public
def matching() -> str:
    """How lists become placements, and what that means for how to rank."""
    return render_template("home/matching.html")


@bp.get("/help")
@access.public
def help_() -> str:
    """Answers for each role."""
    return render_template("home/help.html")


@bp.get("/privacy")
@access.public
def privacy() -> str:
    """What is kept, who sees it, and what is never asked."""
    return render_template("home/privacy.html")


@bp.get("/accessibility")
@access.public
def accessibility() -> str:
    """What the pages promise to everyone."""
    return render_template("home/accessibility.html")


@bp.get("/healthz")
@access.public
def health() -> tuple[str, dict[str, str]]:
    """Whether the process answers."""
    return "ok\n", {"Content-Type": "text/plain"}
