"""The one short form of a host. What is usual is filled in; few things are needed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from flask_babel import gettext, lazy_gettext
from werkzeug.datastructures import MultiDict
from wtforms import (
    BooleanField,
    DateField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, Email, InputRequired, Length, NumberRange, Optional, Regexp

from marketplace import vocabulary
from marketplace.facilities.models import Facility, Site
from marketplace.guests.terms import usual
from marketplace.identity.forms import SameForm
from marketplace.slots.forms import least
from marketplace.vocabulary import EhrAccess, FacilityKind, Modality, Pay, Silence, SlotKind

_ = lazy_gettext
LONGEST = 4000
#: What depends on the kind of slot: a draft of another kind doesn't keep it.
OF_KIND = ("starts_on", "ends_on", "hours", "capacity", "minimum", "weekdays")
_ENUMS = {"modality": Modality, "ehr_access": EhrAccess, "pay": Pay, "silence": Silence}


class HostForm(SameForm):
    """A slot as a host without an account offers it. Fields that don't apply are taken out by `fit`."""

    kind = HiddenField()
    after = HiddenField()
    email = StringField(
        _("Your e-mail address"),
        validators=[
            DataRequired(_("Give your e-mail address")),
            Length(max=254),
            Email(_("This is not an e-mail address")),
        ],
    )
    name = StringField(_("Your name"), validators=[DataRequired(_("Enter your name")), Length(max=120)])
    facility_name = StringField(
        _("Organisation"), validators=[DataRequired(_("Give the organisation's name")), Length(max=160)]
    )
    facility_kind = SelectField(_("What it is"), validators=[DataRequired(_("Say what it is"))])
    zip = StringField(
        _("ZIP code"),
        validators=[
            DataRequired(_("Give the ZIP code")),
            Regexp(r"^\s*\d{5}(-\d{4})?\s*$", message=_("A ZIP code has five digits")),
        ],
    )
    site_id = SelectField(_("Site"), coerce=int)
    description = TextAreaField(
        _("What will the student do?"),
        validators=[DataRequired(_("Say what the student will do")), Length(max=2000)],
    )
    task_areas = SelectMultipleField(
        _("Task areas"), validators=[DataRequired(_("Choose at least one task area"))]
    )
    starts_on = DateField(_("First day"), validators=[InputRequired(_("Give the first day"))])
    ends_on = DateField(_("Last day"), validators=[InputRequired(_("Give the last day"))])
    hours = IntegerField(
        _("Hours in all"),
        validators=[
            InputRequired(_("Give the hours")),
            NumberRange(1, 2000, message=_("Hours must be between 1 and 2000")),
        ],
    )
    capacity = IntegerField(
        _("Students at a time"),
        validators=[Optional(), NumberRange(1, 200, message=_("Places must be between 1 and 200"))],
    )
    minimum = IntegerField(
        _("At least, or nobody"),
        validators=[Optional(), NumberRange(0, 200, message=_("Places must be between 0 and 200"))],
    )
    weekdays = StringField(_("Days and times"), validators=[Optional(), Length(max=120)])
    silence = RadioField(_("If you don't choose among the applicants"))
    title = StringField(_("Title"), validators=[Optional(), Length(max=120)])
    modality = RadioField(_("Where the work happens"))
    address = StringField(_("Street and number"), validators=[Optional(), Length(max=200)])
    preceptor_background = StringField(_("Who supervises"), validators=[Optional(), Length(max=200)])
    ehr = StringField(_("Record system"), validators=[Optional(), Length(max=60)])
    ehr_access = SelectField(_("What the student may do in it"))
    specialities = SelectMultipleField(_("Special fields"), validators=[Optional()])
    open_to = SelectMultipleField(_("Also open to students of"), validators=[Optional()])
    pay = RadioField(_("Pay"))
    parking = StringField(_("Parking and transport"), validators=[Optional(), Length(max=120)])
    fee = IntegerField(
        _("What it costs the student here"),
        validators=[Optional(), NumberRange(0, 5000, message=_("Enter whole dollars, 0 to 5000"))],
    )
    attested = BooleanField(
        _("The student does not displace paid staff"),
        validators=[DataRequired(_("Posting needs this statement"))],
    )

    def fit(self, kind: SlotKind, *, public: bool = False, facility: Facility | None = None) -> HostForm:
        """Keep only what is asked of this host for this kind, and fill in the choices."""
        self.facility_kind.choices = [("", gettext("Choose…")), *vocabulary.enum_choices(FacilityKind)]
        self.task_areas.choices = vocabulary.TASK_AREAS.choices()
        self.specialities.choices = vocabulary.SPECIALITIES.choices()
        self.open_to.choices = vocabulary.ADJACENT_FIELDS.choices()
        for name, enum in _ENUMS.items():
            self[name].choices = vocabulary.enum_choices(enum)
        self.site_id.choices = [(site.id, _place(site)) for site in facility.sites] if facility else []
        for name in self._unasked(kind, public, facility):
            delattr(self, name)
        return self

    def _unasked(self, kind: SlotKind, public: bool, facility: Facility | None) -> Iterable[str]:
        if not public:
            yield "email"
        if facility is not None:
            yield from ("name", "facility_name", "facility_kind")
        yield from ("zip", "address") if facility is not None and facility.sites else ("site_id",)
        if kind is SlotKind.SHADOW_DAY:
            yield "ends_on"
        if kind is SlotKind.HALF_DAY:
            yield from ("capacity", "minimum")

    def typed(self) -> dict[str, list[str]]:
        """What stands in the form, as it was typed: what a draft keeps."""
        kept = {name: self._raw(name) for name in self._fields if name not in {"csrf_token", "after"}}
        return {name: values for name, values in kept.items() if values}

    def _raw(self, name: str) -> list[str]:
        return [str(value)[:LONGEST] for value in self[name].raw_data or [] if str(value).strip()][:40]

    def slot_fields(self) -> dict[str, Any]:
        """What the slot service takes; the title is made of the task areas where none was given."""
        names = ("description", "task_areas", "starts_on", "hours", "weekdays", "preceptor_background", "ehr")
        found = {name: self[name].data or "" for name in (*names, "parking", "specialities", "open_to")}
        found |= {name: enum(self[name].data) for name, enum in _ENUMS.items()}
        found["kind"] = read_kind(self.kind.data) or SlotKind.TERM
        found["ends_on"] = self.ends_on.data if "ends_on" in self else self.starts_on.data
        found["capacity"] = (self.capacity.data or 1) if "capacity" in self else 1
        found["minimum"] = least(self.minimum.data) if "minimum" in self else 0
        found["title"] = (self.title.data or "").strip() or title_of(self.task_areas.data or [])
        return {**found, "attested": bool(self.attested.data), "fee": self.fee.data, "role": "him-generalist"}


