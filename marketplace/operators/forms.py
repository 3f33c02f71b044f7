"""The operator's forms beyond those of schools."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import DataRequired, Email, Length, Optional


class CoordinatorForm(FlaskForm):
    """Who should coordinate a school."""

    email = StringField(
        _("E-mail address"),
        validators=[DataRequired(_("Give an e-mail address")), Email(_("This is not an e-mail address"))],
    )


class ReturnedForm(FlaskForm):
    """An address that returned a mail after it was sent."""

    email = StringField(
        _("Address that returned mail"),
        validators=[DataRequired(_("Give an e-mail address")), Email(_("This is not an e-mail address"))],
    )
    reason = StringField(_("What it said"), validators=[Optional(), Length(max=300)])
