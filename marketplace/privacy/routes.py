"""A person takes along everything held about them, after giving the password once more."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_login import current_user
from flask_security import verify_password
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import PasswordField
from wtforms.validators import DataRequired

from marketplace import access, clock
from marketplace.db import transaction
from marketplace.privacy import export

bp = Blueprint("privacy", __name__, url_prefix="/account/data")


class AgainForm(FlaskForm):
    """The password, once more."""

    password = PasswordField(
        lazy_gettext("Your password"), validators=[DataRequired(lazy_gettext("Enter your password"))]
    )


@bp.route("", methods=["GET", "POST"])
@access.signed_in
def mine() -> str | Response | tuple[str, int]:
    """Say what is in the file; the password opens it."""
    form = AgainForm()
    if form.validate_on_submit():
        if current_user.password and verify_password(form.password.data or "", current_user.password):
            return _file()
        form.password.errors = [_("This is not your password")]
    page = render_template("privacy/mine.html", form=form)
    return (page, 422) if form.errors else page


def _file() -> Response:
    with transaction():
        text = export.export(access.require_actor(), now=clock.now())
    response = Response(text, mimetype="application/json")
    response.headers["Content-Disposition"] = "attachment; filename=practicum-match-my-data.json"
    return response