def read_kind(text: str | None) -> SlotKind | None:
    """The kind that an address or a draft names."""
    return next((kind for kind in SlotKind if kind.value == text), None)


def kind_of(asked: str | None, draft: Mapping[str, list[str]]) -> SlotKind:
    """The kind a page is for: what was asked, else the draft's, else a term."""
    drafted = read_kind(next(iter(draft.get("kind", [])), None))
    return read_kind(asked) or drafted or SlotKind.TERM


def from_draft(draft: Mapping[str, list[str]], kind: SlotKind) -> MultiDict[str, str] | None:
    """A draft as a form takes it; None where there is none. Another kind has other dates."""
    if not draft:
        return None
    same = kind_of(None, draft) is kind
    return MultiDict(
        (name, value)
        for name, values in draft.items()
        if same or name not in (*OF_KIND, "kind")
        for value in values
    )


def suggestion(kind: SlotKind, today: date) -> dict[str, Any]:
    """What the form starts from."""
    mornings = gettext("Weekdays, mornings, four hours a day")
    return {
        **usual(kind, today),
        "kind": kind.value,
        "weekdays": mornings if kind is SlotKind.HALF_DAY else gettext("Weekdays, office hours"),
        "facility_kind": FacilityKind.PRACTICE.value if kind is SlotKind.HALF_DAY else "",
        "modality": Modality.ON_SITE.value,
        "ehr_access": EhrAccess.SHADOW.value if kind is SlotKind.SHADOW_DAY else EhrAccess.NONE.value,
        "pay": Pay.UNPAID.value,
        "silence": Silence.ANY.value,
    }


def title_of(task_areas: list[str]) -> str:
    """A title made of the task areas."""
    labels = vocabulary.TASK_AREAS.labels(task_areas)
    return gettext("%(a)s and %(b)s", a=labels[0], b=_lower(labels[1])) if len(labels) > 1 else labels[0]


def _lower(label: str) -> str:
    return label if label[:2].isupper() else label[:1].lower() + label[1:]


def _place(site: Site) -> str:
    return f"{site.name}, {site.city}, {site.state}"
