"""Forms of appeals."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import BooleanField, IntegerField, RadioField, SelectField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

from marketplace.appeals.models import Correction, Ground, Outcome, Remedy
from marketplace.appeals.words import correction_label, ground_label, outcome_label, remedy_label

_LONG = Length(max=2000, message=_("Use at most 2000 characters"))
Choices = Sequence[tuple[int, str]]


class AppealForm(FlaskForm):
    """What a student appeals against, and why."""

    ground = RadioField(_("What went wrong?"), validators=[InputRequired(_("Choose what went wrong"))])
    words = TextAreaField(
        _("In your words"), validators=[DataRequired(_("Say what happened, and how you know")), _LONG]
    )

    def offer(self) -> AppealForm:
        """Fill in the choices."""
        self.ground.choices = [(ground.value, ground_label(ground)) for ground in Ground]
        return self


class TrialForm(FlaskForm):
    """One correction of the sealed input. Only the fields of the chosen one are read."""

    correction = RadioField(_("What to correct"), validators=[InputRequired(_("Choose what to correct"))])
    student = SelectField(_("Student of the pair"), coerce=int)
    slot = SelectField(_("Slot"), coerce=int)
    rank_list = SelectField(_("List that should have counted"), coerce=int)
    capacity = IntegerField(
        _("Places it should have had"),
        validators=[Optional(), NumberRange(0, 200, message=_("Between 0 and 200"))],
    )

    def offer(self, students: Choices, slots: Choices, lists: Choices) -> TrialForm:
        """Fill in the choices."""
        none = (0, gettext("Choose one"))
        self.correction.choices = [(each.value, correction_label(each)) for each in Correction]
        self.student.choices, self.slot.choices = list(students), [none, *slots]
        self.rank_list.choices = [none, *lists]
        return self


class DecisionForm(FlaskForm):
    """A coordinator's decision, with the reason that the student reads."""

    outcome = RadioField(_("Decision"), validators=[InputRequired(_("Choose a decision"))])
    reason = TextAreaField(
        _("Reason, for the student to read"),
        validators=[DataRequired(_("Give the reason: the student reads it")), _LONG],
    )
    remedy = RadioField(_("What follows, if it is upheld"), validators=[Optional()])
    slot = SelectField(_("Slot of the extra place"), coerce=int)
    agreed = BooleanField(_("The facility agreed to one more student"))

    def offer(self, slots: Choices) -> DecisionForm:
        """Fill in the choices."""
        self.outcome.choices = [(each.value, outcome_label(each)) for each in Outcome]
        self.remedy.choices = [(each.value, remedy_label(each)) for each in Remedy]
        self.slot.choices = [(0, gettext("Choose one")), *slots]
        return self
