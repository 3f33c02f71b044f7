"""The consent that makes an application."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import BooleanField, StringField
from wtforms.validators import DataRequired, Length


class ApplyForm(FlaskForm):
    """A signature under the consent text."""

    agree = BooleanField(
        _("I have read this and agree"), validators=[DataRequired(_("Tick the box if you agree"))]
    )
    signature = StringField(
        _("Sign with your full name"),
        validators=[DataRequired(_("Type your name as your signature")), Length(max=120)],
    )
