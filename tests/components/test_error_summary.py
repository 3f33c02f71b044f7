"""The list of errors above a form: every error is there, says which field it means, and leads there."""

from __future__ import annotations

import re

from flask import Flask, render_template_string
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict
from wtforms import FieldList, Form, FormField, RadioField, StringField
from wtforms.validators import DataRequired

PAGE = '{% from "components/forms.html" import error_summary %}{{ error_summary(form) }}'


class Address(Form):
    """A form in the form."""

    street = StringField(_l("Street"), [DataRequired(_l("Give the street"))])


class Sample(Form):
    """Fields whose errors come in every shape WTForms has."""

    title = StringField(_l("Title"), [DataRequired(_l("Give the slot a title"))])
    start = StringField(_l("Start date"), [DataRequired()])
    where = RadioField(_l("Where"), choices={"here": "Here"})
    address = FormField(Address, _l("Address"))
    sites = FieldList(StringField("Site", [DataRequired()]), _l("Sites"), min_entries=1)


def summary(app: Flask, form: Form) -> list[tuple[str, str]]:
    """(where it leads, what it says) of each line."""
    with app.test_request_context():
        text = render_template_string(PAGE, form=form)
    return re.findall(r'<li>(?:<a href="#([\w-]+)">)?([^<]+)', text)


def test_errors_of_every_shape_are_listed(app: Flask) -> None:
    with app.test_request_context():
        form = Sample(MultiDict())
        form.validate()
        form.form_errors.append("The dates overlap")
    assert summary(app, form) == [
        ("title", "Give the slot a title"),
        ("start", "Start date: This field is required."),
        ("where-0", "Where: Not a valid choice."),
        ("address", "Address"),
        ("sites", "Sites"),
        ("", "The dates overlap"),
    ]


def test_a_form_without_errors_has_no_summary(app: Flask) -> None:
    assert summary(app, Sample()) == []
