"""The form that asks for another run: why, and what is to be corrected in the sealed input."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import FieldList, Form, FormField, SelectField, TextAreaField
from wtforms.validators import DataRequired, Length

from marketplace.runs.corrections import Correction, Kind
from marketplace.runs.superseding import MOST

Choices = Sequence[tuple[str, str]]

KINDS = {
    "": _("Nothing"),
    Kind.STUDENT_GONE.value: _("A student withdrew"),
    Kind.SLOT_GONE.value: _("A slot was withdrawn"),
    Kind.NOT_ELIGIBLE.value: _("A student may not be placed at a slot"),
    Kind.ELIGIBLE.value: _("A student may be placed at a slot after all"),
}
#: What each kind names.
NEEDS = {
    Kind.STUDENT_GONE: ("student",),
    Kind.SLOT_GONE: ("slot",),
    Kind.NOT_ELIGIBLE: ("student", "slot"),
    Kind.ELIGIBLE: ("student", "slot"),
}


class CorrectionForm(Form):
    """One correction; left at "nothing" it is none."""

    kind = SelectField(_("What is corrected"))
    student = SelectField(_("Student"))
    slot = SelectField(_("Slot"))

    def correction(self) -> Correction | None:
        """What was chosen, or None; a choice that lacks its student or slot is an error on that field."""
        if not self.kind.data:
            return None
        kind = Kind(self.kind.data)
        found: dict[str, str] = {}
        for name in NEEDS[kind]:
            if not self[name].data:
                self[name].errors = [gettext("Choose one")]
            found[name] = self[name].data
        return Correction(kind, **found)


class SupersedeForm(FlaskForm):
    """Why another run, and on which corrections."""

    reason = TextAreaField(
        _("Why, for everyone to read"),
        validators=[DataRequired(_("Say why, in words for everyone")), Length(max=300)],
    )
    corrections = FieldList(FormField(CorrectionForm), min_entries=1, max_entries=MOST)

    def __init__(self, students: Choices, slots: Choices, **options: Any) -> None:
        super().__init__(**options)
        self._students, self._slots = students, slots
        self._offer()

    def one_more(self) -> None:
        """Room for another correction; what was typed stays."""
        if len(self.corrections) < MOST:
            self.corrections.append_entry()
            self._offer()

    def asked(self) -> list[Correction]:
        """The corrections chosen, with their errors on the fields."""
        found = [entry.form.correction() for entry in self.corrections]
        return [each for each in found if each is not None]

    def blame(self, position: int, text: str) -> None:
        """Put an error on the correction of that position among those chosen."""
        chosen = [entry.form for entry in self.corrections if entry.form.kind.data]
        chosen[position].kind.errors = [text]

    def _offer(self) -> None:
        for entry in self.corrections:
            entry.form.kind.choices = [(key, str(text)) for key, text in KINDS.items()]
            entry.form.student.choices = [("", gettext("Choose a student")), *self._students]
            entry.form.slot.choices = [("", gettext("Choose a slot")), *self._slots]
