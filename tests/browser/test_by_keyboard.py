"""A round by keyboard alone: made, asked about, ranked by two, released, appealed, repaired, cleared."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from playwright.sync_api import Browser, expect

from marketplace.db import db, transaction
from marketplace.facilities.models import Facility
from marketplace.forecasts import services as forecasts
from marketplace.rounds.models import AgreementRule, Round
from marketplace.runs.models import Hold, HoldCause
from marketplace.runs.queries import official_run
from marketplace.schools.models import Programme
from tests.browser.hands import Hands, hands
from tests.factories import Factory
from tests.support import browser

pytestmark = pytest.mark.browser


class Stage:
    """One round in which everybody ranks, and one whose result waits behind a hold."""

    def __init__(self, make: Factory, url: str) -> None:
        self.make, self.url = make, url
        school = make.school("Fictional College of the Lakes")
        programme = make.programme(school, "Health Information Technology")
        facility = make.facility("Fictional Bay Hospital")
        make.agreement(school, facility)
        self.emails = {
            "coordinator": make.coordinator(school, "Dee Coordinator").email,
            "contact": make.contact(facility, "Cleo Contact").email,
        }
        make.slot(facility, "Release of information")
        self._ranking(programme, facility)
        self._decided(programme, facility)

    def _ranking(self, programme: Programme, facility: Facility) -> None:
        """Two who go together, three places, a forecast; at one place the school has no agreement."""
        make = self.make
        slots = [make.slot(facility, title) for title in ("Data quality", "Privacy audit")]
        slots.append(make.slot(make.facility("Fictional Hill Hospital"), "Registry"))
        pair = [make.student(programme, name) for name in ("Pat Example", "Quinn Example")]
        self.live = make.round(
            programme.school,
            name="Live",
            programmes=[programme],
            slots=slots,
            students=pair,
            agreement_rule=AgreementRule.EXCLUDE,
        )
        with make.app.app_context(), transaction() as session:
            session.get_one(Round, self.live.id).couples = True
        for student in pair:
            self.emails[student.user.name.split()[0]] = student.user.email
            make.student_list(self.live, student, slots)
        with make.app.app_context():
            forecasts.make(self.live.id, "2026-11-01", now=make.now())

    def _decided(self, programme: Programme, facility: Facility) -> None:
        """Ann and Ben are placed, Cy is not; Coding is open, and on Ben's list alone."""
        make = self.make
        coding, denials, index = (make.slot(facility, title) for title in ("Coding", "Denials", "Index"))
        wanted = {"Ann": [index], "Ben": [denials, coding], "Cy": [index]}
        people = {name: make.student(programme, f"{name} Example") for name in wanted}
        self.emails |= {name: student.user.email for name, student in people.items()}
        self.done = make.round(
            programme.school,
            name="Done",
            programmes=[programme],
            slots=[coding, denials, index],
            students=people.values(),
        )
        for name, slots in wanted.items():
            make.student_list(self.done, people[name], slots)
        contact = make.contact(facility, "Colleague")
        make.slot_list(self.done, index, contact, [[people["Ann"]], [people["Cy"]]])
        self.denials, self.coding = denials.id, coding.id
        make.decide(self.done)
        with make.app.app_context(), transaction():
            run = official_run(self.done.id)
            assert run
            hold = Hold(
                run_id=run.id, cause=HoldCause.PROGRAMME, subject_id=programme.id, found_at=make.now()
            )
            db.session.add(hold)


@pytest.fixture
def stage(app: Flask, make: Factory) -> Iterator[Stage]:
    with browser.live(app) as url:
        yield Stage(make, url)


def test_a_round_by_keyboard_alone(chromium: Browser, stage: Stage) -> None:
    people = {name: hands(chromium, stage.url, email) for name, email in stage.emails.items()}
    make_a_round(people["coordinator"], stage)
    ask_what_if(people["coordinator"], stage)
    pair_up(people["Pat"], people["Quinn"], stage)
    clear_a_hold_and_release(people["coordinator"], stage)
    appeal(people["Cy"], people["coordinator"], stage)
    confirm(people["Ann"], stage)
    withdraw_and_repair(people["contact"], people["coordinator"], stage)
    decline(people["Ben"], stage)
    clear(people["coordinator"], people["Cy"], stage)
    refused = [problem for person in people.values() for problem in person.problems if "422" not in problem]
    assert refused == []


def make_a_round(it: Hands, stage: Stage) -> None:
    """All steps of the wizard; the first is refused without a name, and keeps what was chosen."""
    it.go("/rounds/new")
    it.tick("programmes")
    it.type("first_day", (stage.make.now() + timedelta(days=105)).strftime("%m%d%Y"))
    it.press("Next: calendar")
    it.mends("name")
    it.page.keyboard.type("Spring 2027")
    expect(it.field("programmes")).to_be_checked()
    it.press("Next: calendar")
    it.press("Show these dates", key="Space")
    it.press("Next: rules")
    it.tick("couples")
    it.press("Next: review")
    it.sees("Spring 2027")
    it.press("Make the round")
    it.press("Add the ticked slots")
    assert not it.page.title().startswith("Error:")
    it.hears("1 slot added")


