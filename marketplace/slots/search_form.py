"""The search form: what is typed in the address becomes filters, with a sentence for what makes no sense.

An address holds only what was chosen, in one order: the same search has one address to keep and share.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from flask_babel import get_locale, gettext
from flask_babel import lazy_gettext as _
from markupsafe import Markup, escape
from werkzeug.datastructures import MultiDict
from wtforms import (
    BooleanField,
    DateField,
    Form,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
)
from wtforms.validators import Length, NumberRange, Optional, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget, Select, html_params

from marketplace import vocabulary
from marketplace.facilities.postal import find_area
from marketplace.geo import Point
from marketplace.slots.filters import Filters, Sort
from marketplace.us_states import STATES
from marketplace.vocabulary import CREDENTIALS, EhrAccess, Modality, Pay, SlotKind

NO_CREDENTIAL = "none"
ANYWHERE = "any"
#: Miles, and the minutes by car that they roughly take.
DISTANCES = ((10, 20), (25, 35), (50, 60), (100, 120), (250, 270))
#: The filters shown as chips, in the order of an address.
CHIPS = (
    "q",
    "zip",
    "task",
    "role",
    "kind",
    "speciality",
    "modality",
    "pay",
    "starts_from",
    "ends_by",
    "hours_from",
    "hours_to",
    "state",
    "ehr",
    "access",
    "held",
)
OF_ZIP = ("within", "remote_too")
NAMES = (*CHIPS, *OF_ZIP, "sort")


class Checkboxes(SelectMultipleField):
    """Several choices, each a checkbox."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class Options(Select):
    """A select of plain options: the stock widget takes a fifth of this page's time over attributes."""

    def __call__(self, field: Any, **given: Any) -> Markup:
        """The element, as WTForms would write it."""
        chosen = "" if field.data is None else str(field.data)
        options = "".join(
            f'<option value="{escape(value)}"{" selected" if value == chosen else ""}>{escape(text)}</option>'
            for value, text in field.choices
        )
        attributes = html_params(name=field.name, **{"id": field.id, **given})
        return Markup(f"<select {attributes}>{options}</select>")


class Choice(SelectField):
    """One choice of several."""

    widget = Options()


class SearchForm(Form):
    """Filters of the slot search. Sent by GET, so it needs no token and an address can be kept."""

    q = StringField(_("Search"), validators=[Optional(), Length(max=200)])
    zip = StringField(_("Near ZIP code"), validators=[Optional()])
    within = Choice(_("Within (rough time by car)"), default="50", validators=[Optional()])
    remote_too = BooleanField(_("Remote slots too"))
    task = Choice(_("Task area"), validators=[Optional()])
    role = Choice(_("Role"), validators=[Optional()])
    kind = Choice(_("Kind of slot"), validators=[Optional()])
    speciality = Choice(_("Special field"), validators=[Optional()])
    modality = Checkboxes(_("Where"), validators=[Optional()])
    pay = Checkboxes(_("Pay"), validators=[Optional()])
    starts_from = DateField(_("Starts on or after"), validators=[Optional()])
    ends_by = DateField(_("Ends on or before"), validators=[Optional()])
    hours_from = IntegerField(
        _("Hours, at least"), validators=[Optional(), NumberRange(0, 2000, _("Enter 0 to 2000 hours"))]
    )
    hours_to = IntegerField(
        _("Hours, at most"), validators=[Optional(), NumberRange(0, 2000, _("Enter 0 to 2000 hours"))]
    )
    state = Choice(_("State"), validators=[Optional()])
    ehr = Choice(_("Record system (EHR)"), validators=[Optional()])
    access = Checkboxes(_("What you may do in it"), validators=[Optional()])
    held = Checkboxes(_("Credentials you hold"), validators=[Optional()])
    sort = Choice(_("Sort by"), default="", validators=[Optional()])

    def __init__(self, arguments: MultiDict[str, str], **given: Any) -> None:
        super().__init__(arguments or None, **given)
        for name, choices in _choices(str(get_locale())).items():
            self[name].choices = choices  # type: ignore[attr-defined]
        self.origin: Point | None = None

    def validate_zip(self, field: StringField) -> None:
        """Find the place a ZIP stands for."""
        area = find_area(field.data or "")
        if area is None:
            raise ValidationError(gettext("We don't know this ZIP code. Check its five digits."))
        self.origin = area.point

    def validate_sort(self, field: SelectField) -> None:
        """Nothing is near to nowhere."""
        if field.data == Sort.NEAREST.value and not self.zip.data:
            raise ValidationError(gettext("Enter a ZIP code to sort by distance."))

    def filters(self, **given: Any) -> Filters:
        """The filters of the fields that make sense, and those `given`."""
        good = {name: value for name, value in self.data.items() if not self[name].errors}
        held, within = good.get("held") or [], good.get("within") or ANYWHERE
        found = Filters(
            text=good.get("q") or "",
            task=good.get("task") or "",
            role=good.get("role") or "",
            kind=good.get("kind") or "",
            speciality=good.get("speciality") or "",
            ehr=good.get("ehr") or "",
            state=good.get("state") or "",
            modalities=tuple(Modality(value) for value in good.get("modality") or []),
            pay=tuple(Pay(value) for value in good.get("pay") or []),
            access=tuple(EhrAccess(value) for value in good.get("access") or []),
            hours_from=good.get("hours_from"),
            hours_to=good.get("hours_to"),
            starts_from=good.get("starts_from"),
            ends_by=good.get("ends_by"),
            held=tuple(code for code in held if code != NO_CREDENTIAL) if held else None,
            within=None if within == ANYWHERE else int(within),
            remote_too=bool(good.get("remote_too")),
            sort=self._sort(good),
        )
        return replace(found, **given)

    def _sort(self, good: dict[str, Any]) -> Sort:
        """The order asked for; else the best first, which depends on what is known."""
        if good.get("sort"):
            return Sort(good["sort"])
        if good.get("q"):
            return Sort.RELEVANCE
        return Sort.NEAREST if good.get("zip") else Sort.SOONEST

    def in_force(self) -> list[tuple[str, str, str]]:
        """(field, value, words) of every filter that is on and valid."""
        found = []
        for name in CHIPS:
            field = self[name]
            if field.data and not field.errors:
                values = field.data if isinstance(field.data, list) else [field.data]
                found += [(name, str(value), self._words(name, value)) for value in values]
        return found

    def _words(self, name: str, value: Any) -> str:
        field = self[name]
        choices = dict(getattr(field, "choices", None) or [])
        if name == "zip":
            return gettext("Near %(zip)s", zip=value)
        if name == "held":
            return gettext("I hold: %(what)s", what=choices[value])
        return str(choices.get(value) or (value if name == "q" else f"{field.label.text}: {value}"))


