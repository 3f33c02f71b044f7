"""Translations, found once a request: Flask-Babel by itself asks its context again for every word.

Imports nothing of ours.
"""

from __future__ import annotations

from gettext import NullTranslations

from flask import Flask, g
from flask_babel import Domain


class RequestDomain(Domain):
    """The default domain, whose catalogue is remembered for the rest of the request."""

    def get_translations(self) -> NullTranslations:
        """The catalogue of the request's language."""
        known: NullTranslations | None = g.get("translations")
        if known is None:
            known = g.translations = super().get_translations()
        return known


def init_app(app: Flask) -> None:
    """Use one domain for all requests of `app`."""
    domain = RequestDomain()
    app.before_request(domain.as_default)
