"""Flask-Security, set up for this application: sign-in, sign-up by e-mail, confirmation, reset.

Roles are memberships with a scope (models.py), so Flask-Security's own global roles stay unused.
"""

from __future__ import annotations

import uuid
from functools import partial
from typing import Any

import sqlalchemy as sa
from flask import Flask, current_app, redirect, url_for
from flask_babel import lazy_gettext as _
from flask_security import (
    LoginForm,
    MailUtil,
    RegisterFormV2,
    RoleMixin,
    Security,
    SQLAlchemySessionUserDatastore,
    password_changed,
    password_reset,
    user_confirmed,
    user_registered,
)
from werkzeug.wrappers import Response
from wtforms import BooleanField, StringField
from wtforms.validators import DataRequired, Length

from marketplace import clock
from marketplace.accounts.models import User
from marketplace.accounts.wording import (
    ChangeForm,
    ConfirmAgainForm,
    ForgotForm,
    ResetForm,
    Worded,
    messages,
)
from marketplace.audit import services as audit
from marketplace.db import db
from marketplace.mail import services as mail


class OutboxMail(MailUtil):
    """Flask-Security's mail goes through the outbox like all other mail."""

    def send_mail(
        self,
        template: str,
        subject: str,
        recipient: str | tuple[str, str],
        sender: str | tuple[str, str],
        body: str | None,
        html: str | None,
        **_kw: Any,
    ) -> None:
        """Write the message. It is committed here: the library's view commits only when a row changed."""
        key = f"account:{template}:{uuid.uuid4().hex}"
        mail.enqueue(key, recipient=str(recipient), subject=str(subject), body=body or "", now=clock.now())
        db.session.commit()


class Datastore(SQLAlchemySessionUserDatastore):
    """People without the library's global roles, and with the time they signed up."""

    def create_user(self, **fields: Any) -> User:
        """Add a person who signs up."""
        kept = {name: value for name, value in fields.items() if name != "roles"}
        user = User(**{"active": True, "created_at": clock.now(), "fs_uniquifier": uuid.uuid4().hex, **kept})
        db.session.add(user)
        return user

    def find_user(self, case_insensitive: bool = False, **wanted: Any) -> User | None:
        """Find a person. The session's identity, asked for by every page, has a statement built once."""
        if set(wanted) == {"fs_uniquifier"} and not case_insensitive:
            return db.session.scalar(_BY_SESSION, {"identity": wanted["fs_uniquifier"]})
        found = super().find_user(case_insensitive=case_insensitive, **wanted)
        assert found is None or isinstance(found, User)
        return found


_BY_SESSION = sa.select(User).where(User.fs_uniquifier == sa.bindparam("identity", type_=sa.String))


class SignInForm(Worded, LoginForm):
    """Sign-in, in our words."""

    remember = BooleanField(_("Keep me signed in on this device"))


class SignUpForm(Worded, RegisterFormV2):
    """Sign-up by e-mail, with the name others will see."""

    name = StringField(_("Your name"), validators=[DataRequired(_("Enter your name")), Length(max=120)])


def init_app(app: Flask) -> None:
    """Attach Flask-Security. Its confirmation link only leads to a page with a button (mail scanners)."""
    app.config.setdefault("SECURITY_DATETIME_FACTORY", clock.now)
    datastore = Datastore(db.session, User, RoleMixin)
    app.config.from_mapping(messages())
    Security(
        app,
        datastore,
        mail_util_cls=OutboxMail,
        login_form=SignInForm,
        register_form=SignUpForm,
        forgot_password_form=ForgotForm,
        reset_password_form=ResetForm,
        send_confirmation_form=ConfirmAgainForm,
        change_password_form=ChangeForm,
    )
    app.view_functions["security.confirm_email"] = _to_confirmation_page
    for signal, action in _NOTED.items():
        signal.connect(partial(_note, action), app, weak=False)


#: What Flask-Security does to an account, in the words of the audit trail.
_NOTED = {
    user_registered: "signed up",
    user_confirmed: "confirmed address",
    password_changed: "changed password",
    password_reset: "reset password",
}


def _note(action: str, _app: Flask, *, user: User, **_details: Any) -> None:
    db.session.flush()
    audit.record(None, action, user, now=clock.now())


def _to_confirmation_page(token: str) -> Response:
    return redirect(url_for("accounts.confirm", token=token))


def datastore() -> Any:
    """The user datastore of the current application."""
    return current_app.extensions["security"].datastore
