"""The forms of a decided round: when to release, and why a hold is cleared."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import DateTimeLocalField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length

from marketplace.rounds.times import NoSuchTime, to_instant


class PlanForm(FlaskForm):
    """When the results go out by themselves, in the round's zone."""

    release_at = DateTimeLocalField(
        _("Release at"), format="%Y-%m-%dT%H:%M", validators=[InputRequired(_("Give a date and time"))]
    )

    def instant(self, zone: ZoneInfo) -> datetime | None:
        """The instant typed, or None with the error on its field."""
        typed = self.release_at.data
        assert typed is not None  # asked for after the form was found valid
        try:
            return to_instant(typed, zone)
        except NoSuchTime:
            self.release_at.errors = [gettext("The clocks skip this time on that day; choose another")]
        return None


class HoldForm(FlaskForm):
    """Why the result stands although something about it looks wrong."""

    reason = TextAreaField(
        _("What you found"),
        validators=[DataRequired(_("Say in words what you found")), Length(max=300)],
    )
