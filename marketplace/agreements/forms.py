"""The form of an agreement."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext
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

from marketplace.accounts.models import User
from marketplace.agreements.models import Agreement, Stage
from marketplace.agreements.words import stage_label
from marketplace.facilities.models import Facility
from marketplace.schools.models import School

_DAYS = [InputRequired(_("Give the days")), NumberRange(0, 730, _("Give 0 to 730 days"))]


class AgreementForm(FlaskForm):
    """An agreement as its coordinator fills it in."""

    school = SelectField(_("School"), coerce=int)
    facilities = SelectMultipleField(
        _("Facilities"), coerce=int, validators=[DataRequired(_("Choose the facility, or all of a system"))]
    )
    party = StringField(_("Who signs for them"), validators=[Optional(), Length(max=160)])
    sites = SelectMultipleField(_("Only at these sites"), coerce=int, validators=[Optional()])
    programmes = SelectMultipleField(_("Only for these programmes"), coerce=int, validators=[Optional()])
    stage = RadioField(_("How far it is"))
    starts_on = DateField(_("First day in force"), validators=[Optional()])
    ends_on = DateField(_("Last day in force"), validators=[Optional()])
    notice_days = IntegerField(_("Notice to end it"), default=60, validators=_DAYS)
    survives = BooleanField(_("Students already placed may finish when it ends"), default=True)
    target_on = DateField(_("Signature expected"), validators=[Optional()])
    lead_days = IntegerField(
        _("Signing usually takes"),
        default=120,
        validators=[InputRequired(_("Give the days")), NumberRange(1, 730, _("Give 1 to 730 days"))],
    )
    owner_id = SelectField(_("Who sees to it"), coerce=int)
    note = TextAreaField(_("Note"), validators=[Optional(), Length(max=2000)])

    def offer(
        self,
        schools: Sequence[School],
        partners: Sequence[Facility],
        people: Sequence[User],
    ) -> None:
        """Fill in the choices; sites are offered of the chosen facilities that have several."""
        chosen = set(self.facilities.data or [])
        several = [f for f in partners if f.id in chosen and len(f.sites) > 1]
        self.school.choices = [(school.id, school.name) for school in schools]
        self.facilities.choices = [(f.id, f.name) for f in partners]
        self.sites.choices = [(s.id, f"{f.name}: {s.name}, {s.city}") for f in several for s in f.sites]
        self.programmes.choices = [
            (p.id, p.name if len(schools) == 1 else f"{p.name}, {s.name}")
            for s in schools
            for p in s.programmes
        ]
        self.stage.choices = [(stage.value, stage_label(stage)) for stage in Stage]
        self.owner_id.choices = [(0, gettext("Nobody yet")), *((user.id, user.name) for user in people)]

    def fields(self) -> dict[str, Any]:
        """What was entered, as the services take it."""
        plain = ("party", "starts_on", "ends_on", "notice_days", "survives", "target_on", "lead_days", "note")
        return {
            **{name: self[name].data for name in plain},
            "party": self.party.data or "",
            "note": self.note.data or "",
            "stage": Stage(self.stage.data),
            "owner_id": self.owner_id.data or None,
            "facility_ids": self.facilities.data or [],
            "programme_ids": self.programmes.data or [],
            "site_ids": self.sites.data or [],
        }


def stored(agreement: Agreement) -> dict[str, Any]:
    """What the form of an existing agreement starts from."""
    same = ("party", "starts_on", "ends_on", "notice_days", "survives", "target_on", "lead_days", "note")
    return {
        **{name: getattr(agreement, name) for name in same},
        "school": agreement.school_id,
        "stage": agreement.stage.value,
        "owner_id": agreement.owner_id or 0,
        "facilities": [each.id for each in agreement.facilities],
        "sites": [each.id for each in agreement.sites],
        "programmes": [each.id for each in agreement.programmes],
    }
