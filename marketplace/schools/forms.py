"""Forms of a school and its programmes."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import DateField, IntegerField, SelectField, SelectMultipleField, StringField
from wtforms.validators import DataRequired, Email, InputRequired, Length, NumberRange, Optional

from marketplace import vocabulary
from marketplace.us_states import STATES
from marketplace.vocabulary import ADJACENT_FIELDS, Level, Modality


class ProgrammeForm(FlaskForm):
    """A programme and the practicum hours it asks for."""

    school = SelectField(_("School"), coerce=int)
    name = StringField(_("Name"), validators=[DataRequired(_("Give the programme's name")), Length(max=160)])
    level = SelectField(_("Level"))
    field = SelectField(_("Field of study"))
    required_hours = IntegerField(
        _("Practicum hours"),
        validators=[
            InputRequired(_("Give the hours")),
            NumberRange(1, 2000, message=_("Hours must be between 1 and 2000")),
        ],
    )

    def offer(self, schools: list[tuple[int, str]]) -> None:
        """Fill in the choices."""
        self.school.choices = schools
        self.level.choices = vocabulary.enum_choices(Level)
        kept = [self.field.data] if self.field.data else []
        self.field.choices = [("", str(_("Health information"))), *ADJACENT_FIELDS.choices(kept)]


class CourseForm(FlaskForm):
    """A course of a programme with the practicum it asks for."""

    name = StringField(_("Name"), validators=[DataRequired(_("Give the course's name")), Length(max=160)])
    hours = IntegerField(
        _("Practicum hours"),
        validators=[
            InputRequired(_("Give the hours")),
            NumberRange(1, 2000, message=_("Hours must be between 1 and 2000")),
        ],
    )
    modalities = SelectMultipleField(_("Work may happen"), validators=[Optional()])
    starts_on = DateField(_("First day of the term"), validators=[Optional()])
    ends_on = DateField(_("Last day of the term"), validators=[Optional()])

    def offer(self) -> CourseForm:
        """Fill in the choices."""
        self.modalities.choices = vocabulary.enum_choices(Modality)
        return self


class SchoolForm(FlaskForm):
    """A school and, where known, its first coordinator."""

    name = StringField(_("Name"), validators=[DataRequired(_("Give the school's name")), Length(max=160)])
    city = StringField(_("City"), validators=[Optional(), Length(max=80)])
    state = SelectField(_("State"))
    email = StringField(
        _("First coordinator's e-mail"),
        validators=[Optional(), Email(_("This is not an e-mail address"))],
    )

    def offer(self) -> None:
        """Fill in the choices."""
        self.state.choices = [("", str(_("Not given"))), *STATES.items()]
