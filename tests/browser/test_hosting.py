"""From an e-mailed link to a posted slot on a phone: no account, few inputs, by keyboard, without scripts."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from flask import Flask
from playwright.sync_api import Browser, expect

from marketplace.access import Actor
from marketplace.db import transaction
from marketplace.guests import services
from marketplace.links.models import Purpose
from marketplace.links.services import Subject
from tests.browser.people import Person, someone
from tests.factories import Factory
from tests.guests.conftest import Post, send_links
from tests.support import browser

pytestmark = pytest.mark.browser

HOST = "new.host@clinic.example"
#: What a host must type or tick; everything else is filled in or may stay empty.
TYPED = {
    "name": "Cleo Newcomer",
    "facility_name": "Fictional Corner Practice",
    "zip": "43215",
    "description": "Sort and scan records, answer requests, sit with our coder.",
}
TOUCHED = len(TYPED) + 3  # and: kind of organisation, one task area, the statement


@dataclass
class Stage:
    """A running site, a coordinator, and the mail."""

    make: Factory
    url: str
    post: Post
    coordinator: Actor

    def link(self) -> str:
        """Send a link to a newcomer; give its path."""
        with self.make.app.app_context(), transaction():
            services.invite_host(self.coordinator, HOST, facility_id=None, now=self.make.now())
        return self.post.link(HOST)


@pytest.fixture
def stage(app: Flask, make: Factory) -> Iterator[Stage]:
    coordinator = make.actor(make.coordinator(name="Dee Coordinator"))
    with browser.live(app) as url:
        yield Stage(make, url, Post(app), coordinator)


@pytest.fixture
def send_link(make: Factory, post: Post) -> Callable[..., str]:
    return send_links(make, post)


@pytest.fixture
def post(app: Flask) -> Post:
    return Post(app)


def visitor(chromium: Browser, url: str, *, scripts: bool = True) -> Person:
    """Somebody with a phone who was never here."""
    context = chromium.new_context(
        viewport={"width": browser.PHONE[0], "height": browser.PHONE[1]},
        java_script_enabled=scripts,
        reduced_motion="reduce",
    )
    context.set_default_timeout(15_000)
    return Person(context.new_page(), url, browser.watch(context), scripts)


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_from_the_link_to_a_posted_slot_on_a_phone(chromium: Browser, stage: Stage, scripts: bool) -> None:
    host = visitor(chromium, stage.url, scripts=scripts)
    path, began = stage.link(), time.monotonic()
    host.go(path)
    host.press("Post slot")  # everything empty: the page says what is needed
    needed = host.page.locator(".error-summary li").count()
    assert needed == TOUCHED < 12
    host.fill(**TYPED)
    host.page.locator("main [name=facility_kind]").select_option("practice")
    host.tick("task_areas", "release-of-information")
    host.tick("attested")
    host.press("Post slot")
    host.sees("Thank you. Your slot is posted.")
    host.sees("Waiting to be checked")
    assert time.monotonic() - began < 60, "a machine needs seconds for what takes a person minutes"
    assert host.page.get_by_role("link", name="My account").count() == 0


def test_by_keyboard_alone(chromium: Browser, stage: Stage) -> None:
    host = visitor(chromium, stage.url)
    host.go(stage.link())
    for name in ("name", "facility_name"):
        host.tab_to(f"main [name={name}]")
        host.page.keyboard.type(TYPED[name])
    host.tab_to("main [name=facility_kind]")
    host.page.keyboard.type("Small practice")
    for name in ("zip", "description"):
        host.tab_to(f"main [name={name}]")
        host.page.keyboard.type(TYPED[name])
    for selector in ("main [name=task_areas][value=coding]", "main [name=attested]"):
        host.tab_to(selector)
        host.key("Space")
    host.tab_to("main button[name=post]")
    host.key("Enter")
    expect(host.page.locator("h1")).to_have_text("Thank you. Your slot is posted.")
    host.look()


@pytest.mark.parametrize("kind", ["term", "half-day", "go-live", "shadow-day"])
def test_every_kind_of_page_is_accessible_on_a_phone(chromium: Browser, stage: Stage, kind: str) -> None:
    host = visitor(chromium, stage.url)
    path = stage.link()
    for address in (f"{path}?kind={kind}", f"/host?kind={kind}"):
        host.go(address)
        host.page.locator("summary").last.click()
        host.look()
        browser.resize(host.page, browser.NARROW)
        assert browser.overflow(host.page) <= 0
        browser.resize(host.page, browser.PHONE)


def test_a_late_link_is_sent_again(chromium: Browser, stage: Stage) -> None:
    host = visitor(chromium, stage.url)
    path = stage.link()
    stage.make.now.advance(days=30)  # type: ignore[attr-defined]
    host.page.goto(stage.url + path)
    host.problems.clear()  # the browser notes the 410 of the page
    host.look()
    host.press("Send me a new link")
    host.sees("A new link is on its way")
    host.go(stage.post.link(HOST))
    host.sees("What will the student do?")


def test_choosing_confirming_and_reading_by_link_on_a_phone(
    chromium: Browser, stage: Stage, send_link: Callable[..., str]
) -> None:
    """The code, the tiers, the receipt, the result: each page accessible, none wider than a phone."""
    make, post = stage.make, stage.post
    programme, facility = make.programme(), make.facility("Fictional Bay Hospital")
    slot, students = (
        make.slot(facility),
        [make.student(programme, name) for name in ("Ada Example", "Bo Example")],
    )
    round_ = make.round(programme.school, programmes=[programme], slots=[slot], students=students)
    for student in students:
        make.student_list(round_, student, [slot])
    contact, about = make.contact(facility), Subject(facility.id, slot.id, round_.id)
    coordinator = make.coordinator(programme.school)
    host = visitor(chromium, stage.url)
    host.go(send_link(Purpose.RANK, contact.email, about))
    type_the_code(host, post, contact.email)
    host.sees("Ada Example")
    host.page.locator(f"[name=tier-{students[0].id}]").select_option("1")
    host.press("Review and certify")
    host.press("Certify this list")
    host.sees("Your list is certified")
    make.decide(round_)
    page = send_link(Purpose.RESULT, contact.email, about)
    host.go(page)
    host.sees("Results are not out yet")
    make.release(round_, coordinator)
    host.go(page)
    type_the_code(host, post, contact.email)
    host.sees("Ada Example")
    host.press("Tell the coordinator")
    host.sees("Say what is wrong")
    host.press("Yes, we expect them")
    host.sees("You confirmed on")


def type_the_code(host: Person, post: Post, address: str) -> None:
    """Have the code sent, read the mail, type it."""
    host.press("Send me the code")
    host.fill(code=post.code(address))
    host.press("Go on")


def test_sending_and_mending_links(chromium: Browser, stage: Stage) -> None:
    coordinator = someone(chromium, stage.url, stage.coordinator.email, browser.PHONE)
    coordinator.go("/links")
    coordinator.fill(email="tpyo@clinic.example")
    coordinator.press("Send the link")
    coordinator.sees("tpyo@clinic.example")
    coordinator.press("Mend address")
    coordinator.fill(email="typo@clinic.example")
    coordinator.press("Save and send")
    coordinator.sees("typo@clinic.example")
    browser.resize(coordinator.page, browser.NARROW)
    assert browser.overflow(coordinator.page) <= 0
