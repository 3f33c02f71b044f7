"""What is typed to propose a site or a school, and to answer."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import BooleanField, StringField, TextAreaField
from wtforms.validators import DataRequired, Email, Length, Optional


class SiteProposalForm(FlaskForm):
    """A site that might host."""

    name = StringField(
        _("Name of the place"), validators=[DataRequired(_("Name the place")), Length(max=160)]
    )
    place = StringField(
        _("City and state"), validators=[DataRequired(_("Say in which city")), Length(max=120)]
    )
    employer = BooleanField(_("I work there"))
    words = TextAreaField(
        _("Who could be asked, and why there?"),
        validators=[Optional(), Length(max=600, message=_("Use at most 600 characters"))],
    )


class SchoolProposalForm(FlaskForm):
    """A school that should be here."""

    name = StringField(_("Your school"), validators=[DataRequired(_("Name your school")), Length(max=160)])
    place = StringField(_("City and state"), validators=[Optional(), Length(max=120)])
    words = TextAreaField(
        _("Your programme, and who runs it"),
        validators=[Optional(), Length(max=600, message=_("Use at most 600 characters"))],
    )
    email = StringField(
        _("Your e-mail address"),
        validators=[Optional(), Email(_("This is not an e-mail address")), Length(max=254)],
    )


class AnswerForm(FlaskForm):
    """What became of it."""

    answer = TextAreaField(
        _("What you do about it"),
        validators=[
            DataRequired(_("Say what you do about it")),
            Length(max=600, message=_("Use at most 600 characters")),
        ],
    )
