"""The style page: valid, accessible, narrow enough, light enough, and only where it is asked for."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, Response, expect

from tests.support.client import StrictClient, check_html

AXE = Path(__file__).parents[1] / "vendor" / "axe-core" / "axe.min.js"
FIRST_VIEW = 60 * 1024
WIDTHS = (1280, 390, 320)


def test_it_is_well_formed_and_strict_about_scripts(style_app: Flask) -> None:
    response = style_app.test_client().get("/style?flash")
    text = response.get_data(as_text=True)
    check_html(text, "/style")
    assert " style=" not in text
    assert "<style" not in text
    assert text.count("<script") == text.count('<script type="module" src=') == 1
    assert "'unsafe" not in response.headers["Content-Security-Policy"]


def test_it_is_there_only_where_the_setting_says_so(client: StrictClient) -> None:
    assert client.get("/style").status_code == 404


@pytest.mark.browser
def test_a_first_view_weighs_little(chromium: Browser, style_url: str) -> None:
    page = chromium.new_page()
    responses: list[Response] = []
    page.on("response", lambda response: responses.append(response))
    page.goto(style_url, wait_until="networkidle")
    sizes = {response.url: weight(response.body()) for response in tuple(responses)}
    page.close()
    assert any(url.endswith(".woff2") for url in sizes)
    assert sum(sizes.values()) <= FIRST_VIEW, sizes


def weight(body: bytes) -> int:
    """Bytes on the wire: what doesn't shrink is sent as it is."""
    return min(len(body), len(gzip.compress(body, 6)))


@pytest.mark.browser
@pytest.mark.parametrize("width", WIDTHS)
def test_axe_finds_nothing_and_nothing_scrolls_sideways(
    chromium: Browser, style_url: str, width: int
) -> None:
    page = chromium.new_page(viewport={"width": width, "height": 900})
    page.goto(f"{style_url}?flash")
    expect(page.locator("#ranking")).to_have_attribute("data-ready", "")
    page.evaluate("document.querySelectorAll('main details').forEach((part) => (part.open = true))")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert violations(page) == []
    page.close()


@pytest.mark.browser
def test_it_works_in_forced_colours(chromium: Browser, style_url: str) -> None:
    context = chromium.new_context(forced_colors="active", viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.goto(style_url)
    assert violations(page) == []
    context.close()


def violations(page: Page) -> list[str]:
    """What axe finds wrong, one line a rule."""
    page.evaluate(AXE.read_text())
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
    return [f"{each['id']}: {each['nodes'][0]['html'][:160]}" for each in found]
