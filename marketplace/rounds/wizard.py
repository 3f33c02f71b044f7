"""A new round, step by step: who and when, the calendar counted back, the rules, a look at all of it.

Nothing is kept between the steps but the form itself, which carries what other steps asked as hidden fields:
going back loses nothing, and nothing is written before the last button.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import LazyString, gettext
from flask_babel import lazy_gettext as _
from werkzeug.datastructures import MultiDict
from wtforms import (
    BooleanField,
    DateField,
    Field,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
)
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange

from marketplace.errors import DomainError
from marketplace.rounds import terms
from marketplace.rounds.forms import DEADLINES, SKIPPED, ZONES, RulesFields, stored_rules
from marketplace.rounds.holidays import holiday
from marketplace.rounds.models import Round
from marketplace.rounds.terms import CALENDAR, Rules
from marketplace.rounds.times import NoSuchTime, to_instant, to_local
from marketplace.rounds.words import blame

STEPS = ("start", "calendar", "rules", "review")
_START = ("name", "school", "programmes", "first_day", "time_zone", "closing_hour")
_RULES = tuple(name for name in Rules.__annotations__ if name not in _START)
#: Days before the first placement day: with a Monday stages open on Mondays and close on Fridays. The
#: release leaves time to confirm, to appeal, and to find places for those without one.
OFFSETS = dict(zip(CALENDAR, (112, 91, 66, 63, 52, 47), strict=True))
#: When stages open and results come. Closing hours are chosen; never midnight, which is read as two days.
OPENING = time(9)
CLOSING = {"17:00": time(17), "23:59": time(23, 59)}
#: A year in whole weeks, so that a copied round keeps its weekdays.
YEAR = timedelta(weeks=52)


def _days(text: Any) -> IntegerField:
    wrong = _("Give a whole number of days, 0 to 730")
    return IntegerField(text, validators=[InputRequired(wrong), NumberRange(0, 730, wrong)])


class WizardForm(RulesFields):
    """All steps of a new round. The calendar is in days before the first placement day."""

    step = HiddenField(default="start")
    counted_for = HiddenField()
    name = StringField(_("Name"), validators=[DataRequired(_("Give the round a name")), Length(max=120)])
    school = SelectField(_("School"), coerce=int)
    programmes = SelectMultipleField(
        _("Programmes whose students take part"),
        coerce=int,
        validators=[DataRequired(_("Choose at least one"))],
    )
    first_day = DateField(_("First placement day"), validators=[InputRequired(_("Give a date"))])
    time_zone = SelectField(_("Time zone of all dates"))
    closing_hour = RadioField(_("Stages close at"), default="17:00")
    recruiting_opens_at = _days(_("Sites post slots from"))
    applying_opens_at = _days(_("Students apply from"))
    applying_closes_at = _days(_("Applications close"))
    ranking_opens_at = _days(_("Everyone ranks from"))
    ranking_closes_at = _days(_("Lists close, and the match runs"))
    release_planned_at = _days(_("Results planned for"))

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.time_zone.choices = list(ZONES)
        self.closing_hour.choices = [("17:00", gettext("5 PM")), ("23:59", gettext("11:59 PM"))]

    @property
    def zone(self) -> ZoneInfo:
        """The zone chosen, UTC while none is."""
        return ZoneInfo(self.time_zone.data or "UTC")

    def instant(self, name: str) -> datetime | None:
        """When a stage begins or ends, by its days; None while that can't be said."""
        days, first = self[name].data, self.first_day.data
        if days is None or first is None or self.closing_hour.data not in CLOSING:
            return None
        hour = CLOSING[self.closing_hour.data] if name in DEADLINES else OPENING
        try:
            return to_instant(datetime.combine(first - timedelta(days=days), hour), self.zone)
        except (NoSuchTime, OverflowError):
            return None

    def holiday(self, name: str) -> LazyString | None:
        """The federal holiday on which a stage would begin or end, for its own note."""
        at = self.instant(name)
        return holiday(to_local(at, self.zone).date()) if at else None

    def calendar(self) -> dict[str, datetime] | None:
        """The round's instants, or None with the error on a field."""
        found = {name: self.instant(name) for name in CALENDAR}
        for name, at in found.items():
            if at is None:
                self[name].errors = [gettext(SKIPPED)]
        return None if None in found.values() else {name: at for name, at in found.items() if at}

    def carried(self, step: str) -> Iterator[tuple[str, str]]:
        """Name and value of what `step` does not ask, as it was typed."""
        for field in self:
            if field.name not in {"csrf_token", "step", *_asked(step)}:
                yield from ((field.name, value) for value in _values(field))


def _asked(step: str) -> tuple[str, ...]:
    """The fields of a step."""
    return {"start": _START, "calendar": CALENDAR, "rules": _RULES}.get(step, ())


def _values(field: Field) -> list[str]:
    if isinstance(field, BooleanField):
        return ["y"] if field.data else []
    if isinstance(field, SelectMultipleField):
        return [str(each) for each in field.data or []]
    if isinstance(field, SelectField):  # radio buttons are one, too
        return [] if field.data is None else [str(field.data)]
    return [str(field._value())]  # type: ignore[attr-defined]  # every other field here is an input


