"""The ranking with its script: arrows, number fields, dragging, removing, by keyboard and by mouse."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

pytestmark = pytest.mark.browser

START = ["11", "12", "13", "14", "15"]


def order(page: Page) -> list[str]:
    """What the form would post."""
    values = [field.input_value() for field in page.locator('input[name="order"]').all()]
    numbers = [field.input_value() for field in page.locator(".rank-number").all()]
    assert numbers == [str(n + 1) for n in range(len(values))], "numbers out of step with the order"
    return values


def status(page: Page) -> Locator:
    """The live region."""
    return page.locator("#ranking-status")


@pytest.fixture
def page(style_page: Page) -> Page:
    """The style page once the ranking's script runs."""
    expect(style_page.locator("#ranking")).to_have_attribute("data-ready", "")
    style_page.locator("#rank-11").scroll_into_view_if_needed()
    return style_page


def press_until_focused(page: Page, target: str, limit: int = 200) -> None:
    """Tab until `target` has the focus, as a keyboard user would."""
    for _ in range(limit):
        if page.evaluate("document.activeElement.id") == target:
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{target} can't be reached with Tab")


def test_arrows_by_keyboard_keep_the_focus_and_say_what_happened(page: Page) -> None:
    page.locator("#rank-12-number").focus()
    press_until_focused(page, "rank-12-up")
    page.keyboard.press("Enter")
    assert order(page) == ["12", "11", "13", "14", "15"]
    expect(status(page)).to_have_text("Lakeview Rural Health Network is now choice 1 of 5.")
    expect(page.locator("#rank-12-up")).to_be_focused()
    page.keyboard.press("Space")
    assert order(page) == ["12", "11", "13", "14", "15"]
    expect(status(page)).to_have_text("Lakeview Rural Health Network is already your first choice.")
    expect(page.locator("#rank-12-up")).to_be_focused()


def test_a_typed_number_moves_the_row(page: Page) -> None:
    field = page.locator("#rank-14-number")
    field.fill("2")
    field.press("Enter")
    assert order(page) == ["11", "14", "12", "13", "15"]
    expect(field).to_be_focused()
    field.press("ArrowDown")
    assert order(page) == ["11", "12", "14", "13", "15"]
    field.fill("99")
    field.press("Tab")
    assert order(page) == ["11", "12", "13", "15", "14"]
    field.fill("")
    field.press("Tab")
    assert order(page) == ["11", "12", "13", "15", "14"]


def drag(page: Page, grip: str, to: str, *, drop: bool = True) -> None:
    """Drag the row of `grip` to the middle of the row `to`."""
    start, end = page.locator(f"#{grip} [data-grip]").bounding_box(), page.locator(f"#{to}").bounding_box()
    assert start and end
    page.mouse.move(start["x"] + 5, start["y"] + 5)
    page.mouse.down()
    page.mouse.move(end["x"] + 40, end["y"] + end["height"] * 0.9, steps=12)
    if drop:
        page.mouse.up()


def test_dragging_moves_the_row(page: Page) -> None:
    drag(page, "rank-11", "rank-13")
    assert order(page) == ["12", "13", "11", "14", "15"]
    expect(status(page)).to_have_text("Riverside Medical Center is now choice 3 of 5.")


def test_escape_ends_a_drag_where_it_began(page: Page) -> None:
    drag(page, "rank-11", "rank-13", drop=False)
    page.keyboard.press("Escape")
    assert order(page) == START
    page.mouse.up()
    assert order(page) == START


def test_a_removed_row_can_be_brought_back(page: Page) -> None:
    page.locator("#rank-12-remove").press("Enter")
    assert order(page) == ["11", "13", "14", "15"]
    undo = page.get_by_role("button", name="Undo")
    expect(undo).to_be_focused()
    undo.press("Enter")
    assert order(page) == START
    expect(page.locator("#rank-12-remove")).to_be_focused()


def test_leaving_with_unsaved_changes_asks_first(page: Page) -> None:
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.locator("#rank-11-down").click()
    page.goto("about:blank")
    assert asked == ["beforeunload"]


def test_leaving_without_changes_asks_nothing(page: Page) -> None:
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.locator("#rank-11-down").click()
    page.locator("#rank-11-up").click()
    page.goto("about:blank")
    assert asked == []
