"""What is typed into a report, and into its answer."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import BooleanField, RadioField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length

from marketplace.reports.models import ReportKind

KINDS = {
    ReportKind.ASKED_RANKING: _("Someone asked how I rank"),
    ReportKind.DISABILITY: _("Someone asked about health or disability"),
    ReportKind.MESSAGE: _("A message was rude, or was advertising, or held patient information"),
    ReportKind.LISTING: _("Something on a page is false or unsafe"),
    ReportKind.OTHER: _("Something else"),
}


class ReportForm(FlaskForm):
    """One report."""

    kind = RadioField(_("What happened?"), validators=[InputRequired(_("Choose what happened"))])
    body = TextAreaField(
        _("Tell us more"),
        validators=[
            DataRequired(_("Say in a few words what happened")),
            Length(max=2000, message=_("Use at most 2000 characters")),
        ],
    )
    about_coordinator = BooleanField(_("It is about a coordinator: show it to the operator only"))

    def offer(self) -> None:
        """Fill in the choices."""
        self.kind.choices = [(kind.value, str(label)) for kind, label in KINDS.items()]


class ResolutionForm(FlaskForm):
    """What was done about a report."""

    resolution = TextAreaField(
        _("What was done"),
        validators=[
            DataRequired(_("Say what was done")),
            Length(max=1000, message=_("Use at most 1000 characters")),
        ],
    )
