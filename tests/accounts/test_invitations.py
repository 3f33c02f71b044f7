"""Accepting an invitation: once, in time, and only as the person it was sent to."""

from __future__ import annotations

import pytest
from flask import Flask

from marketplace.access import actor_for
from marketplace.accounts import services
from marketplace.accounts.models import Role, User
from marketplace.db import db, transaction
from marketplace.errors import NotFound
from marketplace.schools.models import Programme
from tests.conftest import new_client
from tests.factories import PASSWORD, Factory
from tests.support.client import StrictClient
from tests.support.clock import Clock

EMAIL = "new.student@practicum.example"
NEW_PERSON = {"name": "New Student", "password": PASSWORD, "repeat": PASSWORD}


@pytest.fixture
def programme(make: Factory) -> Programme:
    """A programme to be invited to."""
    return make.programme()


@pytest.fixture
def link(app: Flask, make: Factory, clock: Clock, programme: Programme) -> str:
    """The page of an invitation for EMAIL to be a student."""
    return invite(app, make, clock, programme, EMAIL)


def invite(app: Flask, make: Factory, clock: Clock, programme: Programme, email: str) -> str:
    """Invite someone as a student and return the page's path."""
    actor = make.actor(make.coordinator(programme.school))
    with app.app_context(), transaction():
        token = services.invite(
            actor,
            email,
            Role.STUDENT,
            now=clock(),
            link="/invitations/TOKEN",
            school_id=programme.school_id,
            programme_id=programme.id,
        )
    return f"/invitations/{token}"


def roles(app: Flask, email: str) -> list[Role]:
    """The roles of a person, if there is one."""
    with app.app_context():
        user = services.find_user(email)
        return [] if user is None else [role for role, _, _ in actor_for(user).scopes]


def test_a_new_person_accepts(app: Flask, client: StrictClient, link: str, programme: Programme) -> None:
    """The page names the school; opening it changes nothing; the form makes the account and signs in."""
    page = client.get(link)
    assert programme.school.name in page.text
    assert roles(app, EMAIL) == []
    assert client.post(link, data=NEW_PERSON).status_code == 302
    assert roles(app, EMAIL) == [Role.STUDENT]
    assert "New Student" in client.get("/account").text


def test_it_works_once(app: Flask, client: StrictClient, link: str) -> None:
    """The second use, by whomever, meets a page that says so."""
    client.post(link, data=NEW_PERSON)
    for again in (client, new_client(app)):
        assert again.get(link).status_code == 410
        assert again.post(link, data=NEW_PERSON).status_code == 410


def test_it_expires(app: Flask, client: StrictClient, link: str, clock: Clock) -> None:
    """After its time nothing comes of it."""
    clock.advance(days=22)
    assert client.post(link, data=NEW_PERSON).status_code == 410
    assert roles(app, EMAIL) == []


@pytest.mark.parametrize(
    "change", [{"password": "short", "repeat": "short"}, {"repeat": "something else"}, {"name": ""}]
)
def test_an_incomplete_form_keeps_what_was_typed(
    app: Flask, client: StrictClient, link: str, change: dict[str, str]
) -> None:
    """Errors come back with the page; the invitation stays good."""
    page = client.post(link, data={**NEW_PERSON, **change})
    assert page.status_code == 422
    assert change.get("name", NEW_PERSON["name"]) in page.text
    assert roles(app, EMAIL) == []
    assert client.get(link).status_code == 200


def test_someone_else_signed_in_cannot_take_it(app: Flask, make: Factory, link: str) -> None:
    """A forwarded link does not give its role to another person, nor an account in their browser."""
    stranger = make.user()
    client = new_client(app)
    client.post("/sign-in", data={"email": stranger.email, "password": PASSWORD})
    assert "signed in as someone else" in client.get(link).text
    assert client.post(link, data=NEW_PERSON).status_code == 422
    assert roles(app, EMAIL) == roles(app, stranger.email) == []


def test_a_known_person_signs_in_first(app: Flask, make: Factory, clock: Clock, programme: Programme) -> None:
    """Whoever has an account accepts with it; without signing in the link gives nothing."""
    person = make.user()
    link = invite(app, make, clock, programme, person.email.upper())
    client = new_client(app)
    assert "/sign-in?next=" in client.get(link).text
    assert client.post(link, data=NEW_PERSON).status_code == 422
    assert roles(app, person.email) == []
    client.post("/sign-in", data={"email": person.email, "password": PASSWORD})
    assert client.submit(link, button="Accept the invitation").status_code == 302
    assert roles(app, person.email) == [Role.STUDENT]
    with app.app_context():
        assert db.session.query(User).filter_by(email=person.email).count() == 1


def test_only_ones_own_scope(app: Flask, make: Factory, clock: Clock) -> None:
    """Coordinators invite to their own school, contacts to their own facility, students nobody."""
    school, facility = make.school(), make.facility()
    student = make.student(make.programme(school))
    cases = [
        (make.coordinator(), Role.STUDENT, {"school_id": school.id}),
        (make.coordinator(), Role.COORDINATOR, {"school_id": school.id}),
        (make.coordinator(school), Role.OPERATOR, {}),
        (make.contact(), Role.FACILITY_CONTACT, {"facility_id": facility.id}),
        (student, Role.STUDENT, {"school_id": school.id}),
    ]
    for person, role, scope in cases:
        actor = make.actor(person)
        with app.app_context(), pytest.raises(NotFound), transaction():
            services.invite(actor, EMAIL, role, now=clock(), link="TOKEN", **scope)
