"""The blueprint that the pages behind links share, and the page of a link that doesn't work."""

from __future__ import annotations

from flask import Blueprint, render_template

from marketplace.guests import doors

bp = Blueprint("guests", __name__)


@bp.errorhandler(doors.Shut)
def shut(error: doors.Shut) -> tuple[str, int]:
    """Say that the link doesn't work, and offer a new one to the address it was sent to."""
    link = error.token.link if error.token is not None and error.token.link.revoked_at is None else None
    page = render_template(
        "guests/shut.html", secret=error.secret, masked=doors.masked(link) if link else None
    )
    return page, 410
