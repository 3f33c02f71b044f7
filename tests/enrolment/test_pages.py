"""A coordinator's school: programmes, students, invitations."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa
from flask import Flask

from marketplace.accounts.models import Invitation, Role
from marketplace.db import db, transaction
from marketplace.enrolment.addresses import MOST, Fault, read
from marketplace.facilities.models import Facility
from marketplace.mail.models import OutboxMessage
from marketplace.requirements import queries as requirements
from marketplace.requirements import services as entries
from marketplace.schools.models import Programme
from tests.conftest import new_client
from tests.factories import Factory, sign_in
from tests.support.client import StrictClient
from tests.support.clock import Clock


@pytest.fixture
def programme(make: Factory, client: StrictClient) -> Programme:
    """A programme whose coordinator is signed in."""
    made = make.programme()
    sign_in(client, make.coordinator(made.school))
    return made


def invitations(app: Flask) -> list[Invitation]:
    """Every invitation, oldest first."""
    with app.app_context():
        return list(db.session.scalars(sa.select(Invitation).order_by(Invitation.id)))


def test_reading_pasted_addresses() -> None:
    """Names, separators and empty lines are fine; each bad piece is named with its line."""
    text = (
        "Ann Lee <ann@college.example>\n\nbob@college.example; cy@college.example,\nnot an address\n"
        "ANN@college.example\nold@college.example\nwait@college.example"
    )
    pasted = read(text, known={"old@college.example"}, invited={"wait@college.example"})
    assert pasted.good == ["ann@college.example", "bob@college.example", "cy@college.example"]
    assert pasted.bad == [
        (4, "not an address", Fault.INVALID),
        (5, "ANN@college.example", Fault.TWICE),
        (6, "old@college.example", Fault.KNOWN),
        (7, "wait@college.example", Fault.INVITED),
    ]


def test_a_paste_has_a_bound() -> None:
    """The address after the last allowed one is refused, not dropped."""
    pasted = read("\n".join(f"s{number}@college.example" for number in range(MOST + 2)))
    assert len(pasted.good) == MOST
    assert [fault for _, _, fault in pasted.bad] == [Fault.TOO_MANY] * 2


def test_nothing_is_sent_while_a_line_is_bad(app: Flask, client: StrictClient, programme: Programme) -> None:
    """All good: sent. One bad: nothing, until the person says to send the others."""
    fields = {"addresses": "one@college.example\nnonsense\ntwo@college.example"}
    page = client.submit("/school/invite", fields, button="Send invitations")
    assert page.status_code == 422 and "nonsense" in page.text and "Send the 2 good ones" in page.text
    assert invitations(app) == []
    data = {"programme": programme.id, "addresses": fields["addresses"], "good-ones": "1"}
    assert client.post("/school/invite", data=data).status_code == 302
    sent = invitations(app)
    assert [(i.email, i.role, i.programme_id) for i in sent] == [
        (f"{name}@college.example", Role.STUDENT, programme.id) for name in ("one", "two")
    ]
    with app.app_context():
        assert db.session.scalar(sa.select(sa.func.count(OutboxMessage.id))) == 2
    again = client.post("/school/invite", data={**data, "addresses": "one@college.example"})
    assert again.status_code == 422 and len(invitations(app)) == 2


def test_a_foreign_programme_is_no_choice(
    app: Flask, make: Factory, client: StrictClient, programme: Programme
) -> None:
    """Nobody invites to, or edits, another school's programme."""
    foreign = make.programme()
    data = {"programme": foreign.id, "addresses": "one@college.example"}
    assert client.post("/school/invite", data=data).status_code == 422
    assert client.get(f"/school/programmes/{foreign.id}").status_code == 404
    assert invitations(app) == []


def test_programmes(app: Flask, client: StrictClient, programme: Programme) -> None:
    """Hours and level are set a programme; names are unique within a school."""
    fields = {"name": "Coding Certificate", "level": "certificate", "required_hours": "80"}
    assert client.submit("/school/programmes", fields, button="Add programme").status_code == 302
    assert client.submit("/school/programmes", fields, button="Add programme").status_code == 422
    page = f"/school/programmes/{programme.id}"
    assert client.submit(page, {"name": "Coding Certificate"}, button="Save").status_code == 422
    assert client.submit(page, {"required_hours": "0"}, button="Save").status_code == 422
    client.submit(page, {"required_hours": "240"}, button="Save")
    with app.app_context():
        assert db.session.get_one(Programme, programme.id).required_hours == 240


def test_people_are_found_and_foreign_ones_are_not(
    make: Factory, client: StrictClient, programme: Programme
) -> None:
    """The list has the school's own students, searchable by name and address, wildcards taken literally."""
    make.student(programme, "Ada Fictional")
    make.student(programme, "Bo Fictional", complete=False)
    make.student(programme, "Waiting Person", approved=False)
    make.student(None, "Foreign Student")
    page = client.get("/school/people").text
    assert "Ada Fictional" in page and "Bo Fictional" in page and "Foreign Student" not in page
    assert "2 students" in page and "1 person asks" in page and "answers missing" in page
    found = client.get("/school/people?q=ADA").text
    assert "Ada Fictional" in found and "Bo Fictional" not in found
    assert "Ada Fictional" not in client.get("/school/people?q=%25").text


def test_a_colleague_is_invited(app: Flask, client: StrictClient, programme: Programme) -> None:
    """A coordinator invites another for the same school."""
    client.submit(
        "/school/invite-coordinator", {"email": "two@college.example"}, button="Send the invitation"
    )
    (sent,) = invitations(app)
    assert (sent.role, sent.school_id) == (Role.COORDINATOR, programme.school_id)


def test_a_facility_is_brought_in(app: Flask, client: StrictClient, programme: Programme) -> None:
    """The coordinator drafts and invites; they do not become its contact."""
    fields = {"name": "Example Practice", "kind": "practice", "email": "office@practice.example"}
    client.submit("/school/invite-facility", fields, button="Send the invitation")
    with app.app_context():
        facility = db.session.scalars(sa.select(Facility)).one()
    (sent,) = invitations(app)
    assert (sent.role, sent.facility_id, facility.verified_at) == (Role.FACILITY_CONTACT, facility.id, None)
    assert "office@practice.example" in client.get("/facilities/unverified").text
    assert client.get("/facilities/mine").status_code == 404


def test_only_coordinators(app: Flask, make: Factory, clock: Clock) -> None:
    """For students, contacts and operators the pages don't exist."""
    paths = ["people", "programmes", "invite", "invite-coordinator", "invite-facility"]
    for person in (make.student(), make.contact(), make.operator()):
        client = sign_in(new_client(app), person)
        assert {client.get(f"/school/{path}").status_code for path in paths} == {404}


def test_readiness_is_paged_those_with_something_to_check_first(
    app: Flask, client: StrictClient, make: Factory, programme: Programme, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(requirements, "PAGE_SIZE", 2)
    people = [make.student(programme, f"Student {n}") for n in range(1, 6)]
    last = make.actor(people[-1])
    with app.app_context(), transaction():
        entries.report(last, "mmr", done_on=None, expires_on=None, now=make.now())
    pages = [client.get(f"/requirements/students?page={n}").text for n in (1, 2, 3)]
    shown = [re.findall(r"Student \d", page.partition("<tbody")[2]) for page in pages]
    assert shown == [["Student 5", "Student 1"], ["Student 2", "Student 3"], ["Student 4"]]
    assert "5 students" in pages[0] and "1 to check" in pages[0] and "?page=2" in pages[0]
    assert client.get("/requirements/students?page=9").status_code == 200
