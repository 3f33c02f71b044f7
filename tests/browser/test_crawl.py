"""Every page that links lead to, as a visitor and as each role: accessible, within the keyboard's reach, and
never too wide; no errors."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page

from tests.access.world import World, build
from tests.factories import PASSWORD, Factory
from tests.support import browser

pytestmark = pytest.mark.browser

#: Addresses that are files or leave the pages.
_NOT_PAGES = (".csv", ".ics", ".json", ".eml", ".pdf", ".zip", ".xlsx", "/sign-out")


@dataclass(frozen=True)
class Site:
    """A running site and who lives there."""

    app: Flask
    url: str
    world: World

    def is_public(self, address: str) -> bool:
        """Whether a visitor reads the page too. The start page is another one for each."""
        path = address.removeprefix(self.url)
        return path != "/" and self.app.test_client().get(path).status_code == 200


@pytest.fixture
def site(app: Flask, make: Factory) -> Iterator[Site]:
    world = build(make)
    with browser.live(app) as url:
        yield Site(app, url, world)


@pytest.mark.parametrize("role", ["visitor", "no role", "student", "contact", "coordinator", "operator"])
def test_every_page_is_accessible_and_fits(chromium: Browser, site: Site, role: str) -> None:
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    problems = browser.watch(context)
    page = context.new_page()
    if role != "visitor":
        sign_in(page, site, role)
    seen = crawl(page, site, problems, again=role in {"visitor", "student"})
    context.close()
    assert len(seen) >= 3, seen
    assert problems == []


def sign_in(page: Page, site: Site, role: str) -> None:
    page.goto(f"{site.url}/sign-in")
    page.locator("input[name=email]").fill(site.world.people[role].email)
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("main form button[type=submit], main form input[type=submit]").first.click()
    page.wait_for_url(f"{site.url}/")


def crawl(page: Page, site: Site, problems: list[str], *, again: bool, limit: int = 120) -> list[str]:
    """Follow every link once for each kind of page; note what is wrong. Return the kinds that were seen.

    Public pages are opened and, with `again`, checked: for others but students they hold what visitors see.
    """
    start = site.url
    waiting, seen = [start + "/"], {}
    while waiting and len(seen) < limit:
        address = waiting.pop(0)
        kind = kind_of(address)
        if kind in seen:
            continue
        response = page.goto(address)
        seen[kind] = address
        if response is None or response.status != 200:
            problems.append(f"{address}: {response.status if response else 'no answer'}")
            continue
        if again or not site.is_public(address):
            problems.extend(f"{address}: {problem}" for problem in check(page))
        waiting += [each for each in links_of(page) if each.startswith(start)]
    return sorted(seen)


def check(page: Page) -> Iterator[str]:
    """What is wrong with the page at the three widths."""
    for size in (browser.DESKTOP, browser.PHONE, browser.NARROW):
        browser.resize(page, size)
        wide = browser.overflow(page)
        if wide > 0:
            yield f"{wide} px too wide at {size[0]}"
        if size is not browser.NARROW:
            yield from (f"{found} at {size[0]}" for found in browser.axe(page))
    browser.resize(page, browser.DESKTOP)
    yield from (f"the keyboard can't reach {each}" for each in page.evaluate(_OUT_OF_REACH))


#: What can be pressed, typed into or followed, is seen, and does not take the focus in its turn.
_OUT_OF_REACH = """() => [...document.querySelectorAll(
    "a[href], button, input:not([type=hidden]), select, textarea, summary, [role=button], [onclick]")]
  .filter(each => each.checkVisibility() && !each.disabled && !each.closest("[inert], [aria-hidden=true]"))
  .filter(each => (each.focus(), document.activeElement !== each || each.tabIndex !== 0))
  .map(each => each.outerHTML.slice(0, 120))"""


def links_of(page: Page) -> list[str]:
    """The pages that this one links to."""
    found: list[str] = page.eval_on_selector_all("a[href]", "all => all.map(a => a.getAttribute('href'))")
    addresses = [urljoin(page.url, each).split("#")[0] for each in found]
    return [each for each in addresses if not urlsplit(each).path.endswith(_NOT_PAGES)]


def kind_of(address: str) -> str:
    """One page of each kind is enough: numbers and queries don't make another."""
    path = urlsplit(address).path
    return "/".join("1" if part.isdigit() else part for part in path.split("/"))
