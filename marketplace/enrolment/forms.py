"""Forms of a coordinator's invitations."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, Email, Length

from marketplace import vocabulary
from marketplace.identity.forms import SameForm, zip_field
from marketplace.vocabulary import FacilityKind

_EMAIL = [DataRequired(_("Give an e-mail address")), Email(_("This is not an e-mail address"))]


class InviteStudentsForm(FlaskForm):
    """Many students of one programme."""

    programme = SelectField(_("Programme"), coerce=int)
    addresses = TextAreaField(
        _("E-mail addresses"), validators=[DataRequired(_("Paste at least one address")), Length(max=60_000)]
    )


class InviteColleagueForm(FlaskForm):
    """A further coordinator of a school."""

    school = SelectField(_("School"), coerce=int)
    email = StringField(_("E-mail address"), validators=_EMAIL)


class BringInForm(SameForm):
    """A facility that is not here yet, and who should speak for it."""

    name = StringField(
        _("Facility"), validators=[DataRequired(_("Give the facility's name")), Length(max=160)]
    )
    kind = SelectField(_("Kind"))
    zip = zip_field()
    email = StringField(_("Contact's e-mail address"), validators=_EMAIL)

    def offer(self) -> None:
        """Fill in the choices."""
        self.kind.choices = vocabulary.enum_choices(FacilityKind)
