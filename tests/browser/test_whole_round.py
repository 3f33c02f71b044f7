"""One round through the web alone, from its draft to the archive, with everything that can come between."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from flask import Flask
from playwright.sync_api import Browser

from marketplace.mail import services as mail
from marketplace.runs import nightly
from tests.browser.people import Person, someone
from tests.factories import Factory
from tests.support import browser
from tests.support.clock import Clock

pytestmark = pytest.mark.browser

#: Each student, and the titles they want, best first. Eli and Fay go together.
STUDENTS = {
    "Ada": ["Data quality", "Privacy audit"],
    "Bo": ["Data quality", "Privacy audit"],
    "Cy": ["Team project", "Release of information"],
    "Di": ["Registry", "Denials", "Coding"],
    "Eli": ["Release of information", "Coding"],
    "Fay": ["Release of information", "Coding"],
}
#: Title to facility, places, and the least number of students.
SLOTS = {
    "Release of information": ("Bay", 3, 0),
    "Data quality": ("Bay", 1, 0),
    "Team project": ("Bay", 3, 2),
    "Coding": ("Bay", 2, 0),
    "Privacy audit": ("Bay", 1, 0),
    "Denials": ("Lake", 1, 0),
    "Registry": ("Hill", 2, 0),  # the school has no agreement with it
}
PLACES = list(SLOTS)


@dataclass
class Stage:
    """A site in which only people, facilities, agreements and posted slots exist."""

    app: Flask
    clock: Clock
    url: str
    emails: dict[str, str]
    slots: dict[str, int]

    def night(self, **later: int) -> None:
        """Let time pass, then do what the nightly job does."""
        self.clock.advance(**later)
        with self.app.app_context():
            report = nightly.run(self.clock(), wall=self.clock())
            mail.deliver(self.clock())
        assert report.failures == []


@pytest.fixture
def stage(app: Flask, make: Factory, clock: Clock) -> Iterator[Stage]:
    school = make.school("Fictional College of the Lakes")
    programme = make.programme(school, "Health Information Technology")
    facilities = {name: make.facility(f"Fictional {name} Hospital") for name in ("Bay", "Lake", "Hill")}
    for name in ("Bay", "Lake"):
        make.agreement(school, facilities[name])
    slots = {
        title: make.slot(facilities[name], title, capacity=places, minimum=least).id
        for title, (name, places, least) in SLOTS.items()
    }
    emails = {f"contact {name}": make.contact(facilities[name]).email for name in facilities}
    emails["coordinator"] = make.coordinator(school, "Dee Coordinator").email
    emails |= {name: make.student(programme, f"{name} Example").user.email for name in STUDENTS}
    with browser.live(app) as url:
        yield Stage(app, clock, url, emails, slots)


@dataclass
class Cast:
    """Everyone at a browser of their own."""

    stage: Stage
    coordinator: Person
    contact: Person
    students: dict[str, Person]


def test_a_round_from_draft_to_archive(chromium: Browser, stage: Stage) -> None:
    cast = enter(chromium, stage)
    open_a_round(cast)
    stage.night(days=15)
    for name in STUDENTS:
        apply(cast, name)
    stage.night(days=28)
    for name in ("Ada", "Bo", "Cy", "Di"):
        rank(cast, name)
    pair_up(cast)
    tie(cast)
    stage.night(days=1)
    forecast(cast)
    stage.night(days=11)
    release(cast)
    loser = read_results(cast)
    appeal(cast, loser)
    confirm_and_decline(cast, loser)
    withdraw_late(cast, chromium)
    clear(cast, loser)
    archive(cast)


def enter(chromium: Browser, stage: Stage) -> Cast:
    """Ada's pages are looked at with scripts; the others do without."""
    person = {
        name: someone(chromium, stage.url, stage.emails[name], browser.DESKTOP, scripts=name == "Ada")
        for name in STUDENTS
    }
    coordinator = someone(chromium, stage.url, stage.emails["coordinator"], browser.DESKTOP)
    contact = someone(chromium, stage.url, stage.emails["contact Bay"], browser.PHONE)
    return Cast(stage, coordinator, contact, person)


def open_a_round(cast: Cast) -> None:
    """Draft, rules, announced. Couples are allowed; without an agreement nobody is placed."""
    it = cast.coordinator
    it.go("/rounds/new")
    it.fill(name="Spring 2027", first_day=(cast.stage.clock() + timedelta(days=105)).date().isoformat())
    it.page.locator("[name=programmes]").first.check(force=True)
    for step in ("Next: calendar", "Show these dates", "Next: rules"):
        it.press(step)
    it.tick("couples")
    it.press("Next: review")
    it.press("Make the round")
    it.press("Add the ticked slots")
    it.go("/rounds/1")
    it.press("Announce")
    it.press("Announce")
    it.sees("Sites are posting slots")
    it.go("/rounds/1/rules")
    it.sees("couple")


def apply(cast: Cast, name: str) -> None:
    """A signed application to each place they want."""
    student = cast.students[name]
    for title in STUDENTS[name]:
        student.go(f"/slots/{cast.stage.slots[title]}")
        student.press("Apply", within="body", exact=True)
        student.tick("agree")
        student.fill(signature=f"{name} Example")
        student.press("Sign and apply")


def rank(cast: Cast, name: str) -> None:
    """In the order they want."""
    student = cast.students[name]
    student.go("/rounds/1/ranking")
    for title in STUDENTS[name]:
        student.press(f"Add to my list: Fictional {SLOTS[title][0]} Hospital, {title}")
    student.press("Review and certify")
    student.press("Certify this list")
    student.sees("Receipt")


