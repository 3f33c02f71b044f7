"""The form that hands out an auditors' bundle."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import DataRequired, Length


class AuditorForm(FlaskForm):
    """Who gets the bundle, and what for."""

    auditor = StringField(
        _("Who gets it"),
        validators=[DataRequired(_("Name the person and who they work for")), Length(max=200)],
    )
    purpose = StringField(
        _("What for"), validators=[DataRequired(_("Say what it is needed for")), Length(max=300)]
    )