def step_after(form: WizardForm, target: str, now: datetime) -> str:
    """The step to show on the way to `target`: backwards always that one, forwards the first with an error.

    ``make`` lies behind the last step and is the answer only where all is right.
    """
    order = (*STEPS, "make")
    here = form.step.data if form.step.data in STEPS else STEPS[0]
    target = target if target in order else here
    if order.index(target) < order.index(here):
        return target
    _check(form, now)
    last = order.index(target) + (target == here)
    for step in STEPS[:last]:
        if any(form[name].errors for name in _asked(step)):
            _keep_errors(form, _asked(step))
            return step
    _keep_errors(form, ())
    return target


def _check(form: WizardForm, now: datetime) -> None:
    """Everything that can be said before the round is made; the errors go on their fields."""
    if not form.validate():
        return
    calendar, rules = form.calendar(), form.rules(form.zone)
    if calendar is None or rules is None:
        return
    try:
        terms.check_calendar(calendar, now)
        terms.set_rules(Round(**calendar), rules)
    except DomainError as error:
        # The stages are counted back from the first day: it is what is too far.
        blame(form, DomainError("far", field="first_day") if error.reason == "far" else error)


def _keep_errors(form: WizardForm, names: tuple[str, ...]) -> None:
    for field in form:
        if field.name not in names and field.name != "csrf_token":
            field.errors = []


def step_to_blame(form: WizardForm) -> str:
    """The first step with an error."""
    return next(step for step in STEPS if any(form[name].errors for name in _asked(step)))


# What the first page starts from ----------------------------------------------------------------------------


def suggestion(today: date) -> dict[str, Any]:
    """A round that usually works: its first day a Monday about four months on, and no stage on a holiday."""
    day = today + timedelta(days=OFFSETS[CALENDAR[0]])
    first = day + timedelta(days=-day.weekday() % 7)
    while any(holiday(first - timedelta(days=days)) for days in (0, *OFFSETS.values())):
        first += timedelta(weeks=1)
    return {**OFFSETS, "first_day": first, "counted_for": first.isoformat(), "time_zone": "America/Chicago"}


def copied(
    round_: Round, programme_ids: list[int], *, first_slot: date | None, today: date
) -> dict[str, Any]:
    """All of an earlier round, moved on by whole years to a first day that leaves time for it."""
    offsets, old = _offsets(round_, first_slot)
    shift = YEAR
    while old + shift < today + timedelta(days=max(offsets.values())):
        shift += YEAR
    closes = to_local(round_.ranking_closes_at, round_.zone).time()
    late = abs(_minutes(closes) - _minutes(CLOSING["23:59"])) < abs(
        _minutes(closes) - _minutes(CLOSING["17:00"])
    )
    rules = stored_rules(round_)
    moved = {name: rules[name] + shift for name in _DATED if rules[name]}
    return {
        **rules,
        **moved,
        **offsets,
        "name": _next_name(round_.name, shift),
        "school": round_.school_id,
        "programmes": programme_ids,
        "first_day": old + shift,
        "counted_for": (old + shift).isoformat(),
        "time_zone": round_.time_zone,
        "closing_hour": "23:59" if late else "17:00",
    }


def _offsets(round_: Round, first_slot: date | None) -> tuple[dict[str, int], date]:
    """Days of each stage before the first placement day, and that day; older ones have it of their slots."""
    days = {name: to_local(getattr(round_, name), round_.zone).date() for name in CALENDAR}
    usual = days["release_planned_at"] + timedelta(days=OFFSETS["release_planned_at"])
    first = round_.first_day or first_slot or usual
    if first < days["release_planned_at"]:
        first = usual
    return {name: (first - day).days for name, day in days.items()}, first


def _minutes(at: time) -> int:
    return at.hour * 60 + at.minute


def _next_name(name: str, shift: timedelta) -> str:
    """The name with its years moved on: “Spring 2027” becomes “Spring 2028”."""
    years = shift // YEAR
    return re.sub(r"\b20\d\d\b", lambda found: str(int(found[0]) + years), name)


#: Rules that are dates, and so move with the first placement day.
_DATED = ("agreements_due_on", "contribution_at")


def followed(typed: Mapping[str, Any]) -> MultiDict[str, str]:
    """What was posted; where the first day was changed, the dates among the rules follow it."""
    data: MultiDict[str, str] = MultiDict(typed)
    try:
        first = date.fromisoformat(data.get("first_day", ""))
        shift = first - date.fromisoformat(data.get("counted_for", ""))
        moved = {name: (datetime.fromisoformat(data[name]) + shift) for name in _DATED if data.get(name, "")}
    except (ValueError, OverflowError):
        return data
    if shift:
        for name, at in moved.items():
            data[name] = at.strftime("%Y-%m-%d" if name.endswith("_on") else "%Y-%m-%dT%H:%M")
        data["counted_for"] = first.isoformat()
    return data
