"""A student's profile, its preview, and joining a programme."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask

from marketplace.accounts.models import Role
from marketplace.audit.models import AuditEvent
from marketplace.db import db, transaction
from marketplace.errors import NotFound
from marketplace.facilities.models import PostalArea
from marketplace.mail.models import OutboxMessage
from marketplace.students import queries, services
from marketplace.students.models import Student
from tests.conftest import new_client as new_client_for
from tests.factories import Factory, sign_in
from tests.support.client import StrictClient


def stored(app: Flask, student_id: int) -> Student:
    with app.app_context():
        return db.session.get_one(Student, student_id)


def test_a_profile_is_written_and_previewed(app: Flask, client: StrictClient, make: Factory) -> None:
    make._add_all([PostalArea(zip="55812", city="Duluth", state="MN", latitude=46.81, longitude=-92.07)])
    student = make.student(name="Robin Field", complete=False)
    sign_in(client, student)
    page = client.get("/profile")
    assert "Still missing" in page.text and "No patient information" in page.text
    done = client.submit(
        "/profile",
        {
            "home_zip": "55812-1234",
            "travel_limit": "60",
            "available_from": "2027-01-11",
            "available_until": "2027-04-30",
            "weekly_hours": "12",
            "skills": ["sql", "excel"],
            "credentials": ["CCA"],
            "statement": "I want to learn how records are kept.",
        },
        button="Save profile",
    )
    assert done.location.startswith("/profile/preview")
    row = stored(app, student.id)
    assert (row.home_zip, row.latitude, row.longitude) == ("55812", 46.81, -92.07)
    assert (row.skills, row.credentials, row.missing) == (["excel", "sql"], ["CCA"], [])
    preview = client.get("/profile/preview").text
    assert "Robin Field" in preview and "I want to learn" in preview and "Your profile is complete" in preview
    assert "55812" not in preview and student.user.email not in preview


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("home_zip", "00000", "know this ZIP code"),
        ("home_zip", "Duluth", "know this ZIP code"),
        ("travel_limit", "501", "between 0 and 500"),
        ("travel_limit", "", "Enter a number of miles"),
        ("weekly_hours", "99", "between 1 and 60"),
        ("available_until", "2020-01-01", "must be on or after"),
        ("statement", "x" * 1501, "at most 1500"),
    ],
)
def test_a_mistake_is_explained_and_nothing_lost(app, client, make, field, value, sentence) -> None:
    student = make.student()
    sign_in(client, student)
    page = client.submit(
        "/profile", {"experience": "Two years at a desk", field: value}, button="Save profile"
    )
    assert page.status_code == 422
    assert sentence in page.text and "Two years at a desk" in page.text
    assert stored(app, student.id).experience == ""


def test_profiles_belong_to_their_person(app: Flask, client: StrictClient, make: Factory) -> None:
    mine, other = make.student(), make.student()
    sign_in(client, mine)
    for path in ("/profile", "/profile/preview"):
        assert client.get(f"{path}?programme={mine.id}").status_code == 200
        assert client.get(f"{path}?programme={other.id}").status_code == 404
    assert client.post(f"/profile?programme={other.id}", data={"travel_limit": "1"}).status_code == 404


def test_a_person_asks_to_join_and_a_coordinator_takes_them_in(app, client, make, clock) -> None:
    programme, person = make.programme(), make.user("Sam Waiting")
    sign_in(client, person)
    assert "Join your programme" in client.get("/").text
    client.submit("/join", {"programme": str(programme.id)}, button="Ask to join")
    assert "Waiting for" in client.get("/").text
    again = client.submit("/join", {"programme": str(programme.id)}, button="Ask to join")
    assert again.status_code == 422 and "already asked" in again.text
    assert client.get("/profile").status_code == 404

    stranger = sign_in(new_client_for(app), make.coordinator())
    assert "Nobody is waiting" in stranger.get("/students/requests").text
    with app.app_context():
        student_id = queries.for_user(person.id)[0].id
    assert stranger.post(f"/students/requests/{student_id}/approve").status_code == 404

    coordinator = sign_in(new_client_for(app), make.coordinator(programme.school))
    assert "Sam Waiting" in coordinator.get("/students/requests").text
    assert coordinator.post(f"/students/requests/{student_id}/approve").location == "/students/requests"
    assert coordinator.post(f"/students/requests/{student_id}/approve").status_code == 404
    assert make.actor(person).has(Role.STUDENT)
    with app.app_context():
        assert db.session.scalar(sa.select(OutboxMessage.recipient)) == person.email
        assert "asked to join" in db.session.scalars(sa.select(AuditEvent.action)).all()
    assert client.get("/profile").status_code == 200


def test_a_refused_person_is_told_and_may_ask_again(app, client, make) -> None:
    programme, person = make.programme(), make.user()
    sign_in(client, person)
    client.submit("/join", {"programme": str(programme.id)}, button="Ask to join")
    with app.app_context():
        student_id = queries.for_user(person.id)[0].id
    coordinator = sign_in(new_client_for(app), make.coordinator(programme.school))
    page = f"/students/requests/{student_id}/refuse"
    assert "told by mail" in coordinator.get(page).text
    coordinator.submit(page, button="Turn down")
    with app.app_context():
        assert queries.for_user(person.id) == []
    assert client.submit("/join", {"programme": str(programme.id)}, button="Ask to join").status_code == 302


def test_a_request_can_be_withdrawn_until_it_is_answered(app, client, make, clock) -> None:
    programme, person = make.programme(), make.user()
    sign_in(client, person)
    client.submit("/join", {"programme": str(programme.id)}, button="Ask to join")
    with app.app_context():
        request_id = queries.for_user(person.id)[0].id
    client.submit("/join", action=f"/join/{request_id}/withdraw")
    with app.app_context():
        assert queries.for_user(person.id) == []
    student = make.student(programme)
    actor = make.actor(student)
    with app.app_context(), pytest.raises(NotFound), transaction():
        services.withdraw_request(actor, student.id, now=clock())


def test_before_consent_a_student_has_no_name(app: Flask, make: Factory) -> None:
    student = make.student(name="Robin Field")
    with app.test_request_context():
        row = queries.for_user(student.user_id)[0]
        assert "Robin" not in str(queries.profile_card(row, named=False))
        assert queries.profile_card(row).name == "Robin Field"
        assert row.home_zip not in str(queries.profile_card(row))