def ask_what_if(it: Hands, stage: Stage) -> None:
    """Nothing asked is refused; one place more is drawn."""
    it.go(f"/rounds/{stage.live.id}/what-if")
    it.press("Draw it")
    expect(it.page.locator("#error-summary")).to_be_focused()
    it.choose("slot_id", "Data quality")
    it.press("Draw it")
    it.sees("What would change")


def pair_up(pat: Hands, quinn: Hands, stage: Stage) -> None:
    """An invitation, a list of pairs put in order with the arrows, and both certify it."""
    path = f"/rounds/{stage.live.id}/couple"
    pat.go(f"/rounds/{stage.live.id}/ranking/certify")
    # what is in the way of a place is no place of its own: the numbers count places
    inner = pat.page.locator(".plain-ranking li li").first
    assert inner.evaluate("it => getComputedStyle(it).counterIncrement") == "none"
    pat.go(path)
    pat.press("Ask")
    pat.mends("email")
    pat.page.keyboard.type(stage.emails["Quinn"])
    pat.press("Ask")
    quinn.go(path)
    quinn.press("Confirm")
    for mine, theirs in (("Data quality", "Privacy audit"), ("Privacy audit", "Data quality")):
        quinn.go(path)
        quinn.choose("mine", mine)
        quinn.choose("theirs", theirs)
        quinn.press("Add this pair")
    quinn.go(path)
    quinn.to(quinn.page.locator("#rank-2-up"))
    quinn.page.keyboard.press("Enter")
    expect(quinn.page.locator("#rank-2-up")).to_be_focused()
    quinn.hears("is now choice 1 of 2")
    quinn.press("Review and certify")
    quinn.tick("apart")
    quinn.press("Certify this list")
    quinn.hears("It counts once Pat Example has certified it too")
    pat.go(f"{path}/certify")
    pat.press("Certify this list")
    pat.hears("Both of you certified this version")


def clear_a_hold_and_release(it: Hands, stage: Stage) -> None:
    """What looks wrong is looked at, in words; then the results go out."""
    it.go(f"/rounds/{stage.done.id}/review")
    it.press("Nobody of the programme")
    it.press("Clear the hold")
    it.mends("reason")
    it.page.keyboard.type("Two of three are placed.")
    it.press("Clear the hold")
    it.press("Release the results")
    it.press("Release now")
    it.hears("The results are out")


def appeal(student: Hands, it: Hands, stage: Stage) -> None:
    """Filed with a ground, and decided with a reason."""
    student.go(f"/rounds/{stage.done.id}/result")
    student.press("Appeal")
    student.press("File the appeal")
    student.mends("ground-0")
    student.page.keyboard.press("Space")
    student.type("words", "I certified another list.")
    student.press("File the appeal")
    student.sees("Your coordinators have it")
    it.go(f"/rounds/{stage.done.id}/appeals")
    it.press("Cy Example")
    it.press("Decide")
    it.mends("decision-outcome-0")
    it.page.keyboard.press("Space")
    it.page.keyboard.press("ArrowDown")
    it.type("decision-reason", "The last list you certified counted.")
    it.press("Decide")
    it.hears("Decided.")
    student.go(f"/rounds/{stage.done.id}/appeal")
    student.sees("The last list you certified counted.")


def confirm(student: Hands, stage: Stage) -> None:
    """The place is taken."""
    student.go(f"/rounds/{stage.done.id}/result")
    student.press("My placement")
    student.press("Yes, I take it", key="Space")
    student.hears("confirmed")


def withdraw_and_repair(contact: Hands, it: Hands, stage: Stage) -> None:
    """The facility can host nobody there; the student gets the other place on the list."""
    contact.go(f"/rounds/{stage.done.id}/slots/{stage.denials}/roster")
    contact.press("Host fewer students")
    contact.press("Send the request")
    contact.mends("places")
    contact.page.keyboard.type("0")
    contact.type("reason", "Our preceptor left.")
    contact.press("Send the request")
    contact.hears("coordinator")
    it.go(f"/rounds/{stage.done.id}/placements")
    it.press("Fictional Bay Hospital")
    it.pick("decision", "yes")
    it.type("reason", "We look for another place.")
    it.press("Decide")
    it.go(f"/rounds/{stage.done.id}/repair")
    it.sees("Ben Example")
    it.press("Apply it")
    it.mends("reason")
    it.page.keyboard.type("Coding is open and on the list.")
    it.press("Apply it")


def decline(student: Hands, stage: Stage) -> None:
    """The other place is turned down, with a reason."""
    student.go(f"/rounds/{stage.done.id}/placement")
    student.sees("Coding")
    student.press("I can't take it")
    student.press("Decline")
    student.mends("reason")
    student.page.keyboard.type("I move away.")
    student.press("Decline")
    student.sees("You hold no place in this round now.")


def clear(it: Hands, student: Hands, stage: Stage) -> None:
    """A window opens; a place is chosen and signed for, at first under another name."""
    it.go(f"/rounds/{stage.done.id}/open-places")
    it.press("Let them choose")
    student.go(f"/rounds/{stage.done.id}/clearing")
    student.choose(f"choice-{stage.coding}", "1")
    student.type("signature", "Somebody Else")
    student.press("Save my choice")
    expect(student.page.locator("#error-summary")).to_be_focused()
    expect(student.field("signature")).to_have_value("Somebody Else")
    student.type("signature", "Cy Example")
    student.press("Save my choice")
    student.hears("Saved.")
