"""The start page: for a visitor what this is, for each role what to do next."""

from __future__ import annotations

from flask import Blueprint, render_template

from marketplace import access

bp = Blueprint("home", __name__)


@bp.get("/")
@access.public
def start() -> str:
    """The visitor's start page or the person's home."""
    return render_template("home/start.html")


@bp.get("/healthz")
@access.public
def health() -> tuple[str, dict[str, str]]:
    """Whether the process answers."""
    return "ok\n", {"Content-Type": "text/plain"}
