"""Visit every page that links lead to and press every button, without a browser: what does one person read?

A form is sent as the page shows it and once more with its empty fields filled in, an answer is read with
where it leads, and the database is put back after each. Archives are read inside.
"""

from __future__ import annotations

import io
import re
import sqlite3
import zipfile
from collections.abc import Callable, Collection, Iterator
from contextlib import closing
from urllib.parse import urljoin, urlsplit

import sqlalchemy as sa
from flask import Flask
from werkzeug.test import TestResponse

from tests.factories import PASSWORD
from tests.support.client import StrictClient
from tests.support.forms import Form, forms_of

#: What differs between two answers to the same request, whatever they say.
_FRESH = re.compile(
    r'((?:name="csrf_token"[^>]*value|name="csrf-token"[^>]*content)=")[^"]*|(Applicant )[0-9A-F]{3,8}\b'
)
_LINK = re.compile(r'<(?:a|link)\b[^>]*\bhref="([^"#]+)')
#: Ends the visit, or is about the account alone and works on a password for a while.
_APART = ("/sign-out", "/sign-in", "/change-password", "/verify", "/static/", "/account/sign-out-everywhere")


class Visit:
    """One person, or a visitor, with a session of their own. ``read``: every answer by what was asked."""

    def __init__(self, app: Flask, email: str | None = None) -> None:
        self.app = app
        client = app.test_client()
        assert isinstance(client, StrictClient)
        client.checks_html = False
        self.client = client
        if email:
            answer = client.post("/sign-in", data={"email": email, "password": PASSWORD})
            assert answer.status_code == 302, email
        self.read: dict[str, tuple[int, str]] = {}
        self._file = sa.make_url(app.config["SQLALCHEMY_DATABASE_URI"]).database or ""

    def everywhere(
        self, *starts: str, after: Callable[[], str] = str, without: Collection[str] = ()
    ) -> dict[str, tuple[int, str]]:
        """Follow every link from `starts` and send every kind of form; ``after`` gives what else a POST left
        to read, such as mail. Pages in `without` are left out."""
        waiting, forms = [*starts], dict[tuple[str, frozenset[str], str], tuple[str, Form, str]]()
        while waiting:
            path = waiting.pop(0)
            if f"GET {path}" in self.read or path in without or path.startswith(_APART):
                continue
            text = self._note(f"GET {path}", self.client.get(path))
            waiting += _links(text, path)
            for form, button in _buttons(text, path):
                forms.setdefault((kind_of(form.action_path), form.names, button), (path, form, button))
        for path, form, button in forms.values():
            self._send(path, form, button, after)
        return self.read

    def _send(self, page: str, form: Form, button: str, after: Callable[[], str]) -> None:
        with closing(sqlite3.connect(":memory:")) as saved:
            _copy(self._file, saved)
            for fill in ("", "Because 7"):
                data = {
                    name: [fill if value == "" else value for value in values]
                    for name, values in form.values.items()
                    if name != "csrf_token"
                }
                data |= {name: [PASSWORD] for name in ("password", "current") if name in data}
                pressed = form.buttons.get(button)
                data |= {pressed[0]: [pressed[1]]} if pressed else {}
                answer = self.client.post(form.action, data=data, follow_redirects=True)
                self._note(f"POST {form.action_path} {button} {fill} from {page}", answer, more=after())
                with closing(sqlite3.connect(self._file)) as target:
                    saved.backup(target)

    def _note(self, asked: str, answer: TestResponse, more: str = "") -> str:
        text = readable(answer)
        kept = sorted(
            f"{name}: {value}" for name, value in answer.headers if name not in {"Set-Cookie", "Date"}
        )
        assert answer.status_code < 500, f"{asked}: {answer.status_code}"
        self.read[asked] = answer.status_code, "\n".join([text, *kept, more])
        return text if answer.mimetype == "text/html" else ""


def kind_of(path: str) -> str:
    """The address without its numbers."""
    return "/".join("1" if part.isdigit() else part for part in path.split("/"))


def readable(answer: TestResponse) -> str:
    """The body as text; of an archive, a workbook too, the text of everything in it."""
    body = answer.get_data()
    if not body.startswith(b"PK\x03\x04"):
        return _FRESH.sub(r"\1\2", body.decode(errors="backslashreplace"))
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        return "\n".join(archive.read(name).decode(errors="backslashreplace") for name in archive.namelist())


def _copy(file: str, target: sqlite3.Connection) -> None:
    with closing(sqlite3.connect(file)) as source:
        source.backup(target)


def _links(text: str, page: str) -> list[str]:
    """Addresses of this site that a page links to; the same page sorted or paged otherwise is one."""
    found = [urlsplit(urljoin(page, href.replace("&amp;", "&"))) for href in _LINK.findall(text)]
    return sorted({each.path for each in found if each.netloc == "" and each.path.startswith("/")})


def _buttons(text: str, page: str) -> Iterator[tuple[Form, str]]:
    if "<form" not in text:
        return
    for form in forms_of(text, page):
        if form.method == "post" and not form.action_path.startswith(_APART):
            for button in form.buttons or {"": None}:
                yield form, button
