"""The forms of registering and verifying a facility."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import RadioField, StringField
from wtforms.validators import Length, Optional, Regexp

from marketplace.facilities.forms import FacilityForm
from marketplace.identity.models import Sign


def zip_field() -> StringField:
    """A ZIP code that may be left out."""
    return StringField(
        _("ZIP code"),
        validators=[Optional(), Regexp(r"^\s*\d{5}(-\d{4})?\s*$", message=_("A ZIP code has five digits"))],
    )


class SameForm(FlaskForm):
    """A form that can ask "Is it one of these?" (asking.py); subclasses have a name, and more."""

    same = RadioField(_("Is it one of these?"), choices=[], validators=[Optional()], validate_choice=False)


class RegisterForm(FacilityForm, SameForm):
    """A new facility."""

    zip = zip_field()


class SignForm(FlaskForm):
    """A sign that somebody checked."""

    sign = RadioField(_("What did you check?"))
    detail = StringField(_("What you found"), validators=[Length(max=200)])

    def offer(self, left: list[tuple[str, str]]) -> None:
        """Fill in the signs not yet recorded."""
        self.sign.choices = left


class ReasonForm(FlaskForm):
    """Why something is taken back."""

    reason = StringField(_("Reason"), validators=[Length(max=200)])


def sign_labels() -> dict[Sign, str]:
    """What each sign is called."""
    return {
        Sign.CALL_BACK: str(_("A call-back")),
        Sign.DOMAIN: str(_("The contact's e-mail domain")),
        Sign.DIRECTORY: str(_("An entry in the public directory")),
        Sign.AGREEMENT: str(_("An existing agreement")),
    }
