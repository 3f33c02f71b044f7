"""The whole loop in a real browser, by each role: post, profile, rank, rehearse, decide, release."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from flask import Flask
from playwright.sync_api import Browser, expect

from marketplace.facilities.models import Facility
from marketplace.mail import services as mail
from marketplace.runs import nightly
from marketplace.schools.models import School
from marketplace.students.models import Student
from tests.browser.people import Person, Size, someone
from tests.factories import Factory
from tests.support import browser
from tests.support.clock import Clock

pytestmark = pytest.mark.browser


@dataclass
class Stage:
    """A running site before anything was done in it: people, a verified facility, two posted slots."""

    app: Flask
    clock: Clock
    url: str
    school: School
    facility: Facility
    student: Student
    other: Student
    emails: dict[str, str]

    def night(self) -> None:
        """What the nightly job does at the clock's time."""
        with self.app.app_context():
            report = nightly.run(self.clock(), wall=self.clock())
            mail.deliver(self.clock())
        assert report.failures == []


@pytest.fixture
def stage(app: Flask, make: Factory, clock: Clock) -> Iterator[Stage]:
    school = make.school("Fictional College of the Lakes")
    programme = make.programme(school, "Health Information Technology")
    facility = make.facility("Fictional Bay Hospital")
    make.agreement(school, facility)
    site = make.site(facility, "Main site")
    make.slot(title="Release of information", site=site)
    make.slot(title="Health data quality", site=site)
    student = make.student(programme, "Ada Example", complete=False)
    other = make.student(programme, "Bo Example")
    emails = {
        "contact": make.contact(facility, "Cleo Contact").email,
        "coordinator": make.coordinator(school, "Dee Coordinator").email,
        "student": student.user.email,
        "other": other.user.email,
    }
    with browser.live(app) as url:
        yield Stage(app, clock, url, school, facility, student, other, emails)


@pytest.mark.parametrize("size", [browser.DESKTOP, browser.PHONE], ids=["1280", "390"])
def test_the_loop(chromium: Browser, stage: Stage, size: Size) -> None:
    people = {role: someone(chromium, stage.url, email, size) for role, email in stage.emails.items()}
    post_a_slot(people["contact"], stage)
    complete_a_profile(people["student"])
    find_a_slot(people["student"])
    open_a_round(people["coordinator"], stage)
    stage.clock.advance(days=15)
    stage.night()
    for role in ("student", "other"):
        apply_everywhere(people[role], "Ada Example" if role == "student" else "Bo Example")
    stage.clock.advance(days=28)
    stage.night()
    rank_with_the_mouse(people["student"])
    rank_at_once(people["other"])
    put_into_tiers(people["contact"])
    stage.clock.advance(days=1)
    stage.night()
    read_the_forecast(people["coordinator"])
    stage.clock.advance(days=10)
    stage.night()
    see_no_result(people["student"])
    review_and_release(people["coordinator"])
    read_results(people, stage)


def post_a_slot(contact: Person, stage: Stage) -> None:
    """Step 1: a facility contact posts a slot."""
    contact.go(f"/posting/new/{stage.facility.id}")
    contact.press("Post slot")
    contact.sees("Give the slot a title")
    contact.fill(title="Coding and revenue cycle", description="Code charts beside our leads.")
    contact.tick("task_areas", "coding")
    contact.tick("attested")
    contact.press("Post slot")
    contact.go("/facilities/mine")
    contact.sees("Coding and revenue cycle")


def complete_a_profile(student: Person) -> None:
    """Step 2: a student completes the profile and looks at what facilities will see."""
    student.go("/profile")
    student.fill(
        home_zip="43215",
        available_from="2027-01-04",
        available_until="2027-05-28",
        statement="I like finding out why two records disagree.",
    )
    student.tick("skills", "excel")
    student.press("Save")
    student.go("/profile/preview")
    student.sees("I like finding out why two records disagree.")


def find_a_slot(student: Person) -> None:
    """Step 2: search, open, shortlist."""
    student.go("/slots?q=coding")
    student.press("Coding and revenue cycle", exact=True)
    student.press("Add to shortlist")
    student.go("/shortlist")
    student.sees("Coding and revenue cycle")


def open_a_round(coordinator: Person, stage: Stage) -> None:
    """Step 3: a round with its dates, programmes and slots."""
    coordinator.go("/rounds/new")
    coordinator.fill(name="Spring 2027")
    coordinator.page.locator("[name=programmes]").first.check(force=True)
    coordinator.fill(first_day=(stage.clock() + timedelta(days=105)).date().isoformat())
    for step in ("Next: calendar", "Show these dates", "Next: rules", "Next: review", "Make the round"):
        coordinator.press(step)
    coordinator.press("Add the ticked slots")
    coordinator.go("/rounds/1")
    coordinator.press("Announce")
    coordinator.press("Announce")
    coordinator.sees("Sites are posting slots")


def apply_everywhere(student: Person, name: str) -> None:
    """A signed application to each slot."""
    for slot in (1, 2, 3):
        student.go(f"/slots/{slot}")
        student.press("Apply", within="body", exact=True)
        student.tick("agree")
        student.fill(signature=name)
        student.press("Sign and apply")
    student.go("/applications")
    student.sees("Health data quality")


def rank_with_the_mouse(student: Person) -> None:
    """Step 4: add, move, save, certify, receipt, earlier versions."""
    student.go("/rounds/1/ranking")
    for title in ("Release of information", "Health data quality", "Coding and revenue cycle"):
        student.press(f"Add to my list: Fictional Bay Hospital, {title}")
    student.page.locator("#rank-3-up").click()
    student.page.locator("#rank-3-up").click()
    student.press("Save draft")
    expect(student.page.locator(".rank").first).to_contain_text("Coding and revenue cycle")
    student.press("Review and certify")
    student.press("Certify this list")
    student.sees("Receipt")
    student.go("/rounds/1/ranking/versions")
    student.sees("In force")


