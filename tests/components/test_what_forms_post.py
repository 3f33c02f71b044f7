"""What the ranking and the tier editor send: the same names with a script and without."""

from __future__ import annotations

from urllib.parse import parse_qsl

import pytest
from playwright.sync_api import Browser, Page, Request, expect

pytestmark = pytest.mark.browser


def is_post(request: Request) -> bool:
    """Whether a form was sent."""
    return request.method == "POST"


def sent_by(page: Page, *, press: str, key: str = "Enter") -> list[tuple[str, str]]:
    """What the browser posts when `key` is pressed on the control with the id `press`."""
    page.route(
        "**/*", lambda route: route.fulfill(status=204) if is_post(route.request) else route.continue_()
    )
    with page.expect_request(is_post) as posted:
        page.locator(press).press(key)
    pairs = parse_qsl(posted.value.post_data or "", keep_blank_values=True)
    return [(name, value) for name, value in pairs if name != "csrf_token"]


@pytest.fixture
def plain_page(chromium: Browser, style_url: str) -> Page:
    """The style page in a browser without JavaScript."""
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(style_url)
    return page


def ranking(order: list[int], numbers: dict[int, int] | None = None) -> list[tuple[str, str]]:
    """The pairs that a ranking in this order posts."""
    shown = {each: place + 1 for place, each in enumerate(order)} | (numbers or {})
    return [pair for each in order for pair in (("order", str(each)), (f"rank-{each}", str(shown[each])))]


def test_an_arrow_without_script_posts_the_move_and_the_order(plain_page: Page) -> None:
    sent = sent_by(plain_page, press="#rank-13-up")
    assert [pair for pair in sent if pair[0] != "move"] == ranking([11, 12, 13, 14, 15])
    assert ("move", "up:13") in sent
    plain_page.context.close()


def test_enter_in_a_number_field_without_script_saves_and_moves_nothing_else(plain_page: Page) -> None:
    plain_page.locator("#rank-14-number").fill("2")
    sent = sent_by(plain_page, press="#rank-14-number")
    assert [pair for pair in sent if pair[0] != "save"] == ranking([11, 12, 13, 14, 15], {14: 2})
    assert ("save", "draft") in sent
    plain_page.context.close()


def test_with_script_the_posted_order_is_the_one_on_the_page(style_page: Page) -> None:
    expect(style_page.locator("#ranking")).to_have_attribute("data-ready", "")
    style_page.locator("#rank-13-up").press("Enter")
    style_page.locator("#rank-15-remove").press("Enter")
    sent = sent_by(style_page, press='button[name="save"][value="certify"] >> nth=0')
    assert [pair for pair in sent if pair[0] != "save"] == ranking([11, 13, 12, 14])
    assert ("save", "certify") in sent


def test_tiers_post_a_tier_for_every_applicant(plain_page: Page) -> None:
    plain_page.locator("#tier-24").select_option("2")
    sent = dict(sent_by(plain_page, press='form:has(#tiers) button[value="certify"]'))
    tiers = {name: value for name, value in sent.items() if name.startswith("tier-")}
    assert tiers == {"tier-21": "1", "tier-22": "1", "tier-23": "2", "tier-24": "2"}
    assert sent["rest"] == "any"
    plain_page.context.close()
