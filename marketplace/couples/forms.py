"""The address of the partner that a student asks."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import DataRequired, Email, Length


class InviteForm(FlaskForm):
    """Whom to ask."""

    email = StringField(
        _("Your partner's e-mail address"),
        validators=[
            DataRequired(_("Give your partner's e-mail address")),
            Length(max=254),
            Email(_("This is not an e-mail address")),
        ],
    )
