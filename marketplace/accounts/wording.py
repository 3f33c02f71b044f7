"""What signing in and up say, in our words: labels and errors that Flask-Security brings in its own."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _
from flask_security import ChangePasswordForm, ForgotPasswordForm, ResetPasswordForm, SendConfirmationForm
from flask_wtf import FlaskForm

#: What is wrong, and how to mend it. Nothing says whether an account exists.
_ERRORS = {
    "GENERIC_AUTHN_FAILED": _(
        "E-mail address and password don't fit together. Check both, or choose a new password."
    ),
    "EMAIL_NOT_PROVIDED": _("Enter your e-mail address"),
    "INVALID_EMAIL_ADDRESS": _("This is no e-mail address; it looks like name@college.edu"),
    "PASSWORD_NOT_PROVIDED": _("Enter a password"),
    "PASSWORD_INVALID_LENGTH": _("Choose a password of at least %(length)s characters"),
    "RETYPE_PASSWORD_MISMATCH": _("The two passwords differ; type the same one twice"),
    "INVALID_PASSWORD": _("This is not your password"),
    "PASSWORD_IS_THE_SAME": _("This is your password already; choose another one"),
}
_LABELS = {
    "email": _("E-mail address"),
    "new_password": _("New password"),
    "password_confirm": _("Password again"),
    "new_password_confirm": _("New password again"),
}


def messages() -> dict[str, tuple[Any, str]]:
    """The settings by which Flask-Security says them."""
    return {f"SECURITY_MSG_{name}": (text, "error") for name, text in _ERRORS.items()}


class Worded(FlaskForm):
    """A form whose fields are called as everywhere else here."""

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        for field in self:
            field.label.text = _LABELS.get(field.name, field.label.text)


class ForgotForm(Worded, ForgotPasswordForm):
    """Ask for a link to a new password."""


class ResetForm(Worded, ResetPasswordForm):
    """Choose a new password behind that link."""


class ConfirmAgainForm(Worded, SendConfirmationForm):
    """Ask for the confirmation mail again."""


class ChangeForm(Worded, ChangePasswordForm):
    """Choose a new password, signed in."""
