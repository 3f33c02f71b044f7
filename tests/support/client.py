"""A test client that is stricter than a browser: it refuses malformed HTML and uncommitted work.

It keeps no application context open around a request, so a missing commit shows. CSRF protection stays on;
:meth:`StrictClient.post` carries a valid token unless told otherwise, and :meth:`StrictClient.submit` fills
in the form that a page really shows.
"""

from __future__ import annotations

import secrets
from typing import Any
from urllib.parse import urljoin, urlsplit

from flask import Flask
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import event
from sqlalchemy.orm import ORMExecuteState, Session
from werkzeug.test import TestResponse

from marketplace.db import db
from tests.support.forms import Form, forms_of
from tests.support.html import check_html


class UncommittedWork(AssertionError):
    """A request wrote rows and ended without committing them."""


class StrictClient(FlaskClient):
    """The client of the `client` fixture."""

    #: Parsing a page strictly takes longer than making it; a test of thousands of answers checks some.
    checks_html = True

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        """Send a request and check what comes back."""
        lost: list[str] = self.application.extensions.setdefault("uncommitted", [])
        lost.clear()
        kwargs.setdefault("buffered", True)
        response = super().open(*args, **kwargs)
        if lost:
            raise UncommittedWork(f"{response.request.method} {response.request.path}: {', '.join(lost)}")
        if self.checks_html and response.mimetype == "text/html" and response.get_data():
            check_html(response.get_data(as_text=True), response.request.path)
        return response

    def post(self, *args: Any, csrf: bool = True, **kwargs: Any) -> TestResponse:
        """POST with a valid CSRF token; ``csrf=False`` sends none."""
        if csrf:
            kwargs["headers"] = {**dict(kwargs.get("headers") or {}), "X-CSRFToken": self.csrf_token()}
        return super().post(*args, **kwargs)

    def csrf_token(self) -> str:
        """A token that fits this client's session."""
        with self.session_transaction() as session:
            raw = session.setdefault("csrf_token", secrets.token_hex(20))
        key = self.application.config["SECRET_KEY"]
        return str(URLSafeTimedSerializer(key, salt="wtf-csrf-token").dumps(raw))

    def form(self, page: str, *, action: str | None = None, button: str | None = None) -> Form:
        """The one form of `page` with this action or this button's text, as a browser would hold it."""
        response = self.get(page)
        assert response.status_code == 200, f"{page}: {response.status_code}"
        found = [
            form
            for form in forms_of(response.get_data(as_text=True), page)
            if (action is None or urlsplit(form.action).path == action)
            and (button is None or button in form.buttons)
            and (action is not None or button is not None or form.action_path not in {"/sign-out"})
        ]
        assert len(found) == 1, f"{page}: {len(found)} forms with action={action} button={button}"
        return found[0]

    def submit(
        self,
        page: str,
        fields: dict[str, Any] | None = None,
        *,
        action: str | None = None,
        button: str | None = None,
        follow_redirects: bool = False,
    ) -> TestResponse:
        """Open `page`, fill `fields` into its form and press its button, as a person would.

        Fields that the form doesn't have are an error; those not given keep what the page shows.
        """
        form = self.form(page, action=action, button=button)
        data = form.filled(fields or {}, button)
        target = urljoin(page, form.action)
        if form.method == "get":
            return self.get(target, query_string=data, follow_redirects=follow_redirects)
        content = "multipart/form-data" if form.multipart else None
        return self.post(
            target, data=data, content_type=content, follow_redirects=follow_redirects, csrf=False
        )


def watch_commits(app: Flask) -> None:
    """Note, at the end of every request of `app`, rows that were written and neither committed nor undone."""
    with app.app_context():
        factory = db.session.session_factory
    event.listen(factory, "after_flush", _mark_flushed)
    event.listen(factory, "do_orm_execute", _mark_bulk_write)
    event.listen(factory, "after_commit", _forget)
    event.listen(factory, "after_soft_rollback", lambda session, _previous: _forget(session))
    app.teardown_request(lambda _error: _collect(app))


def _mark_flushed(session: Session, _context: object) -> None:
    session.info.setdefault("uncommitted", set()).update(
        type(row).__name__ for row in (*session.new, *session.dirty, *session.deleted)
    )


def _mark_bulk_write(state: ORMExecuteState) -> None:
    if state.is_insert or state.is_update or state.is_delete:
        mapper = state.bind_mapper
        state.session.info.setdefault("uncommitted", set()).add(mapper.class_.__name__ if mapper else "rows")


def _forget(session: Session) -> None:
    session.info.pop("uncommitted", None)


def _collect(app: Flask) -> None:
    session = db.session()
    pending = {type(row).__name__ for row in (*session.new, *session.dirty, *session.deleted)}
    lost = session.info.pop("uncommitted", set()) | pending
    app.extensions.setdefault("uncommitted", []).extend(sorted(lost))
