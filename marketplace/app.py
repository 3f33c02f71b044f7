"""The application factory: settings, then libraries, then features, then the check of every route."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

import sqlalchemy.exc
from flask import Flask, current_app, g, render_template, request
from flask_babel import Babel
from flask_compress import Compress
from flask_login import AnonymousUserMixin
from flask_wtf import CSRFProtect
from flask_wtf.csrf import generate_csrf
from jinja2 import StrictUndefined
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import IntegerConverter, Map
from werkzeug.wrappers import Response

from marketplace import access, assets, cli, clock, config, db, filters, limits, translations
from marketplace.accounts import security
from marketplace.demo import scene as demo
from marketplace.errors import Conflict, DomainError, NotFound
from marketplace.features import register_features

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(), camera=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}

#: No connection, a lost connection, none free in time.
DATABASE_GONE = (
    sqlalchemy.exc.OperationalError,
    sqlalchemy.exc.InterfaceError,
    sqlalchemy.exc.TimeoutError,
)


class RowNumber(IntegerConverter):
    """A number in an address. One that no row can have is not found, instead of failing in the database."""

    def __init__(self, map: Map) -> None:
        super().__init__(map, max=2**31 - 1)


babel = Babel()
compress = Compress()
csrf = CSRFProtect()


def create_app(settings: Mapping[str, Any] | None = None) -> Flask:
    """The application. Without `settings` it is configured from the environment."""
    app = Flask("marketplace", template_folder="../templates", static_folder="static")
    app.config.from_mapping(config.DEFAULTS)
    app.config.from_mapping(config.from_environment() if settings is None else settings)
    app.jinja_options = {"undefined": StrictUndefined, "trim_blocks": True, "lstrip_blocks": True}
    app.url_map.strict_slashes = False
    app.url_map.converters["int"] = RowNumber
    if app.config["DEMO"]:
        app.config["DEMO_SIGN_INS"] = demo.sign_ins()
        app.config["DEMO_NOTES"] = demo.notes()
    if app.config["PROXIES"]:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=app.config["PROXIES"], x_proto=1)  # type: ignore[method-assign]
    app.before_request(clock.stamp)  # first: what follows may wait for the database
    db.init_app(app)
    babel.init_app(app)
    translations.init_app(app)
    compress.init_app(app)
    csrf.init_app(app)
    app.jinja_env.globals["csrf_token"] = _csrf_token
    access.init_app(app)
    security.init_app(app)
    filters.init_app(app)
    assets.init_app(app)
    register_features(app)
    csrf.exempt("marketplace.accounts.routes.stop_digest")  # its link is the secret; mail programs post it
    cli.init_app(app)
    _handle_errors(app)
    app.before_request(_name_request)
    app.after_request(_harden)
    limits.init_app(app)
    access.refuse_undeclared(app)
    return app


def _name_request() -> None:
    g.request_id = uuid.uuid4().hex[:12]


def _harden(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if request.endpoint == "static":
        response.headers["Cache-Control"] = assets.cache_control(request)
        response.direct_passthrough = False  # read whole, so that it is compressed and its file closed
        response.get_data()
    elif g.get("actor") is not None or (request.endpoint or "").startswith(("security.", "guests.")):
        response.headers["Cache-Control"] = "no-store"
    else:  # a page holds its visitor's token and messages
        response.headers["Cache-Control"] = "private, no-cache"
    return response


def _handle_errors(app: Flask) -> None:
    app.register_error_handler(429, lambda error: (*_page(429), {"Retry-After": "60"}))
    app.register_error_handler(HTTPException, lambda error: _page(error.code or 500))
    app.register_error_handler(NotFound, lambda error: _page(404))
    app.register_error_handler(Conflict, lambda error: _page(409))
    app.register_error_handler(DomainError, lambda error: _page(400))
    for gone in DATABASE_GONE:
        app.register_error_handler(gone, _database_gone)
    app.register_error_handler(500, lambda error: _page(500))


def _page(code: int) -> tuple[str, int]:
    known = code if code in {400, 403, 404, 409, 429, 500, 503} else (400 if code < 500 else 500)
    return render_template(f"errors/{known}.html", code=code), code


def _database_gone(error: sqlalchemy.exc.SQLAlchemyError) -> tuple[str, int, dict[str, str]]:
    """Say that nothing was saved, with a plain page that needs no database."""
    g.actor = None
    g._login_user = AnonymousUserMixin()  # else every template would look for the person again
    current_app.logger.error("database unavailable: %s", type(getattr(error, "orig", error)).__name__)
    return render_template("errors/503.html", code=503), 503, {"Retry-After": "10"}


def _csrf_token() -> str:
    """The token of this request: made once, though a page may have a form in each row."""
    token: str = g.csrf_token if "csrf_token" in g else generate_csrf()
    return token
