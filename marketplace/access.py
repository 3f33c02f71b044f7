"""Who may call a route. Deny by default: a route without a declaration refuses to start.

A declaration says which roles may knock; whether the object behind the door is theirs is decided by the
feature's queries, where someone else's object does not exist (404).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import sqlalchemy as sa
from flask import Flask, abort, current_app, g, redirect, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from marketplace.accounts.models import Membership, Role
from marketplace.db import db

View = TypeVar("View", bound=Callable[..., Any])

PUBLIC = frozenset({"public"})
SIGNED_IN = frozenset({"signed-in"})

#: Routes of libraries, which can't carry a declaration of their own.
LIBRARY_ROUTES: dict[str, frozenset[str]] = {
    "static": PUBLIC,
    "security.static": PUBLIC,
    "security.login": PUBLIC,
    "security.logout": PUBLIC,
    "security.register": PUBLIC,
    "security.send_confirmation": PUBLIC,
    "security.confirm_email": PUBLIC,
    "security.forgot_password": PUBLIC,
    "security.reset_password": PUBLIC,
    "security.change_password": SIGNED_IN,
    "security.verify": SIGNED_IN,
}


@dataclass(frozen=True, slots=True)
class Actor:
    """The person who acts, with the scopes they may act for. Services take it; none reads the request."""

    user_id: int
    name: str
    email: str
    scopes: tuple[tuple[Role, int | None, int | None], ...]

    def has(self, role: Role) -> bool:
        """Whether the person holds `role` anywhere."""
        return any(held == role for held, _, _ in self.scopes)

    @property
    def coordinated_schools(self) -> frozenset[int]:
        """Ids of the schools this person coordinates."""
        return frozenset(s for role, s, _ in self.scopes if role is Role.COORDINATOR and s is not None)

    @property
    def facilities(self) -> frozenset[int]:
        """Ids of the facilities this person is a contact of."""
        return frozenset(f for role, _, f in self.scopes if role is Role.FACILITY_CONTACT and f is not None)


_MEMBERSHIP = Membership.__table__.c
_SCOPES = (
    sa.select(_MEMBERSHIP.role, _MEMBERSHIP.school_id, _MEMBERSHIP.facility_id)
    .where(_MEMBERSHIP.user_id == sa.bindparam("user"))
    .order_by(_MEMBERSHIP.id)
)


class UndeclaredRoute(RuntimeError):
    """A route has no access declaration."""


def _declare(rule: frozenset[str]) -> Callable[[View], View]:
    def mark(view: View) -> View:
        view.__dict__["access"] = rule
        return view

    return mark


def public(view: View) -> View:
    """Declare that anyone may call this route."""
    return _declare(PUBLIC)(view)


def signed_in(view: View) -> View:
    """Declare that anyone with a session may call this route."""
    return _declare(SIGNED_IN)(view)


def requires(*roles: Role) -> Callable[[View], View]:
    """Declare that only people with one of `roles` may call this route."""
    return _declare(frozenset(role.value for role in roles))


def rule_of(app: Flask, endpoint: str) -> frozenset[str] | None:
    """The declaration of `endpoint`, or None."""
    declared = getattr(app.view_functions.get(endpoint), "access", None)
    return declared if declared is not None else LIBRARY_ROUTES.get(endpoint)


def current_actor() -> Actor | None:
    """The signed-in person, loaded once a request."""
    if "actor" not in g:
        g.actor = actor_for(current_user) if current_user.is_authenticated else None
    actor: Actor | None = g.actor
    return actor


def require_actor() -> Actor:
    """The signed-in person; for routes declared other than public."""
    actor = current_actor()
    if actor is None:
        abort(404)
    return actor


def actor_for(user: Any) -> Actor:
    """The actor for a user row."""
    rows = db.session.execute(_SCOPES, {"user": user.id}).all()
    return Actor(user.id, user.name, user.email, tuple((r, s, f) for r, s, f in rows))


def init_app(app: Flask) -> None:
    """Check every request against its route's declaration."""
    app.before_request(_check)


def refuse_undeclared(app: Flask) -> None:
    """Refuse to start while a route has no declaration."""
    missing = sorted({r.endpoint for r in app.url_map.iter_rules() if rule_of(app, r.endpoint) is None})
    if missing:
        raise UndeclaredRoute(f"routes without an access declaration: {', '.join(missing)}")


def _check() -> Response | None:
    endpoint = request.endpoint
    if endpoint is None:
        return None
    rule = rule_of(current_app, endpoint)
    if rule is None:
        abort(404)
    if rule == PUBLIC:
        return None
    actor = current_actor()
    if actor is None:
        target = request.full_path.rstrip("?") if request.method == "GET" else "/"
        return redirect(url_for("security.login", next=target))
    if rule != SIGNED_IN and not any(actor.has(Role(name)) for name in rule):
        abort(404)
    return None
