"""The pages of a couple in a browser: accessible, fit at every width, and usable without scripts."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from marketplace.db import db
from marketplace.rounds.models import Round
from tests.browser.test_crawl import check
from tests.factories import PASSWORD, Factory
from tests.support import browser

pytestmark = pytest.mark.browser


class Pair:
    """Two students, three places, and a site that runs."""

    def __init__(self, make: Factory, url: str) -> None:
        programme = make.programme()
        self.url = url
        self.people = [make.student(programme, name) for name in ("Pat Fictional", "Quinn Example")]
        slots = [make.slot(title=f"Records practicum {letter}") for letter in "ABC"]
        round_ = make.round(programme.school, programmes=[programme], slots=slots, students=self.people)
        with make.app.app_context():
            db.session.get_one(Round, round_.id).couples = True
            db.session.commit()
        for student in self.people:
            for slot in slots:
                make.application(round_, student, slot)
        self.path = f"{url}/rounds/{round_.id}/couple"


@pytest.fixture
def pair(app: Flask, make: Factory) -> Iterator[Pair]:
    with browser.live(app) as url:
        yield Pair(make, url)


def signed_in(chromium: Browser, pair: Pair, number: int, *, scripts: bool) -> Page:
    page = chromium.new_context(
        java_script_enabled=scripts, viewport={"width": 1280, "height": 900}
    ).new_page()
    page.goto(f"{pair.url}/sign-in")
    page.locator("input[name=email]").fill(pair.people[number].user.email)
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("main form button[type=submit], main form input[type=submit]").first.click()
    page.goto(pair.path)
    return page


def press(page: Page, name: str) -> None:
    page.locator("main").get_by_role("button", name=name).first.click()
    page.wait_for_load_state()


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_two_students_make_and_certify_a_list(chromium: Browser, pair: Pair, scripts: bool) -> None:
    problems: list[str] = []
    pat = signed_in(chromium, pair, 0, scripts=scripts)
    pat.locator("main [name=email]").fill(pair.people[1].user.email)
    press(pat, "Ask")
    quinn = signed_in(chromium, pair, 1, scripts=scripts)
    problems += check(quinn) if scripts else []
    press(quinn, "Confirm")
    pat.goto(pair.path)
    for mine, theirs in (("1", "2"), ("2", ""), ("3", "1")):
        pat.locator("main [name=mine]").select_option(mine)
        pat.locator("main [name=theirs]").select_option(theirs)
        press(pat, "Add this pair")
    expect(pat.locator(".rank")).to_have_count(3)
    pat.locator("#rank-2-up").click()
    pat.wait_for_load_state()
    problems += check(pat) if scripts else []
    press(pat, "Review and certify")
    problems += check(pat) if scripts else []
    pat.locator("#apart").check()
    press(pat, "Certify this list")
    quinn.goto(f"{pair.path}/certify")
    press(quinn, "Certify this list")
    expect(quinn.locator("main")).to_contain_text("Both of you certified version")
    quinn.goto(f"{pair.path}/leave")
    problems += check(quinn) if scripts else []
    assert problems == []
