"""What is typed into a conversation."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import TextAreaField
from wtforms.validators import DataRequired, Length

MOST = 2000


class MessageForm(FlaskForm):
    """One message."""

    body = TextAreaField(
        _("Your message"),
        validators=[
            DataRequired(_("Write your message")),
            Length(max=MOST, message=_("Use at most 2000 characters")),
        ],
    )


class DeclineForm(FlaskForm):
    """Why a message is kept back, for its student."""

    note = TextAreaField(
        _("What you tell the student"),
        validators=[
            DataRequired(_("Tell the student why")),
            Length(max=500, message=_("Use at most 500 characters")),
        ],
    )
