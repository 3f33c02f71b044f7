"""The form of a slot, short enough for five minutes: what is usual is filled in."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

from marketplace import vocabulary
from marketplace.facilities.models import Facility, Site
from marketplace.slots.models import Slot
from marketplace.slots.services import FIELDS
from marketplace.vocabulary import ContactPolicy, EhrAccess, Modality, Pay, Silence, SlotKind

RECORD_SYSTEMS = tuple(label for _code, label, _words in vocabulary.RECORD_SYSTEMS)
_ENUMS = {
    "kind": SlotKind,
    "modality": Modality,
    "ehr_access": EhrAccess,
    "pay": Pay,
    "contact_policy": ContactPolicy,
    "silence": Silence,
}


class SlotForm(FlaskForm):
    """A slot as its contact fills it in; fields not shown as optional are needed to post."""

    kind = RadioField(_("Kind of slot"))
    title = StringField(_("Title"), validators=[DataRequired(_("Give the slot a title")), Length(max=120)])
    role = SelectField(_("Role"))
    task_areas = SelectMultipleField(_("Task areas"))
    specialities = SelectMultipleField(_("Special fields"), validators=[Optional()])
    open_to = SelectMultipleField(_("Also open to students of"), validators=[Optional()])
    description = TextAreaField(_("What the student will do"), validators=[Length(max=2000)])
    site_id = SelectField(_("Site"), coerce=int)
    modality = RadioField(_("Where the work happens"))
    starts_on = DateField(_("First day"), validators=[InputRequired(_("Give the first day"))])
    ends_on = DateField(_("Last day"), validators=[InputRequired(_("Give the last day"))])
    hours = IntegerField(
        _("Hours in all"),
        validators=[
            InputRequired(_("Give the hours")),
            NumberRange(1, 2000, message=_("Hours must be between 1 and 2000")),
        ],
    )
    weekdays = StringField(_("Days and times"), validators=[Optional(), Length(max=120)])
    capacity = IntegerField(
        _("Places"),
        validators=[
            InputRequired(_("Give the number of places")),
            NumberRange(1, 200, message=_("Places must be between 1 and 200")),
        ],
    )
    minimum = IntegerField(
        _("At least, or nobody"),
        validators=[Optional(), NumberRange(0, 200, message=_("Places must be between 0 and 200"))],
    )
    preceptor_name = StringField(_("Preceptor"), validators=[Optional(), Length(max=120)])
    preceptor_background = StringField(_("Preceptor's background"), validators=[Optional(), Length(max=200)])
    ehr = StringField(_("Record system"), validators=[Optional(), Length(max=60)])
    ehr_access = SelectField(_("What the student may do in it"))
    credentials = SelectMultipleField(_("Credentials"), validators=[Optional()])
    skills = SelectMultipleField(_("Skills"), validators=[Optional()])
    pay = RadioField(_("Pay"))
    pay_note = StringField(_("How much"), validators=[Optional(), Length(max=120)])
    parking = StringField(_("Parking and transport"), validators=[Optional(), Length(max=120)])
    fee = IntegerField(
        _("What it costs the student here"),
        validators=[Optional(), NumberRange(0, 5000, message=_("Enter whole dollars, 0 to 5000"))],
    )
    contact_policy = RadioField(_("How students may reach you"))
    silence = RadioField(_("If you don't rank anyone in a round"))
    reason = StringField(_("Why it changes"), validators=[Optional(), Length(max=300)])
    attested = BooleanField(_("The student does not displace paid staff"))

    def offer(self, facility: Facility, slot: Slot | None = None) -> None:
        """Fill in the choices; what `slot` holds stays choosable even where it is retired."""
        self.site_id.choices = [(site.id, _place(site)) for site in facility.sites]
        self.role.choices = vocabulary.ROLES.choices([slot.role] if slot else [])
        for name, known in (
            ("task_areas", vocabulary.TASK_AREAS),
            ("specialities", vocabulary.SPECIALITIES),
            ("open_to", vocabulary.ADJACENT_FIELDS),
            ("credentials", vocabulary.CREDENTIALS),
            ("skills", vocabulary.SKILLS),
        ):
            self[name].choices = known.choices(getattr(slot, name) if slot else [])
        for name, enum in _ENUMS.items():
            self[name].choices = vocabulary.enum_choices(enum)

    def fields(self) -> dict[str, Any]:
        """What was filled in, as the service takes it."""
        found = {
            name: _ENUMS[name](self[name].data) if name in _ENUMS else _plain(self[name].data)
            for name in FIELDS
        }
        return {**found, "minimum": least(self.minimum.data), "fee": self.fee.data}


def suggestion(facility: Facility, today: date) -> dict[str, Any]:
    """What a new slot's form starts from: a Monday in two months, fifteen weeks, 120 hours."""
    start = today + timedelta(days=60 + (-(today + timedelta(days=60)).weekday()) % 7)
    known = {name: value.value for name, value in FIELDS.items() if name in _ENUMS}
    return {
        **known,
        "role": "him-generalist",
        "starts_on": start,
        "ends_on": start + timedelta(weeks=15, days=-3),
        "hours": 120,
        "capacity": 1,
        "site_id": facility.sites[0].id if facility.sites else None,
        "contact_policy": facility.contact_policy.value,
    }


def stored(slot: Slot) -> dict[str, Any]:
    """What an existing slot's form starts from."""
    found = {name: getattr(slot, name).value if name in _ENUMS else getattr(slot, name) for name in FIELDS}
    return {**found, "minimum": slot.minimum or None}


def least(typed: int | None) -> int:
    """The minimum that a number typed stands for: one student at least is no minimum."""
    return typed if typed is not None and typed > 1 else 0


def _place(site: Site) -> str:
    return f"{site.name}, {site.city}, {site.state}"


def _plain(value: Any) -> Any:
    return "" if value is None else value
