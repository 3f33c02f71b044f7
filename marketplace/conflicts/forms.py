"""Forms of conflicts of interest."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import RadioField, SelectField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

from marketplace.conflicts.models import Cause
from marketplace.conflicts.words import cause_label
from marketplace.facilities.models import Facility

_CHOOSE = [InputRequired(), NumberRange(1, message=_("Choose a facility"))]
_LONG = Length(max=500, message=_("Use at most 500 characters"))


class ExcludeForm(FlaskForm):
    """A student names a facility where they can't be placed."""

    facility = SelectField(_("Facility"), coerce=int, validators=_CHOOSE)
    cause = RadioField(_("Why"), default=Cause.RELATIVE.value)
    words = TextAreaField(_("In your words"), validators=[Optional(), _LONG])

    def offer(self, facilities: Sequence[Facility]) -> ExcludeForm:
        """Fill in the choices."""
        self.facility.choices = [(0, gettext("Choose one")), *((f.id, f.name) for f in facilities)]
        self.cause.choices = [(cause.value, cause_label(cause)) for cause in Cause]
        return self


class FacilityExcludeForm(FlaskForm):
    """A contact says why a student must not be placed at their facility."""

    cause = RadioField(_("What kind of conflict"), default=Cause.RELATIVE.value)
    words = TextAreaField(
        _("What the coordinator should know"),
        validators=[DataRequired(_("Say in a sentence what the conflict is")), _LONG],
    )

    def offer(self) -> FacilityExcludeForm:
        """Fill in the choices."""
        self.cause.choices = [(cause.value, cause_label(cause)) for cause in Cause]
        return self


class EmployerForm(FlaskForm):
    """A student says where they work."""

    facility = SelectField(_("Facility you work for"), coerce=int, validators=_CHOOSE)
    differs = TextAreaField(
        _("How the practicum's project differs from your job"),
        validators=[Optional(), Length(max=1000, message=_("Use at most 1000 characters"))],
    )

    def offer(self, facilities: Sequence[Facility]) -> EmployerForm:
        """Fill in the choices."""
        self.facility.choices = [(0, gettext("Choose one")), *((f.id, f.name) for f in facilities)]
        return self
