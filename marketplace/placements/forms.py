"""What people type about placements: a reason, an answer that was told to a coordinator."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import IntegerField, RadioField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange


class ReasonForm(FlaskForm):
    """Why."""

    reason = TextAreaField(_("Reason"), validators=[DataRequired(_("Say why")), Length(max=500)])


class FewerForm(ReasonForm):
    """How many places would be left."""

    places = IntegerField(
        _("Places that would be left"),
        validators=[InputRequired(_("Say how many places would be left")), NumberRange(0, 200)],
    )


class DecideForm(FlaskForm):
    """A coordinator's decision on a request."""

    decision = RadioField(_("Decision"), validators=[DataRequired(_("Choose yes or no"))])
    reason = TextAreaField(
        _("Reason"), validators=[DataRequired(_("Say why: whoever asked reads it")), Length(max=500)]
    )


class OpenForm(FlaskForm):
    """How long students can choose."""

    days = IntegerField(
        _("Days to choose"), validators=[InputRequired(_("Say how many days")), NumberRange(1, 14)]
    )


class RecordForm(FlaskForm):
    """What one side told the coordinator."""

    said = RadioField(_("They said"), validators=[DataRequired(_("Choose what they said"))])
    reason = StringField(
        _("How you know"),
        validators=[DataRequired(_("Say how you know, or why they declined")), Length(max=300)],
    )
