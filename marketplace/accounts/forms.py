"""Forms of accounts beyond Flask-Security's own."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import PasswordField, RadioField, StringField
from wtforms.validators import DataRequired, Email, EqualTo, Length

from marketplace.mail.models import Choice


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


class MailForm(FlaskForm):
    """How a person wants news by mail."""

    choice = RadioField(
        _("News by mail"),
        choices=[
            (Choice.AT_ONCE.value, _("At once")),
            (Choice.DAILY.value, _("Once a day, in one mail")),
            (Choice.NEEDED.value, _("Only what must reach me")),
        ],
    )


class AddressForm(FlaskForm):
    """Another address."""

    email = StringField(
        _("New e-mail address"),
        validators=[DataRequired(_("Give an e-mail address")), Email(_("This is not an e-mail address"))],
    )
