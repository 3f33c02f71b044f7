"""Deny by default: a route without an access declaration keeps the application from starting."""

from __future__ import annotations

import re

import pytest
from flask import Blueprint, Flask

from marketplace import access, features
from marketplace.accounts.models import Role
from marketplace.app import create_app
from tests.support.settings import settings_for


def test_an_undeclared_route_refuses_to_start(
    monkeypatch: pytest.MonkeyPatch, database_url: str, tmp_path: pytest.TempPathFactory
) -> None:
    careless = Blueprint("careless", __name__)
    careless.get("/careless")(lambda: "hello")
    monkeypatch.setattr(features, "BLUEPRINTS", (*features.BLUEPRINTS, careless))
    with pytest.raises(access.UndeclaredRoute, match=re.escape("careless.")):
        create_app(settings_for(database_url, tmp_path))  # type: ignore[arg-type]


def test_every_declaration_names_people_that_exist(app: Flask) -> None:
    known = access.PUBLIC | access.SIGNED_IN | {role.value for role in Role}
    for rule in app.url_map.iter_rules():
        declared = access.rule_of(app, rule.endpoint)
        assert declared and declared <= known, rule.endpoint
