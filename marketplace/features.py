"""The list of features: each one's blueprint, registered once."""

from __future__ import annotations

from flask import Flask

from marketplace.accounts.routes import bp as accounts
from marketplace.home import navigation, style
from marketplace.home.routes import bp as home
from marketplace.invitations.routes import bp as invitations

BLUEPRINTS = (home, accounts, invitations)


def register_features(app: Flask) -> None:
    """Register every feature's routes and the navigation they share."""
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    if app.config["STYLE_PAGE"]:
        app.register_blueprint(style.bp)
    navigation.init_app(app)
