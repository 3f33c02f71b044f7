"""The marketplace without a mouse: Tab, Enter, Space and typing alone.

A student finds, applies, saves and withdraws; a coordinator imports, takes on an agreement and reads a text.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, expect

from marketplace.accounts.models import User
from marketplace.db import transaction
from marketplace.rounds.models import AgreementRule
from marketplace.rounds.phases import Phase
from marketplace.slots import services as slots
from marketplace.students.models import Student
from tests.browser.people import Person, someone
from tests.factories import Factory
from tests.support import browser

pytestmark = pytest.mark.browser


class Keys:
    """A person who presses keys."""

    def __init__(self, person: Person) -> None:
        self.person, self.page = person, person.page

    def to(self, selector: str) -> Keys:
        """Tab to the first such element of the page."""
        self.person.tab_to(selector)
        return self

    def button(self, name: str) -> None:
        """Tab to a button and press it."""
        self.to(f"main button:has-text('{name}')").enter()

    def link(self, name: str, within: str = "main") -> None:
        """Tab to a link and follow it."""
        self.to(f"{within} a:has-text('{name}')").enter()

    def enter(self) -> None:
        """Press Enter; the page that follows is there when this returns."""
        with self.page.expect_event("domcontentloaded"):
            self.page.keyboard.press("Enter")
        self.page.wait_for_load_state()

    def space(self) -> None:
        """Tick or untick what has the focus."""
        self.page.keyboard.press("Space")

    def type(self, text: str) -> None:
        """Type into what has the focus, as into an empty field."""
        self.page.keyboard.type(text)

    def sees(self, text: str) -> None:
        """The page says it, and has nothing wrong."""
        self.person.sees(text)
        self.person.look()


@pytest.fixture
def url(app: Flask) -> Iterator[str]:
    with browser.live(app) as address:
        yield address


def at_the_keyboard(chromium: Browser, url: str, who: User | Student) -> Keys:
    user = who.user if isinstance(who, Student) else who
    return Keys(someone(chromium, url, user.email, browser.DESKTOP))


def test_a_student_finds_applies_saves_and_withdraws(chromium: Browser, url: str, make: Factory) -> None:
    programme = make.programme()
    facility = make.facility("Fictional Bay Hospital")
    wanted = make.slot(facility, title="Coding at the harbor")
    other = make.slot(title="Answering requests", task_areas=["release-of-information"])
    student = make.student(programme, "Ada Example")
    make.round(
        programme.school,
        phase=Phase.APPLYING,
        programmes=[programme],
        slots=[wanted, other],
        students=[student],
    )
    keys = at_the_keyboard(chromium, url, student)
    keys.link("Find slots", "header")
    keys.to("main [name=q]").type("coding")
    keys.to("main [name=within]").type("Any")
    keys.to("main [name=modality]").space()
    keys.button("Show slots")
    keys.sees("1 slot")
    keys.link("Map")
    keys.sees("Slots by state")
    keys.link("Ohio", "main .table-frame")
    keys.sees("Coding at the harbor")
    keys.button("Save this search")
    keys.sees("My saved searches")
    keys.link("coding", "main h2")
    keys.link("Coding at the harbor")
    keys.link("Apply", "main aside")
    keys.button("Sign and apply")  # unsigned: the page says what is missing, and the focus is on it
    expect(keys.page.locator("#error-summary")).to_be_focused()
    keys.to("main [name=agree]").space()
    keys.to("main [name=signature]").type("Ada Example")
    keys.button("Sign and apply")
    keys.sees("Coding at the harbor")
    keys.link("My applications", "header")
    keys.link("Withdraw")
    keys.button("Withdraw")
    keys.sees("Withdrawn")
    keys.link("Coding at the harbor")
    expect(keys.page.locator("main aside a:has-text('Apply')")).to_be_visible()  # it can be undone


def test_a_coordinator_imports_takes_on_and_reads(
    chromium: Browser, url: str, make: Factory, tmp_path: Path
) -> None:
    programme = make.programme(name="HIT")
    facility = make.facility("Fictional Bay Hospital")
    slot, student = make.slot(facility), make.student(programme, "Ada Example")
    make.contact(facility)
    text_that_waits(make)
    round_ = make.round(
        programme.school,
        programmes=[programme],
        slots=[slot],
        students=[student],
        agreement_rule=AgreementRule.EXCLUDE,
    )
    make.application(round_, student, slot)
    coordinator = make.coordinator(programme.school)
    file = tmp_path / "class.csv"
    file.write_text("Name,E-mail,Programme\nBo Lake,bo@college.example,HIT\n")
    keys = at_the_keyboard(chromium, url, coordinator)

    keys.link("Students", "header")
    keys.link("From a spreadsheet")
    keys.link("Choose a file of students")
    keys.to("main [name=file]")
    with keys.page.expect_file_chooser() as chooser:
        keys.page.keyboard.press("Enter")
    chooser.value.set_files(file)
    keys.button("Check the file")
    keys.sees("Nothing is written yet")
    keys.sees("Bo Lake")
    keys.button("Send the invitations")
    keys.sees("From a spreadsheet")

    keys.link("Agreements", "header")
    keys.sees("Fictional Bay Hospital")
    keys.to("main [name=owner]").type(coordinator.name)
    keys.to("main [name=stage]").type("Requested")
    keys.button("Save")
    keys.to("main a:has-text('Template as PDF')")
    with keys.page.expect_download() as download:
        keys.page.keyboard.press("Enter")
    assert Path(download.value.path()).read_bytes().startswith(b"%PDF-")

    keys.link("Home", "header")
    keys.to("main .todo-item:has-text('waits to be read') a").enter()
    keys.link("Reading charts", "main .table-frame")
    keys.button("Send it back")  # without a reason
    expect(keys.page.locator("#error-summary")).to_be_focused()
    keys.button("Approve")
    keys.sees("Texts to read")


def text_that_waits(make: Factory) -> None:
    """The first slot of a facility none of whose texts was read yet."""
    facility = make.facility("Fictional Clinic", trusted_at=None)
    pattern, contact = make.slot(facility), make.actor(make.contact(facility))
    names = ("site_id", "role", "starts_on", "ends_on", "hours", "task_areas", "description")
    values = {name: getattr(pattern, name) for name in names}
    with make.app.app_context(), transaction():
        slot = slots.create(
            contact, facility.id, now=make.now(), title="Reading charts", attested=True, **values
        )
        slots.post(contact, slot.id, now=make.now())
