"""The form of a round: its name, who takes part, and its calendar in local time."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    DateTimeLocalField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
)
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from marketplace.rounds.models import AgreementRule, Round
from marketplace.rounds.services import CALENDAR
from marketplace.rounds.times import NoSuchTime, to_instant, to_local

ZONES = (
    ("America/New_York", _("Eastern")),
    ("America/Chicago", _("Central")),
    ("America/Denver", _("Mountain")),
    ("America/Phoenix", _("Arizona")),
    ("America/Los_Angeles", _("Pacific")),
    ("America/Anchorage", _("Alaska")),
    ("Pacific/Honolulu", _("Hawaii")),
    ("America/Puerto_Rico", _("Atlantic (Puerto Rico)")),
    ("UTC", _("UTC")),
)

CALENDAR_ERRORS = {
    "applying_opens_at": _("Applications can't open before recruiting does"),
    "applying_closes_at": _("Applications must close after they open"),
    "ranking_opens_at": _("Ranking can't open before applications do"),
    "ranking_closes_at": _("Ranking must close after it opened and after applications closed"),
    "release_planned_at": _("Results come after ranking closes"),
}


def _instant(text: Any) -> DateTimeLocalField:
    return DateTimeLocalField(
        text, format="%Y-%m-%dT%H:%M", validators=[InputRequired(_("Give a date and time"))]
    )


class RoundForm(FlaskForm):
    """A round as its coordinator fills it in."""

    name = StringField(_("Name"), validators=[DataRequired(_("Give the round a name")), Length(max=120)])
    school = SelectField(_("School"), coerce=int)
    programmes = SelectMultipleField(
        _("Programmes whose students take part"),
        coerce=int,
        validators=[DataRequired(_("Choose at least one"))],
    )
    time_zone = SelectField(_("Time zone of all dates"))
    recruiting_opens_at = _instant(_("Sites post slots from"))
    applying_opens_at = _instant(_("Students apply from"))
    applying_closes_at = _instant(_("Applications close"))
    ranking_opens_at = _instant(_("Everyone ranks from"))
    ranking_closes_at = _instant(_("Lists close, and the match runs"))
    release_planned_at = _instant(_("Results planned for"))
    use_last_draft = BooleanField(_("If a student never certifies, use their last draft"))
    agreement_rule = RadioField(
        _("If no agreement covers a placement when lists close"),
        default=AgreementRule.EXCLUDE.value,
    )
    agreements_due_on = DateField(_("The agreement must be signed by"), validators=[Optional()])
    reason = StringField(_("Why it changes"), validators=[Length(max=300)])

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.time_zone.choices = list(ZONES)
        self.agreement_rule.choices = [
            (AgreementRule.EXCLUDE.value, gettext("Nobody is placed there")),
            (AgreementRule.CONDITIONAL.value, gettext("Place on condition that the agreement comes in time")),
            (AgreementRule.UNCHECKED.value, gettext("Don't check agreements here")),
        ]

    def calendar(self) -> dict[str, datetime] | None:
        """The instants typed, or None with the error on its field."""
        zone = ZoneInfo(self.time_zone.data)
        found: dict[str, datetime] = {}
        for name in CALENDAR:
            try:
                found[name] = to_instant(self[name].data, zone)
            except NoSuchTime:
                self[name].errors = [gettext("The clocks skip this time on that day; choose another")]
        return None if self.errors else found

    def agreements(self) -> dict[str, Any]:
        """The rule about agreements, with its date where it has one."""
        rule = AgreementRule(self.agreement_rule.data)
        due = self.agreements_due_on.data if rule is AgreementRule.CONDITIONAL else None
        return {"agreement_rule": rule, "agreements_due_on": due}

    def blame(self, field: str) -> None:
        """Put a calendar error on its field."""
        self[field].errors = [str(CALENDAR_ERRORS[field])]


def suggestion(today: date) -> dict[str, datetime]:
    """A calendar that usually works: stages open on Mondays at 9:00 and close on Fridays at 17:00."""
    monday = today + timedelta(days=14 + (-today.weekday()) % 7)
    morning, evening = time(9), time(17)
    days = {
        "recruiting_opens_at": (today, time(0)),
        "applying_opens_at": (monday, morning),
        "applying_closes_at": (monday + timedelta(days=18), evening),
        "ranking_opens_at": (monday + timedelta(days=21), morning),
        "ranking_closes_at": (monday + timedelta(days=32), evening),
        "release_planned_at": (monday + timedelta(days=37), evening),
    }
    return {name: datetime.combine(day, at) for name, (day, at) in days.items()}


def local_calendar(round_: Round) -> dict[str, datetime]:
    """A round's calendar as its form shows it."""
    return {name: to_local(getattr(round_, name), round_.zone) for name in CALENDAR}
