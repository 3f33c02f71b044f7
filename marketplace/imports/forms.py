"""The forms of an import: a file, then a confirmation."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import BooleanField, HiddenField


class UploadForm(FlaskForm):
    """A CSV file."""

    file = FileField(_("CSV file"), validators=[FileRequired(_("Choose a file"))])


class ConfirmForm(FlaskForm):
    """That the plan shown is to be written."""

    seal = HiddenField()
    understood = BooleanField(_("These columns are left out, and that is right"))