def rank_at_once(student: Person) -> None:
    """The other student wants one place only."""
    student.go("/rounds/1/ranking")
    student.press("Add to my list: Fictional Bay Hospital, Coding and revenue cycle")
    student.press("Review and certify")
    student.sees("Your list is short")
    student.press("Certify this list")


def put_into_tiers(contact: Person) -> None:
    """Step 5: the facility reads a profile, puts applicants into tiers and certifies."""
    contact.go("/rounds/1/slots/3/applicants")
    contact.press("Ada Example")
    contact.press("Back to the applicants")
    contact.page.locator("#tier-2").select_option("1")
    contact.page.locator("#tier-1").select_option("2")
    contact.press("Review and certify")
    contact.press("Certify this list")
    contact.sees("In force")


def read_the_forecast(coordinator: Person) -> None:
    """Step 6: totals, how likely everyone is placed, and what would help, for coordinators only."""
    coordinator.go("/rounds/1")
    coordinator.sees("How full we expect to be")
    coordinator.go("/rounds/1/forecast")
    coordinator.sees("Bo Example")
    coordinator.press("Try what helps")
    coordinator.page.locator("#slot_id").select_option(index=1)
    coordinator.press("Draw it")
    coordinator.sees("What would change")
    coordinator.go("/rounds/1/students")
    coordinator.go("/rounds/1/slot-states")


def see_no_result(student: Person) -> None:
    """Under embargo there is no page to find anything on."""
    assert student.page.goto(f"{student.url}/rounds/1/result").status == 404  # type: ignore[union-attr]
    student.problems.clear()  # the browser notes the 404


def review_and_release(coordinator: Person) -> None:
    """Step 7: the result in totals, then the release."""
    coordinator.go("/rounds/1/review")
    coordinator.sees("1 of 2 placed students got their first choice")
    coordinator.press("Release the results")
    coordinator.press("Release now")
    coordinator.sees("Bo Example")


def read_results(people: dict[str, Person], stage: Stage) -> None:
    """Step 8: each their own, at the same moment, and mail about it."""
    people["other"].go("/rounds/1/result")
    people["other"].sees("You are placed")
    people["student"].go("/rounds/1/result")
    people["student"].sees("your choice number 2")
    people["contact"].go("/rounds/1/slots/3/roster")
    people["contact"].sees("Bo Example")
    people["student"].go("/rounds/1/rules")
    people["student"].sees("The draw key, published with the results")
    people["coordinator"].go("/rounds/1/auditors")
    people["coordinator"].sees("To nobody.")
    stage.night()
    letters = [path.read_text() for path in (stage.app.config["HOME"] / "mail").iterdir()]
    told = {
        email
        for email in stage.emails.values()
        if any(email in t and "results are out" in t for t in letters)
    }
    assert told == set(stage.emails.values())


@pytest.fixture
def ranking(stage: Stage, make: Factory) -> Stage:
    """The same stage with ranking open and three applications of the student."""
    slots = [make.slot(stage.facility, title) for title in ("First slot", "Second slot", "Third slot")]
    programme = stage.student.programme
    round_ = make.round(stage.school, programmes=[programme], slots=slots, students=[stage.student])
    for slot in slots:
        make.application(round_, stage.student, slot)
    return stage


def test_ranking_by_keyboard_alone(chromium: Browser, ranking: Stage) -> None:
    student = someone(chromium, ranking.url, ranking.emails["student"], browser.DESKTOP)
    student.go("/rounds/1/ranking")
    for slot in (3, 4, 5):
        student.tab_to(f"button[name=add][value='{slot}']")
        student.key("Enter")
        student.page.wait_for_load_state()
        expect(student.page.locator(f"#rank-{slot}-number")).to_be_visible()
    student.tab_to("#rank-5-up")
    student.key("Enter")
    student.key("Enter")
    expect(student.page.locator("#rank-5-up")).to_be_focused()
    expect(student.page.locator(".rank").first).to_contain_text("Third slot")
    student.tab_to("button[name=save][value=certify]")
    student.key("Enter")
    student.page.wait_for_url(re.compile("/certify"))
    student.look()
    student.tab_to("main form button[type=submit]")
    student.key("Space")
    student.page.wait_for_url(re.compile("/versions/"))
    student.look()
    student.sees("Your list is certified")
    expect(student.page.locator(".plain-ranking li").first).to_contain_text("Third slot")


@pytest.mark.parametrize("size", [browser.DESKTOP, browser.PHONE], ids=["1280", "390"])
def test_ranking_without_javascript(chromium: Browser, ranking: Stage, size: Size) -> None:
    student = someone(chromium, ranking.url, ranking.emails["student"], size, scripts=False)
    student.go("/rounds/1/ranking")
    for title in ("First slot", "Second slot", "Third slot"):
        student.page.get_by_role("button", name=f"Add to my list: Fictional Bay Hospital, {title}").click()
    student.page.locator("#rank-5-up").click()
    expect(student.page.locator(".rank").nth(1)).to_contain_text("Third slot")
    student.page.locator("#rank-4-number").fill("1")
    student.press("Save draft")
    expect(student.page.locator(".rank").first).to_contain_text("Second slot")
    student.press("Review and certify")
    student.press("Certify this list")
    student.sees("Your list is certified")
