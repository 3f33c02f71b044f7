"""The search form: what is typed in the address becomes filters, with a sentence for what makes no sense."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext, ngettext
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
from marketplace.slots.queries import Filters, Sort, terms_beginning
from marketplace.slots.search import slug
from marketplace.us_states import STATES
from marketplace.vocabulary import CREDENTIALS, ROLES, SKILLS, TASK_AREAS, Modality, Pay

NO_CREDENTIAL = "none"
DISTANCES = (10, 25, 50, 100, 250)
CHIPS = (
    "q",
    "zip",
    "task",
    "role",
    "modality",
    "pay",
    "starts_from",
    "ends_by",
    "hours_from",
    "hours_to",
    "state",
    "ehr",
    "held",
)
NAMES = frozenset({*CHIPS, "within", "remote_too", "sort"})
EHR_CODES = frozenset({"epic", "oracle-health", "meditech", "athena", "eclinicalworks"})


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
    within = Choice(_("Within"), default="50", validators=[Optional()])
    remote_too = BooleanField(_("Remote slots too"))
    task = Choice(_("Task area"), validators=[Optional()])
    role = Choice(_("Role"), validators=[Optional()])
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
    held = Checkboxes(_("Credentials you hold"), validators=[Optional()])
    sort = Choice(_("Sort by"), default=Sort.SOONEST.value, validators=[Optional()])

    def __init__(self, arguments: MultiDict[str, str], **given: Any) -> None:
        super().__init__(arguments or None, **given)
        anything = [("", gettext("Any"))]
        self.task.choices = anything + TASK_AREAS.choices()
        self.role.choices = anything + ROLES.choices()
        self.state.choices = anything + list(STATES.items())
        self.ehr.choices = anything + _ehrs_in_use()
        self.modality.choices = vocabulary.enum_choices(Modality)
        self.pay.choices = vocabulary.enum_choices(Pay)
        self.held.choices = [(NO_CREDENTIAL, gettext("None yet")), *CREDENTIALS.choices()]
        self.within.choices = [
            *((str(n), ngettext("%(num)d mile", "%(num)d miles", n)) for n in DISTANCES),
            ("", gettext("Any distance")),
        ]
        self.sort.choices = [
            (Sort.SOONEST.value, gettext("Starts soonest")),
            (Sort.NEAREST.value, gettext("Nearest")),
            (Sort.NEWEST.value, gettext("Newest")),
        ]
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

    def filters(self) -> Filters:
        """The filters of the fields that make sense."""
        good = {name: value for name, value in self.data.items() if not self[name].errors}
        held = good.get("held") or []
        return Filters(
            text=good.get("q") or "",
            task=good.get("task") or "",
            role=good.get("role") or "",
            modalities=tuple(Modality(value) for value in good.get("modality") or []),
            pay=tuple(Pay(value) for value in good.get("pay") or []),
            ehr=good.get("ehr") or "",
            state=good.get("state") or "",
            hours_from=good.get("hours_from"),
            hours_to=good.get("hours_to"),
            starts_from=good.get("starts_from"),
            ends_by=good.get("ends_by"),
            held=tuple(code for code in held if code != NO_CREDENTIAL) if held else None,
            within=int(good["within"]) if good.get("within") else None,
            remote_too=bool(good.get("remote_too")),
            sort=Sort(good.get("sort") or Sort.SOONEST),
        )

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


def _ehrs_in_use() -> list[tuple[str, str]]:
    names = {slug(str(entry.label)): str(entry.label) for entry in SKILLS if entry.code in EHR_CODES}
    found = [term.partition(":")[2] for term in terms_beginning("ehr:")]
    return [(code, names.get(code, code.replace("-", " ").title())) for code in found]
