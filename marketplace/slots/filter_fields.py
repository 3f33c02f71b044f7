"""The fields of the search form as HTML. A list of choices is the same in every request: it is drawn once."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from flask import current_app, request
from flask_babel import get_locale
from markupsafe import Markup
from werkzeug.datastructures import MultiDict
from wtforms import StringField

from marketplace.slots.search_form import SearchForm


def drawn(form: SearchForm, name: str) -> Markup:
    """The field `name` of `form`. What a person typed, and what has an error, is drawn afresh."""
    field = form[name]
    if name == "zip" and field.data and not field.errors and "zip" not in request.args:
        return _home(field.data, str(get_locale()))
    if field.errors or (isinstance(field, StringField) and field.data):
        return _draw(field)
    value = tuple(field.data) if isinstance(field.data, list) else field.data
    return _remembered(name, value, str(get_locale()))


@lru_cache(maxsize=256)
def _home(area: str, locale: str) -> Markup:
    """The ZIP field with which every search of a student begins."""
    return _draw(SearchForm(MultiDict(), zip=area)["zip"])


@lru_cache(maxsize=1024)
def _remembered(name: str, value: Any, locale: str) -> Markup:
    return _draw(SearchForm(MultiDict(), **{name: list(value) if isinstance(value, tuple) else value})[name])


def _draw(field: Any) -> Markup:
    template = current_app.jinja_env.get_template("slots/_fields.html")
    return Markup(template.module.drawn(field))  # type: ignore[attr-defined]
