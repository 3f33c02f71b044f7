"""A real Chromium against a real server: what browser tests share.

Pages are watched: an error on the console, a failed script or anything the content policy blocked fails the
test. ``axe(page)`` finds accessibility violations with the vendored axe-core.
"""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from werkzeug.serving import make_server

AXE = Path(__file__).parents[1] / "vendor" / "axe-core" / "axe.min.js"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DESKTOP, PHONE, NARROW = (1280, 900), (390, 844), (320, 640)


class NoBrowser(Exception):
    """There is no Chromium here."""


@contextmanager
def chromium() -> Iterator[Browser]:
    """A Chromium: the one that CHROMIUM names, else the system's."""
    named = os.environ.get("CHROMIUM")
    path = named or shutil.which("chromium") or shutil.which("chromium-browser")
    if not path:
        raise NoBrowser("no Chromium: install chromium, or set CHROMIUM to its path")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@contextmanager
def live(app: Flask) -> Iterator[str]:
    """Serve `app` on a free port with a thread a request; give its address."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def watch(context: BrowserContext) -> list[str]:
    """Note every problem of every page of `context`; a test asserts that the list stays empty."""
    problems: list[str] = []

    def listen(page: Page) -> None:
        page.on("console", lambda m: problems.append(f"{page.url}: {m.text}") if m.type == "error" else None)
        page.on("pageerror", lambda error: problems.append(f"{page.url}: {error}"))

    context.on("page", listen)
    return problems


def axe(page: Page) -> list[str]:
    """The accessibility violations of a page: rule, how bad, and where."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE.read_text())  # evaluated by the debugger, so the content policy stays on
    found: dict[str, Any] = page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{rule['id']} ({rule['impact']}): {' '.join(node['target'])}"
        for rule in found["violations"]
        for node in rule["nodes"][:3]
    ]


def overflow(page: Page) -> int:
    """By how many pixels the page is wider than its window."""
    width: int = page.evaluate(
        "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    return width


def resize(page: Page, size: tuple[int, int]) -> None:
    """Give the window another size."""
    page.set_viewport_size({"width": size[0], "height": size[1]})
