"""The form of a round: its name, who takes part, its calendar in local time, its rules."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    DateTimeLocalField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
)
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

from marketplace.rounds.models import AgreementRule, Explanation, Round
from marketplace.rounds.terms import APPEAL_DAYS, CALENDAR, CONFIRM_DAYS, Rules
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

SKIPPED = _("The clocks skip this time on that day; choose another")
#: What closes at an instant, and so never at midnight.
DEADLINES = ("applying_closes_at", "ranking_closes_at")


def _instant(text: Any) -> DateTimeLocalField:
    return DateTimeLocalField(
        text, format="%Y-%m-%dT%H:%M", validators=[InputRequired(_("Give a date and time"))]
    )


def _within(allowed: range) -> list[Any]:
    least, most = allowed[0], allowed[-1]
    text = _("Give a whole number from %(least)s to %(most)s", least=least, most=most)
    return [InputRequired(text), NumberRange(least, most, text)]


class RulesFields(FlaskForm):
    """The rules that every round has, in the round's local time."""

    first_day = DateField(_("First placement day"), validators=[Optional()])
    use_last_draft = BooleanField(_("If a student never certifies, use their last draft"), default=True)
    agreement_rule = RadioField(
        _("If no agreement covers a placement when lists close"), default=AgreementRule.EXCLUDE.value
    )
    agreements_due_on = DateField(_("The agreement must be signed by"), validators=[Optional()])
    explanation = RadioField(_("How much reasons tell"), default=Explanation.COARSE.value)
    couples = BooleanField(_("Two students may be matched as a couple"))
    confirm_days = IntegerField(_("Days to confirm a place"), default=7, validators=_within(CONFIRM_DAYS))
    appeal_days = IntegerField(
        _("Working days in which a student may appeal"), default=5, validators=_within(APPEAL_DAYS)
    )
    contribution_source = StringField(
        _("Public source that contributes to the lottery"), validators=[Length(max=200)]
    )
    contribution_at = DateTimeLocalField(
        _("Its first publication after"), format="%Y-%m-%dT%H:%M", validators=[Optional()]
    )

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.agreement_rule.choices = [
            (AgreementRule.EXCLUDE.value, gettext("Nobody is placed there")),
            (AgreementRule.CONDITIONAL.value, gettext("Place on condition that the agreement comes in time")),
            (AgreementRule.UNCHECKED.value, gettext("Don't check agreements here")),
        ]
        self.explanation.choices = [
            (Explanation.COARSE.value, gettext("That others came first")),
            (Explanation.DETAILED.value, gettext("Also by what, at slots with five places or more")),
        ]

    def rules(self, zone: ZoneInfo) -> Rules | None:
        """The rules typed, or None with the error on its field."""
        rule = AgreementRule(self.agreement_rule.data)
        try:
            at = to_instant(self.contribution_at.data, zone) if self.contribution_at.data else None
        except NoSuchTime:
            self.contribution_at.errors = [gettext(SKIPPED)]
            return None
        found: Rules = {
            "first_day": self.first_day.data,
            "use_last_draft": bool(self.use_last_draft.data),
            "agreement_rule": rule,
            "agreements_due_on": self.agreements_due_on.data if rule is AgreementRule.CONDITIONAL else None,
            "explanation": Explanation(self.explanation.data),
            "couples": bool(self.couples.data),
            "confirm_days": self.confirm_days.data or 0,
            "appeal_days": self.appeal_days.data or 0,
            "contribution_source": self.contribution_source.data or "",
            "contribution_at": at,
        }
        return found


class RoundForm(RulesFields):
    """A round as its coordinator changes it: every instant by itself."""

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
    reason = StringField(_("Why it changes"), validators=[Length(max=300)])

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.time_zone.choices = list(ZONES)

    def calendar(self) -> dict[str, datetime] | None:
        """The instants typed, or None with the error on its field."""
        zone = ZoneInfo(self.time_zone.data)
        found: dict[str, datetime] = {}
        for name in CALENDAR:
            typed = self[name].data
            if name in DEADLINES and typed.time() == time(0):
                self[name].errors = [gettext("Midnight is read as two different days; say 23:59 or 17:00")]
                continue
            try:
                found[name] = to_instant(typed, zone)
            except NoSuchTime:
                self[name].errors = [gettext(SKIPPED)]
        return None if self.errors else found


def local_calendar(round_: Round) -> dict[str, datetime]:
    """A round's calendar as its form shows it."""
    return {name: to_local(getattr(round_, name), round_.zone) for name in CALENDAR}


def stored_rules(round_: Round) -> dict[str, Any]:
    """A round's rules as a form shows them."""
    at = round_.contribution_at
    return {
        "first_day": round_.first_day,
        "use_last_draft": round_.use_last_draft,
        "agreement_rule": round_.agreement_rule.value,
        "agreements_due_on": round_.agreements_due_on,
        "explanation": round_.explanation.value,
        "couples": round_.couples,
        "confirm_days": round_.confirm_days,
        "appeal_days": round_.appeal_days,
        "contribution_source": round_.contribution_source,
        "contribution_at": to_local(at, round_.zone) if at else None,
    }


class CancelForm(FlaskForm):
    """Why a round is called off."""

    reason = StringField(_("Why it is cancelled"), validators=[Length(max=300)])
