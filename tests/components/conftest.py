"""The style page in a real Chromium: what the component tests share."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page
from werkzeug.serving import make_server

from marketplace.app import create_app
from tests.support.settings import settings_for


@pytest.fixture(scope="session")
def style_app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """The application with its style page, which asks the database nothing."""
    folder = tmp_path_factory.mktemp("style")
    url = f"sqlite:///{folder / 'unused.sqlite3'}"
    return create_app({**settings_for(url, folder), "STYLE_PAGE": True})


@pytest.fixture(scope="session")
def style_url(style_app: Flask) -> Iterator[str]:
    """The address of the style page on a server of these tests' own."""
    server = make_server("127.0.0.1", 0, style_app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/style"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def style_page(chromium: Browser, style_url: str) -> Iterator[Page]:
    """The style page at 1280 px; errors on its console fail the test."""
    page = chromium.new_page(viewport={"width": 1280, "height": 900})
    problems: list[str] = []
    page.on("console", lambda m: problems.append(m.text) if m.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(style_url)
    yield page
    page.close()
    assert problems == []
