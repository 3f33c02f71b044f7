"""How often one visitor may press the buttons that need no sign-in, and those that write to others.

Counted in memory by default, so each process counts for itself; several workers share their counts where
``RATE_LIMIT_STORAGE`` names a server. A whole class may sit behind one address, so limits by address are wide
and guessing one account's password is limited by the account. Pages that are only read are not limited.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from werkzeug.routing import Rule

from marketplace import access

Key = Callable[[], str]

#: By address, for every form that needs no sign-in.
PUBLIC = "120 per minute; 1200 per hour"
#: By the account typed and the address it comes from, and by the account alone.
ACCOUNT_HERE, ACCOUNT = "10 per 15 minutes", "60 per 15 minutes"
#: By address, for what sends mail to whoever is typed.
MAIL = "100 per hour"
#: By person, for what reaches other people.
WRITING = "30 per minute"

_TYPED = ("security.login", "security.forgot_password", "security.send_confirmation")
_MAILS = (
    "security.register",
    "security.forgot_password",
    "security.send_confirmation",
    "guests.start",
    "guests.send_again",
    "guests.send_code",
)
_WRITES = ("messages.write", "messages.show", "reports.new", "privacy.mine")


def init_app(app: Flask) -> None:
    """Put the limits before the views; after every route is registered."""
    limiter = Limiter(
        get_remote_address,
        app=app,
        default_limits=[],
        storage_uri=app.config["RATE_LIMIT_STORAGE"],
        enabled=app.config["RATE_LIMITS"],
        strategy="moving-window",
    )
    app.extensions["practicum-limiter"] = limiter  # the limited views hold it weakly
    for endpoint in sorted(
        {rule.endpoint for rule in app.url_map.iter_rules() if _is_public_form(app, rule)}
    ):
        _limit(app, limiter, endpoint, PUBLIC)
    for endpoint in _TYPED:
        _limit(app, limiter, endpoint, ACCOUNT_HERE, key=_account_here)
        _limit(app, limiter, endpoint, ACCOUNT, key=_account)
    for endpoint in _MAILS:
        _limit(app, limiter, endpoint, MAIL)
    for endpoint in _WRITES:
        _limit(app, limiter, endpoint, WRITING, key=_person)


def _is_public_form(app: Flask, rule: Rule) -> bool:
    return "POST" in (rule.methods or ()) and access.rule_of(app, rule.endpoint) == access.PUBLIC


def _limit(app: Flask, limiter: Limiter, endpoint: str, limit: str, *, key: Key = get_remote_address) -> None:
    limited: Any = limiter.limit(limit, key_func=key, methods=["POST"])(app.view_functions[endpoint])
    app.view_functions[endpoint] = limited


def _account() -> str:
    return f"account:{request.form.get('email', '').strip().lower()[:254]}"


def _account_here() -> str:
    return f"{_account()}@{get_remote_address()}"


def _person() -> str:
    actor = access.current_actor()
    return f"person:{actor.user_id}" if actor else get_remote_address()
