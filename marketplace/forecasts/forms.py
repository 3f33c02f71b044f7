"""The form of a what-if: everything is optional, and may be combined."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import IntegerField, SelectField
from wtforms.validators import InputRequired, NumberRange

from marketplace.forecasts.what_if import MOST_PLACES, Options, Question


class WhatIfForm(FlaskForm):
    """Ids are chosen from what the round offers; 0 is nothing."""

    slot_id = SelectField(_l("More places at"), coerce=int, default=0)
    places = IntegerField(
        _l("How many more"),
        default=1,
        validators=[
            InputRequired(_l("Say how many places to add.")),
            NumberRange(1, MOST_PLACES, _l("Add between 1 and %(most)s places.", most=MOST_PLACES)),
        ],
    )
    drop_id = SelectField(_l("Without the slot"), coerce=int, default=0)
    add_id = SelectField(_l("With another slot"), coerce=int, default=0)
    remote_id = SelectField(_l("Remote work allowed at"), coerce=int, default=0)
    facility_id = SelectField(_l("Agreement signed with"), coerce=int, default=0)

    def offer(self, options: Options, nothing: str) -> None:
        """Fill the choices."""
        for field, choices in (
            (self.slot_id, options.slots),
            (self.drop_id, options.slots),
            (self.add_id, options.candidates),
            (self.remote_id, options.on_site),
            (self.facility_id, options.facilities),
        ):
            field.choices = _with_nothing(choices, nothing)

    @property
    def question(self) -> Question:
        """What was asked."""
        return Question(
            slot_id=self.slot_id.data,
            places=(self.places.data or 0) if self.slot_id.data else 0,
            drop_id=self.drop_id.data,
            add_id=self.add_id.data,
            remote_id=self.remote_id.data,
            facility_id=self.facility_id.data,
        )


def _with_nothing(choices: Sequence[tuple[int, str]], nothing: str) -> list[tuple[int, str]]:
    return [(0, nothing), *choices]
