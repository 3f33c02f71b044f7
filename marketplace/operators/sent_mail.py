"""The demonstration's mailbox: everyone's mail on one page. Exists only where DEMO is set."""

from __future__ import annotations

import re

import sqlalchemy as sa
from flask import Blueprint, abort, current_app, render_template, request

from marketplace import access
from marketplace.db import db
from marketplace.errors import NotFound
from marketplace.mail.models import OutboxMessage
from marketplace.paging import Page, page_number

bp = Blueprint("mail", __name__, url_prefix="/mail")
PAGE_SIZE = 50


@bp.before_request
def _only_in_the_demonstration() -> None:
    if not current_app.config["DEMO"]:
        abort(404)


@bp.get("")
@access.public
def sent() -> str:
    """All mail, newest first."""
    number = page_number(request.args.get("page"))
    total = db.session.execute(sa.select(sa.func.count(OutboxMessage.id))).scalar_one()
    query = (
        sa.select(OutboxMessage)
        .order_by(OutboxMessage.id.desc())
        .limit(PAGE_SIZE)
        .offset((number - 1) * PAGE_SIZE)
    )
    page = Page(list(db.session.scalars(query)), number, PAGE_SIZE, total)
    return render_template("operators/sent_mail.html", page=page)


@bp.get("/<int:message_id>")
@access.public
def message(message_id: int) -> str:
    """One message, its links clickable."""
    found = db.session.get(OutboxMessage, message_id)
    if found is None:
        raise NotFound("message")
    return render_template("operators/sent_message.html", message=found, pieces=_pieces(found.body))


def _pieces(body: str) -> list[tuple[str, str | None]]:
    """The body as (text, address or None); addresses of this site are made local."""
    site = str(current_app.config["PUBLIC_URL"])
    pieces = re.split(r"(https?://\S+)", body)
    return [(piece, piece.removeprefix(site) if number % 2 else None) for number, piece in enumerate(pieces)]
