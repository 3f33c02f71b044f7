"""A coordinator reminds and imports in a browser: every page on the way accessible and never too wide."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser

from tests.browser.people import Size, someone
from tests.factories import Factory
from tests.support import browser

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("size", [browser.DESKTOP, browser.NARROW])
def test_remind_and_import(app: Flask, make: Factory, chromium: Browser, tmp_path: Path, size: Size) -> None:
    programme = make.programme(name="HIT")
    facility = make.facility("Harbor Hospital")
    slot, student = make.slot(facility), make.student(programme, "Nell Noyet")
    make.contact(facility)
    round_ = make.round(programme.school, programmes=[programme], slots=[slot], students=[student])
    make.application(round_, student, slot)
    coordinator = make.coordinator(programme.school)
    bad, good, hosts = tmp_path / "bad.csv", tmp_path / "good.csv", tmp_path / "slots.csv"
    papers = tmp_path / "agreements.csv"
    papers.write_text("Facility,How far it is,First day\nHarbor Hospital,Signed,2027-01-11\n")
    bad.write_text("Name,E-mail,Programme\nAda,no address,HIT\nBo,bo@college.example,Nursing\n")
    good.write_text("Name,E-mail,Programme,Rank\nAda Lake,ada@college.example,HIT,96\n")
    hosts.write_text(
        "Facility,Title,Role,First day,Last day,Hours\n"
        "Harbor Hospital,Coding,Coder,2027-01-11,2027-04-30,120\n"
    )
    with browser.live(app) as url:
        person = someone(chromium, url, coordinator.email, size)
        for kind in ("no-list", "no-answer"):
            person.go(f"/rounds/{round_.id}/remind/{kind}")
            person.press("Send 1 reminder")
            person.sees("Reminded today.")
        person.go(f"/rounds/{round_.id}/students?show=none")
        person.go(f"/rounds/{round_.id}/slot-states")
        for kind, file in (
            ("students", bad),
            ("students", good),
            ("slots", hosts),
            ("agreements", papers),
        ):
            person.go("/school/import")
            person.press(f"Choose a file of {kind}")
            person.page.locator("main [name=file]").set_input_files(file)
            person.press("Check the file")
            if file is bad:
                person.sees("2 things to mend")
        person.sees("is entered: Signed")
        person.press("Write the agreements")
        person.go("/school/import/slots/check")
        person.sees("becomes a draft")
        person.press("Make the drafts")
        person.go("/school/import/students/check")
        person.press("Send the invitations")
        person.tick("understood")
        person.press("Send the invitations")
        person.sees("From a spreadsheet")
