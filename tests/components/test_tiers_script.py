"""The tier editor with its script: selects and dragging put a row under its tier."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser


def members(page: Page, tier: str) -> list[str]:
    """Who stands in a tier."""
    rows = page.locator(f'[data-tier="{tier}"] .applicant').all()
    return [str(row.get_attribute("data-name")) for row in rows]


@pytest.fixture
def page(style_page: Page) -> Page:
    """The style page with the tier editor in view and at work."""
    expect(style_page.locator("#tiers")).to_have_attribute("data-ready", "")
    style_page.locator("#applicant-21").scroll_into_view_if_needed()
    return style_page


def test_a_select_moves_the_row_and_keeps_the_focus(page: Page) -> None:
    select = page.locator("#tier-24")
    select.focus()
    select.select_option("1")
    assert members(page, "1") == ["Jordan Lee", "Priya Natarajan", "Alexandria Featherstonehaugh-Montgomery"]
    expect(page.locator('[data-tier="1"] [data-count]')).to_have_text("3 applicants")
    expect(select).to_be_focused()
    expect(page.locator("#tiers-status")).to_have_text(
        "Alexandria Featherstonehaugh-Montgomery is now in: First choice."
    )


def test_dragging_moves_the_row_and_sets_its_select(page: Page) -> None:
    page.locator('[data-tier="3"]').scroll_into_view_if_needed()
    start = page.locator("#applicant-22 [data-grip]").bounding_box()
    end = page.locator('[data-tier="3"]').bounding_box()
    assert start and end
    page.mouse.move(start["x"] + 5, start["y"] + 5)
    page.mouse.down()
    page.mouse.move(end["x"] + 50, end["y"] + 30, steps=8)
    page.mouse.up()
    assert members(page, "3") == ["Priya Natarajan"]
    expect(page.locator("#tier-22")).to_have_value("3")
