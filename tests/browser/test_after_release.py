"""From the release to clearing at a browser: confirm, ask to be released, decide, repair, choose."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser

from marketplace.db import db
from marketplace.slots.models import Slot
from tests.browser.people import Person, someone
from tests.factories import Factory
from tests.placements.after import Released
from tests.rounds.market import DAY, START
from tests.support import browser
from tests.support.clock import Clock

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("size", [browser.DESKTOP, browser.PHONE], ids=["desktop", "phone"])
def test_places_are_confirmed_lost_mended_and_cleared(
    chromium: Browser, app: Flask, make: Factory, clock: Clock, size: tuple[int, int]
) -> None:
    market = Released(make)
    one, two, _three, four = market.students
    first, second = market.slots
    clock.set(START + 10 * DAY)
    path = f"/rounds/{market.round_id}"
    with browser.live(app) as url:

        def visit(who: Person, page: str) -> None:
            who.go(path + page)
            shot(who, page, size)

        student = someone(chromium, url, one.user.email, size)
        visit(student, "/placement")
        student.press("Yes, I take it")
        student.sees("Confirmed. Your coordinator and the facility see it.")
        student.press("Ask to be released")
        student.fill(reason="We move to another state.")
        student.press("Send the request")
        student.sees("You asked to be released")

        host = someone(chromium, url, market.contact.email, size)
        visit(host, f"/slots/{second.id}/roster")
        host.press("Yes, we expect them")
        host.press("Host fewer students")
        host.fill(places="0", reason="Our building closes.")
        shot(host, "/fewer", size)
        host.press("Send the request")

        desk = someone(chromium, url, market.coordinator.email, size)
        visit(desk, "/placements")
        desk.press(market.facility.name, exact=True)
        desk.sees("1 student would lose this place")
        desk.tick("decision", "yes")
        desk.fill(reason="We agreed by telephone.")
        shot(desk, "/request", size)
        desk.press("Decide", exact=True)
        desk.press(one.user.name, exact=True)
        desk.tick("decision", "yes")
        desk.fill(reason="Good luck.")
        desk.press("Decide", exact=True)
        visit(desk, "/repair")
        desk.sees(two.user.name)
        desk.fill(reason="The host closed.")
        desk.press("Apply it")
        desk.sees("1 student has a new place.")
        with app.app_context():
            db.session.get_one(Slot, first.id).capacity = 2
            db.session.commit()
        visit(desk, "/open-places")
        desk.press("Let them choose")
        shot(desk, "/open-places-2", size)

        seeker = someone(chromium, url, four.user.email, size)
        visit(seeker, "/clearing")
        seeker.page.locator(f"[name=choice-{first.id}]").select_option("1")
        seeker.fill(signature=four.user.name)
        seeker.press("Save my choice")
        seeker.sees("Saved. You can change it")
        seeker.go("/")
        shot(desk, "/placements", size)


def shot(who: Person, page: str, size: tuple[int, int]) -> None:
    """Keep a picture where AFTER_SHOTS names a folder."""
    folder = os.environ.get("AFTER_SHOTS")
    if folder:
        name = page.strip("/").replace("/", "-")
        who.page.screenshot(path=str(Path(folder) / f"{name}-{size[0]}.png"), full_page=True)
