"""The menus, the filter panel and the character counter, with and without a script."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

pytestmark = pytest.mark.browser


def test_escape_closes_the_menu_and_gives_the_focus_back(style_page: Page) -> None:
    style_page.set_viewport_size({"width": 390, "height": 800})
    expect(style_page.locator("#ranking")).to_have_attribute("data-ready", "")
    menu, summary = style_page.locator(".site-menu"), style_page.locator(".site-menu > summary")
    summary.press("Enter")
    expect(menu).to_have_attribute("open", "")
    menu.get_by_role("link").first.focus()
    style_page.keyboard.press("Escape")
    expect(menu).not_to_have_attribute("open", "")
    expect(summary).to_be_focused()


def test_filters_stand_open_where_there_is_room(style_page: Page) -> None:
    panel = style_page.locator("details.filters")
    expect(panel).to_have_attribute("open", "")
    style_page.set_viewport_size({"width": 390, "height": 800})
    expect(panel).not_to_have_attribute("open", "")


def test_filters_are_there_without_a_script(chromium: Browser, style_url: str) -> None:
    context = chromium.new_context(java_script_enabled=False, viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.goto(style_url)
    expect(page.locator("#kind")).to_be_visible()
    page.set_viewport_size({"width": 390, "height": 900})
    expect(page.locator("#kind")).not_to_be_visible()
    page.locator("details.filters > summary").press("Enter")
    expect(page.locator("#kind")).to_be_visible()
    context.close()


def test_the_counter_counts_as_the_server_does(style_page: Page) -> None:
    area, line = style_page.locator("#about"), style_page.locator("#about-count")
    area.fill("two\nlines")
    expect(line).to_have_text(f"{600 - 10} characters left")
    area.fill("x" * 603)
    expect(line).to_have_text("3 characters too many")


def test_a_summary_of_errors_takes_the_focus_and_leads_to_the_field(style_page: Page) -> None:
    expect(style_page.locator("#error-summary")).to_be_focused()
    style_page.get_by_role("link", name="Choose at least one task area").press("Enter")
    expect(style_page.locator("#bad-tasks-0")).to_be_focused()
