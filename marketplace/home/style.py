"""The style page: every component in every state, for people who build pages and for the accessibility test.

Registered only where the setting STYLE_PAGE says so. Its sample words are not translated.
"""

from __future__ import annotations

from datetime import date

from flask import Blueprint, flash, render_template, request
from wtforms import (
    BooleanField,
    DateField,
    DateTimeLocalField,
    EmailField,
    FileField,
    Form,
    IntegerField,
    PasswordField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, Length, NumberRange, Optional

from marketplace import access

bp = Blueprint("style", __name__)

TASKS = (
    *("Release of information", "Chart deficiency", "MPI clean-up", "Coding", "CDI", "Registry abstraction"),
    *("Denials", "Privacy audit", "Data quality & reporting", "EHR training", "Go-live support", "PACS"),
)
SENTENCE = "Work with our coding leads on outpatient charts, then run a small audit of denials."


class SampleForm(Form):
    """One field of every kind."""

    title = StringField("Title", [DataRequired("Give the slot a title")])
    capacity = IntegerField("Capacity", [NumberRange(min=1, message="Capacity must be 1 or more")])
    hours = IntegerField("Hours", [Optional()])
    start = DateField("Start date", [DataRequired()])
    opens = DateTimeLocalField("Ranking closes", [Optional()])
    email = EmailField("E-mail", [Optional()])
    password = PasswordField("Password")
    system = SelectField("Record system", choices={"": "Choose one", "epic": "Epic", "other": "Other"})
    ehr = StringField("Record system, typed", [Optional()])
    where = RadioField(
        "Where the work happens",
        choices={"onsite": "On site", "hybrid": "Hybrid", "remote": "Remote"},
        validators=[DataRequired("Choose where the work happens")],
    )
    silent = RadioField(
        "If I don't answer", choices={"any": "Any eligible student", "nobody": "Nobody"}, default="any"
    )
    tasks = SelectMultipleField(
        "Task areas",
        choices={name: name for name in TASKS},
        validators=[DataRequired("Choose at least one task area")],
    )
    about = TextAreaField("Describe the work", [Length(max=600, message="At most 600 characters")])
    agree = BooleanField("This placement doesn't displace paid staff", [DataRequired("Confirm this")])
    file = FileField("CSV file", [Optional()])
    locked = StringField("Round", default="Spring 2027")


@bp.get("/style")
@access.public
def index() -> str:
    """Every component; with ``?flash`` also the messages that follow an act."""
    if "flash" in request.args:
        for category in ("success", "warning", "error", "message"):
            flash(f"A message of the category {category}.", category)
    bad = SampleForm(prefix="bad-", data={"capacity": 0, "about": SENTENCE * 8, "start": date(2026, 12, 20)})
    bad.validate()
    good = SampleForm(
        data={
            "title": "Coding and revenue cycle",
            "capacity": 2,
            "where": "onsite",
            "tasks": ["Coding", "CDI"],
            "about": SENTENCE,
            "agree": True,
        }
    )
    return render_template("style/index.html", good=good, bad=bad)
