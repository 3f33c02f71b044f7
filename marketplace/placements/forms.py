"""What people type about placements: a reason, an answer that was told to a coordinator."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import RadioField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length


class ReasonForm(FlaskForm):
    """Why."""

    reason = TextAreaField(_("Reason"), validators=[DataRequired(_("Say why")), Length(max=500)])


class RecordForm(FlaskForm):
    """What one side told the coordinator."""

    said = RadioField(_("They said"), validators=[DataRequired(_("Choose what they said"))])
    reason = StringField(
        _("How you know"),
        validators=[DataRequired(_("Say how you know, or why they declined")), Length(max=300)],
    )
