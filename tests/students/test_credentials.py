"""Credentials with number, verifier and date; how a student came here is theirs to share."""

from __future__ import annotations

import re

import sqlalchemy as sa
from flask import Flask

from marketplace.applications.models import Consent
from marketplace.db import transaction
from marketplace.students import credentials
from tests.conftest import new_client
from tests.factories import Factory, sign_in
from tests.support.client import StrictClient


def test_a_number_is_entered_checked_and_never_shown_to_a_facility(app: Flask, make: Factory) -> None:
    """Another number is not checked any more; one whose credential is taken away is forgotten."""
    programme, facility = make.programme(), make.facility()
    student = make.student(programme, "Holly Der", credentials=["RHIT"])
    slot, contact = make.slot(facility), make.contact(facility)
    round_ = make.round(programme.school, programmes=[programme], slots=[slot], students=[student])
    applied = make.application(round_, student, slot)
    person = sign_in(new_client(app), student)
    person.submit("/credentials/mine", {"number_rhit": "R-123"}, button="Save")
    coordinator = sign_in(new_client(app), make.coordinator(programme.school, "Cora Ordinator"))
    page = coordinator.get("/credentials").text
    assert "Holly Der" in page and "R-123" in page and "Not yet" in page
    with app.app_context():
        held_id = credentials.held(student.id)["RHIT"].id
    coordinator.submit("/credentials", {}, action=f"/credentials/{held_id}/check")
    assert "Cora Ordinator" in coordinator.get("/credentials").text
    host = sign_in(new_client(app), contact)
    seen = host.get(f"/rounds/{round_.id}/slots/{slot.id}/applicants/{applied.id}").text
    assert "RHIT, checked" in seen and "R-123" not in seen
    assert "Checked" in person.get("/credentials/mine").text
    person.submit("/credentials/mine", {"number_rhit": "R-124"}, button="Save")
    assert "Not yet" in coordinator.get("/credentials").text
    assert (
        "RHIT, checked" not in host.get(f"/rounds/{round_.id}/slots/{slot.id}/applicants/{applied.id}").text
    )
    person.submit("/profile", {"credentials": []}, button="Save profile")
    with app.app_context():
        assert credentials.held(student.id) == {}


def test_a_check_is_of_the_number_that_was_seen(app: Flask, client: StrictClient, make: Factory) -> None:
    programme = make.programme()
    student = make.student(programme, credentials=["CCA"])
    sign_in(new_client(app), student).submit("/credentials/mine", {"number_cca": "C-1"}, button="Save")
    with app.app_context():
        held_id = credentials.held(student.id)["CCA"].id
    sign_in(client, make.operator())
    assert client.post(f"/credentials/{held_id}/check", data={"number": "C-1"}).status_code == 404
    stranger = sign_in(new_client(app), make.coordinator())
    assert stranger.post(f"/credentials/{held_id}/check", data={"number": "C-1"}).status_code == 404
    own = sign_in(new_client(app), make.coordinator(programme.school))
    page = own.post(f"/credentials/{held_id}/check", data={"number": "C-0"}, follow_redirects=True)
    assert "changed the number meanwhile" in page.text
    own.post(f"/credentials/{held_id}/check", data={"number": "C-1"})
    own.submit("/credentials", {}, action=f"/credentials/{held_id}/uncheck")
    with app.app_context():
        assert credentials.held(student.id)["CCA"].checked_at is None


def test_how_a_student_came_here_is_private_unless_shared(app: Flask, make: Factory) -> None:
    """And shown only to facilities whose consent names it: those signed before don't."""
    programme, facility = make.programme(), make.facility()
    student, slot = make.student(programme), make.slot(facility)
    round_ = make.round(programme.school, programmes=[programme], slots=[slot], students=[student])
    applied = make.application(round_, student, slot)
    person, host = sign_in(new_client(app), student), sign_in(new_client(app), make.contact(facility))
    coordinator = sign_in(new_client(app), make.coordinator(programme.school))
    page = f"/rounds/{round_.id}/slots/{slot.id}/applicants/{applied.id}"
    person.submit("/profile", {"career_changer": "y", "displaced_worker": "y"}, button="Save profile")
    told = re.compile("changes careers|lost a job")
    assert not told.search(host.get(page).text) and not told.search(person.get("/profile/preview").text)
    person.submit("/profile", {"share_background": "y"}, button="Save profile")
    assert "changes careers; lost a job" in host.get(page).text
    assert "changes careers" in person.get("/profile/preview").text
    assert not told.search(coordinator.get("/school/people").text)
    with app.app_context(), transaction() as session:
        session.execute(sa.update(Consent).values(records=["name", "statement"]))
    assert not told.search(host.get(page).text)
