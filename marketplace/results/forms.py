"""The form that hands out an auditors' bundle."""

from __future__ import annotations

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import DataRequired, Length

from marketplace.errors import DomainError


class AuditorForm(FlaskForm):
    """Who gets the bundle, and what for."""

    auditor = StringField(
        _("Who gets it"),
        validators=[DataRequired(_("Name the person and who they work for")), Length(max=200)],
    )
    purpose = StringField(
        _("What for"), validators=[DataRequired(_("Say what it is needed for")), Length(max=300)]
    )

    def blame(self, error: DomainError) -> None:
        """Put an error of the service on its field."""
        if error.reason == "no_draw_key":
            text = gettext("This round's lottery can't be re-checked: it has no draw key of its own")
        else:
            text = gettext("Say who gets it, and what for")
        self.auditor.errors = [text]