def pair_up(cast: Cast) -> None:
    """Eli asks, Fay confirms; one list of pairs, certified by both."""
    eli, fay = cast.students["Eli"], cast.students["Fay"]
    eli.go("/rounds/1/couple")
    eli.fill(email=cast.stage.emails["Fay"])
    eli.press("Ask", exact=True)
    fay.go("/rounds/1/couple")
    fay.press("Confirm")
    for title in STUDENTS["Fay"]:
        for side in ("mine", "theirs"):
            fay.page.locator(f"main [name={side}]").select_option(str(cast.stage.slots[title]))
        fay.press("Add this pair")
    fay.press("Review and certify")
    fay.press("Certify this list")
    eli.go("/rounds/1/couple/certify")
    eli.press("Certify this list")
    eli.go("/rounds/1/couple")
    eli.sees("Certified by both")


def tie(cast: Cast) -> None:
    """The contact puts Ada and Bo into one tier for one place; elsewhere silence means anyone."""
    slot = cast.stage.slots["Data quality"]
    cast.contact.go(f"/rounds/1/slots/{slot}/applicants")
    for control in cast.contact.page.locator("main select[name^=tier]").all():
        control.select_option("1")
    cast.contact.press("Review and certify")
    cast.contact.press("Certify this list")
    cast.contact.sees("In force")


def forecast(cast: Cast) -> None:
    """The night says what to mend: an agreement is missing."""
    cast.coordinator.go("/rounds/1/forecast")
    cast.coordinator.sees("The missing agreement with Fictional Hill Hospital")


def release(cast: Cast) -> None:
    """Under embargo in totals; the project that nearly nobody wanted is closed."""
    it = cast.coordinator
    it.go("/rounds/1/review")
    it.sees("fewer students than the minimum")
    it.press("Release the results")
    it.press("Release now")


def read_results(cast: Cast) -> str:
    """Everyone their own, with reasons; return who lost the draw."""
    people = cast.students
    for name, words in {
        "Ada": "You are placed",
        "Bo": "You are placed",
        "Cy": "Release of information",
        "Di": "Denials",
        "Eli": "Release of information",
        "Fay": "Release of information",
    }.items():
        people[name].go("/rounds/1/result")
        people[name].sees(words)
    people["Cy"].sees("minimum")
    people["Di"].sees("agreement")
    first = people["Ada"].page.locator("main").get_by_text("your choice number 1").count()
    return "Bo" if first else "Ada"


def appeal(cast: Cast, name: str) -> None:
    """A data error, it says; the coordinator tries it on the sealed lists, and decides."""
    student, it = cast.students[name], cast.coordinator
    student.go("/rounds/1/appeal")
    student.tick("ground", "data-error")
    student.fill(words="I certified another list.")
    student.press("File the appeal")
    it.go("/rounds/1/appeals")
    it.press(f"{name} Example")
    it.tick("trial-correction", "capacity")
    it.page.locator("main [name=trial-slot]").select_option(str(cast.stage.slots["Data quality"]))
    it.fill(**{"trial-capacity": "2"})
    it.press("Try it")
    it.sees("Placed elsewhere")
    it.tick("decision-outcome", "dismissed")
    it.fill(**{"decision-reason": "The list that counted is the last one you certified."})
    it.press("Decide", exact=True)
    student.go("/rounds/1/appeal")
    student.sees("The list that counted is the last one you certified.")


def confirm_and_decline(cast: Cast, loser: str) -> None:
    """All but one take their place."""
    for name, student in cast.students.items():
        student.go("/rounds/1/placement")
        if name == loser:
            student.press("I can't take it")
            student.fill(reason="I move away.")
            student.press("Decline", exact=True)
        else:
            student.press("Yes, I take it")
            student.sees("confirmed")


def withdraw_late(cast: Cast, chromium: Browser) -> None:
    """A facility can host nobody after all; the student gets another place of their list."""
    stage, it = cast.stage, cast.coordinator
    host = someone(chromium, stage.url, stage.emails["contact Lake"], browser.DESKTOP)
    host.go(f"/rounds/1/slots/{stage.slots['Denials']}/fewer")
    host.fill(places="0", reason="Our preceptor left.")
    host.press("Send the request")
    it.go("/rounds/1/placements")
    it.press("Fictional Lake Hospital", exact=True)
    it.sees("Our preceptor left.")
    it.tick("decision", "yes")
    it.fill(reason="We look for another place.")
    it.press("Decide", exact=True)
    it.go("/rounds/1/repair")
    it.sees("Di Example")
    it.sees("Coding")
    it.fill(reason="Coding is open and on the list.")
    it.press("Apply it")
    cast.students["Di"].go("/rounds/1/placement")
    cast.students["Di"].press("Yes, I take it")


def clear(cast: Cast, name: str) -> None:
    """Who declined chooses among the open places, and gets one when the window closes."""
    stage, student = cast.stage, cast.students[name]
    cast.coordinator.go("/rounds/1/open-places")
    cast.coordinator.press("Let them choose")
    student.go("/rounds/1/clearing")
    student.page.locator(f"#choice-{stage.slots['Coding']}").select_option("1")
    student.fill(signature=f"{name} Example")
    student.press("Save my choice")
    stage.night(days=3)
    student.go("/rounds/1/placement")
    student.press("Yes, I take it")


def archive(cast: Cast) -> None:
    """The coordinator closes the round; more than a year later it is archived."""
    it = cast.coordinator
    it.go("/rounds/1/close")
    it.press("Close the round")
    cast.stage.night(days=500)
    it.go("/rounds")
    it.sees("Archived")
