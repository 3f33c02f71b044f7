"""Forms of requirements: a set, a student's entry, a coordinator's check."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import DateField, IntegerField, RadioField, SelectField, SelectMultipleField, StringField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

from marketplace import vocabulary
from marketplace.facilities.models import Site
from marketplace.requirements.models import Due, RequirementSet, Standing
from marketplace.requirements.services import MOST_COST
from marketplace.schools.models import School
from marketplace.vocabulary import REQUIREMENTS, Modality


class SetForm(FlaskForm):
    """A set: where it holds, and what it asks for by when."""

    name = StringField(_("Name"), validators=[DataRequired(_("Give the set a name")), Length(max=120)])
    school = SelectField(_("School"), coerce=int)
    site = SelectField(_("Where"), coerce=int)
    modality = SelectField(_("For work that is"))
    for_start = SelectMultipleField(_("Needed by the first day"), validators=[Optional()])
    for_match = SelectMultipleField(_("Needed before the match"), validators=[Optional()])

    def offer(self, schools: Sequence[School], sites: Sequence[Site], kept: RequirementSet | None) -> None:
        """Fill in the choices; retired items stay choosable where the set has them."""
        codes = [item.kind for item in kept.items] if kept else []
        self.school.choices = [(school.id, school.name) for school in schools]
        self.site.choices = [
            (0, gettext("Every site")),
            *((site.id, f"{site.facility.name}: {site.name}, {site.city}") for site in sites),
        ]
        self.modality.choices = [("", gettext("Anywhere")), *vocabulary.enum_choices(Modality)]
        self.for_match.choices = self.for_start.choices = REQUIREMENTS.choices(codes)

    def fields(self) -> dict[str, Any]:
        """What was entered, as the service takes it; what is ticked twice is due at the earlier time."""
        return {
            "name": self.name.data or "",
            "site_id": self.site.data or None,
            "modality": Modality(self.modality.data) if self.modality.data else None,
            "items": {
                **dict.fromkeys(self.for_start.data or [], Due.START),
                **dict.fromkeys(self.for_match.data or [], Due.MATCH),
            },
        }


def stored(kept: RequirementSet) -> dict[str, Any]:
    """What the form of an existing set starts from."""
    return {
        "name": kept.name,
        "school": kept.school_id,
        "site": kept.site_id or 0,
        "modality": kept.modality.value if kept.modality else "",
        "for_start": [item.kind for item in kept.items if item.due is Due.START],
        "for_match": [item.kind for item in kept.items if item.due is Due.MATCH],
    }


class CostsForm(FlaskForm):
    """What each item of a set costs; the fields are those of :func:`costs_form`."""

    def costs(self) -> dict[str, int | None]:
        """Dollars by kind; None where nothing was entered."""
        return {name: field.data for name, field in self._fields.items() if name != "csrf_token"}


def costs_form(kept: RequirementSet) -> CostsForm:
    """A form with a field for each item of a set."""
    said = NumberRange(0, MOST_COST, message=_("Enter whole dollars, 0 to 5000"))
    fields = {
        item.kind: IntegerField(REQUIREMENTS.label(item.kind), validators=[Optional(), said])
        for item in kept.items
    }
    form: CostsForm = type("CostsForm", (CostsForm,), fields)(data={i.kind: i.cost for i in kept.items})
    return form


class EntryForm(FlaskForm):
    """What a student says of one item."""

    done_on = DateField(_("Done on"), validators=[Optional()])
    expires_on = DateField(_("Valid until"), validators=[Optional()])


class CheckForm(EntryForm):
    """What a coordinator found."""

    standing = RadioField(_("What you found"), validators=[InputRequired(_("Say what you found"))])

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.standing.choices = [
            (Standing.CLEARED.value, gettext("Cleared")),
            (Standing.NOT_CLEARED.value, gettext("Not cleared")),
        ]
