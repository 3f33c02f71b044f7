"""Forms of accounts beyond Flask-Security's own."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import PasswordField, StringField
from wtforms.validators import DataRequired, Email, EqualTo, Length


class AcceptInvitationForm(FlaskForm):
    """A new person's name and password; the address only where the invitation names none."""

    email = StringField(
        _("Your e-mail address"),
        validators=[DataRequired(_("Give your e-mail address")), Email(_("This is not an e-mail address"))],
    )
    name = StringField(_("Your name"), validators=[DataRequired(_("Enter your name")), Length(max=120)])
    password = PasswordField(
        _("Password"),
        validators=[
            DataRequired(_("Choose a password")),
            Length(min=10, max=200, message=_("Use at least 10 characters")),
        ],
    )
    repeat = PasswordField(
        _("Password again"), validators=[EqualTo("password", _("The two passwords differ"))]
    )


class AccountForm(FlaskForm):
    """What a person may change about themselves."""

    name = StringField(_("Your name"), validators=[DataRequired(_("Enter your name")), Length(max=120)])
