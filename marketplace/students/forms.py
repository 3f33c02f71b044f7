"""Forms of students: the profile and the request to join."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from marketplace.schools.models import Course
from marketplace.students.models import Student
from marketplace.students.services import FIELDS
from marketplace.vocabulary import CREDENTIALS, SKILLS


class Checkboxes(SelectMultipleField):
    """Several choices, each a checkbox."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class ProfileForm(FlaskForm):
    """A student's profile. Everything may be saved half done; the checklist says what is missing."""

    home_zip = StringField(_("Home ZIP code"), validators=[Optional(), Length(max=10)])
    travel_limit = IntegerField(
        _("How far you can travel"),
        validators=[
            InputRequired(_("Enter a number of miles, 0 if you can't travel")),
            NumberRange(0, 500, _("Enter a number of miles between 0 and 500")),
        ],
    )
    remote_ok = BooleanField(_("I am open to remote work"))
    available_from = DateField(_("Available from"), validators=[Optional()])
    available_until = DateField(_("Available until"), validators=[Optional()])
    weekly_hours = IntegerField(
        _("Hours a week"),
        validators=[Optional(), NumberRange(1, 60, _("Enter a number of hours between 1 and 60"))],
    )
    course = SelectField(_("Course you take"), coerce=int)
    credentials = Checkboxes(_("Credentials you hold"), validators=[Optional()])
    skills = Checkboxes(_("Skills"), validators=[Optional()])
    career_changer = BooleanField(_("I change careers"))
    displaced_worker = BooleanField(_("I lost my job, or it is ending"))
    share_background = BooleanField(_("Facilities I apply to may see this"))
    experience = TextAreaField(
        _("Experience"),
        validators=[Optional(), Length(max=1500, message=_("Use at most 1500 characters"))],
    )
    statement = TextAreaField(
        _("Statement"), validators=[Optional(), Length(max=1500, message=_("Use at most 1500 characters"))]
    )

    def offer(self, student: Student, courses: Sequence[Course]) -> ProfileForm:
        """Fill the choices; entries retired since stay for whoever chose them. One course is no choice."""
        self.course.choices = [(0, str(_("I don't know yet"))), *((each.id, each.name) for each in courses)]
        if len(courses) < 2:
            del self.course
        self.credentials.choices = CREDENTIALS.choices(student.credentials)
        self.skills.choices = SKILLS.choices(student.skills)
        return self

    def fields(self) -> dict[str, Any]:
        """What was entered, by the profile's own names."""
        given = {name: self[name].data for name in FIELDS}
        for name in ("home_zip", "experience", "statement"):
            given[name] = (given[name] or "").strip()
        return {**given, "credentials": given["credentials"] or [], "skills": given["skills"] or []}


class JoinForm(FlaskForm):
    """The school and programme a person asks to be taken into."""

    programme = SelectField(
        _("Your school and programme"),
        coerce=str,
        validators=[InputRequired(_("Choose your school and programme"))],
    )