def canonical(typed: MultiDict[str, str]) -> dict[str, list[str]]:
    """What an address keeps of `typed`: what was chosen, once, in one order. Empty: nothing was."""
    known: dict[str, list[str]] = {}
    for name in NAMES:
        values = [value.strip()[:200] for value in typed.getlist(name) if value.strip()]
        if values:
            known[name] = sorted(set(values))
    if "zip" not in known:
        known = {name: values for name, values in known.items() if name not in OF_ZIP}
    return known


def address_of(typed: dict[str, list[str]]) -> str:
    """The query string of what :func:`canonical` kept."""
    return urlencode(typed, doseq=True)


@lru_cache(maxsize=8)
def _choices(locale: str) -> dict[str, list[tuple[str, str]]]:
    """The choices of every list, in the language of the request, which is `locale`."""
    anything = [("", gettext("Any"))]
    systems = [(code, label) for code, label, _names in vocabulary.RECORD_SYSTEMS]
    return {
        "task": anything + vocabulary.TASK_AREAS.choices(),
        "role": anything + vocabulary.ROLES.choices(),
        "kind": anything + vocabulary.enum_choices(SlotKind),
        "speciality": anything + vocabulary.SPECIALITIES.choices(),
        "state": anything + list(STATES.items()),
        "ehr": [*anything, *systems, ("other", gettext("Another system"))],
        "access": vocabulary.enum_choices(EhrAccess),
        "modality": vocabulary.enum_choices(Modality),
        "pay": vocabulary.enum_choices(Pay),
        "held": [(NO_CREDENTIAL, gettext("None yet")), *CREDENTIALS.choices()],
        "within": [
            *((str(miles), _far(miles, by_car)) for miles, by_car in DISTANCES),
            (ANYWHERE, gettext("Any distance")),
        ],
        "sort": [
            ("", gettext("Best match")),
            (Sort.SOONEST.value, gettext("Starts soonest")),
            (Sort.NEAREST.value, gettext("Nearest")),
            (Sort.NEWEST.value, gettext("Newest")),
        ],
    }


def _far(miles: int, minutes: int) -> str:
    """A distance and roughly how long it takes by car."""
    if minutes < 60:
        return gettext("%(miles)s miles (%(num)s min)", miles=miles, num=minutes)
    return gettext("%(miles)s miles (%(hours)s h)", miles=miles, hours=f"{minutes / 60:g}")
