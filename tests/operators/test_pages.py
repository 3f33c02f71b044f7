"""The operator's pages and commands, and the demonstration's mailbox."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask

from marketplace.accounts import services as accounts
from marketplace.accounts.models import Invitation, Membership, Role
from marketplace.db import db, transaction
from marketplace.mail import services as mail
from marketplace.mail.models import OutboxMessage
from marketplace.schools.models import School
from tests.conftest import new_client
from tests.factories import PASSWORD, Factory, sign_in
from tests.support.client import StrictClient
from tests.support.clock import Clock


@pytest.fixture
def operator(make: Factory, client: StrictClient) -> StrictClient:
    """A client with the operator signed in."""
    return sign_in(client, make.operator())


def write_mail(app: Flask, clock: Clock, *, error: str | None, body: str = "Hello") -> int:
    """A message in the outbox; with `error` given up."""
    with app.app_context(), transaction() as session:
        mail.enqueue("news:1", recipient="ann@practicum.example", subject="News", body=body, now=clock())
        session.flush()
        found = session.scalars(sa.select(OutboxMessage)).one()
        found.error, found.attempts = error, mail.MAX_ATTEMPTS if error else 0
        return found.id


def test_a_school_and_its_first_coordinator(app: Flask, operator: StrictClient) -> None:
    """Adding a school sends its coordinator an invitation; the same name is refused on its field."""
    fields = {"name": "Example College", "city": "Columbus", "state": "OH", "email": "dean@practicum.example"}
    assert operator.submit("/operator/schools/new", fields, button="Add school").status_code == 302
    assert "Example College" in operator.get("/operator").text
    with app.app_context():
        invitation = db.session.scalars(sa.select(Invitation)).one()
        assert (invitation.role, invitation.email) == (Role.COORDINATOR, "dean@practicum.example")
        school = db.session.scalars(sa.select(School)).one()
        assert invitation.school_id == school.id
    again = operator.submit("/operator/schools/new", fields, button="Add school")
    assert again.status_code == 422 and "There is a school of this name" in again.text
    page = f"/operator/schools/{school.id}/coordinator"
    operator.submit(page, {"email": "second@practicum.example"}, button="Send the invitation")
    with app.app_context():
        assert db.session.scalar(sa.select(sa.func.count(Invitation.id))) == 2


def test_failed_mail_is_tried_again(app: Flask, operator: StrictClient, clock: Clock) -> None:
    """The page says what failed and why, not what it says; trying again sends it."""
    write_mail(app, clock, error="550 no such user", body="a secret link")
    page = operator.get("/operator/mail").text
    assert "550 no such user" in page and "ann@practicum.example" in page and "secret" not in page
    with app.app_context():
        assert mail.deliver(clock()) == 0
    operator.submit("/operator/mail", button="Try again ann@practicum.example")
    with app.app_context():
        assert mail.deliver(clock()) == 1
    assert "No mail failed" in operator.get("/operator/mail").text
    assert operator.post("/operator/mail/1/retry").status_code == 404


def test_the_audit_trail_never_shows_what_was_ranked(
    app: Flask, make: Factory, operator: StrictClient
) -> None:
    """Who did what to which object stands there; values don't."""
    make.user("Somebody New")
    page = operator.get("/operator/events").text
    assert "created" in page and "User" in page
    assert operator.get("/operator/events?page=999").status_code == 200


def test_only_operators(app: Flask, make: Factory, clock: Clock) -> None:
    """For everyone else the pages don't exist."""
    message = write_mail(app, clock, error="refused")
    school = make.school()
    for person in (make.coordinator(school), make.contact(), make.student()):
        client = sign_in(new_client(app), person)
        paths = ["", "/mail", "/events", "/schools/new", f"/schools/{school.id}/coordinator"]
        assert {client.get(f"/operator{path}").status_code for path in paths} == {404}
        assert client.post(f"/operator/mail/{message}/retry").status_code == 404


def test_the_mailbox_exists_in_the_demonstration_alone(
    app: Flask, client: StrictClient, clock: Clock
) -> None:
    """Elsewhere everyone's mail on one page would be a leak."""
    message = write_mail(
        app, clock, error=None, body="Open http://localhost/welcome/abc now\n<b>not bold</b>"
    )
    assert client.get("/mail").status_code == client.get(f"/mail/{message}").status_code == 404
    app.config["DEMO"] = True
    assert "News" in client.get("/mail").text
    page = client.get(f"/mail/{message}").text
    assert '<a href="/welcome/abc">' in page and "&lt;b&gt;" in page
    assert client.get("/mail/999").status_code == 404


def roles(app: Flask, email: str) -> list[Role]:
    """The roles of a person."""
    with app.app_context():
        user = accounts.find_user(email)
        assert user is not None
        return list(db.session.scalars(sa.select(Membership.role).where(Membership.user_id == user.id)))


def test_create_an_operator_on_the_terminal(app: Flask, client: StrictClient) -> None:
    """The command asks for what it needs, again where it is wrong, and the person can sign in."""
    run = app.test_cli_runner().invoke
    typed = ["nonsense", "op@practicum.example", "Op", "tiny", PASSWORD, PASSWORD]
    done = run(args=["operators", "create"], input="\n".join(typed) + "\n")
    assert done.exit_code == 0 and "too short" in done.output and "nonsense: " in done.output, done.output
    assert PASSWORD not in done.output
    assert roles(app, "op@practicum.example") == [Role.OPERATOR]
    assert run(args=["operators", "create", "--email", "nonsense"]).exit_code != 0


def test_create_an_operator_by_a_link(app: Flask, client: StrictClient) -> None:
    """The printed link lets its holder name an address, once; nobody gets mail of it."""
    done = app.test_cli_runner().invoke(args=["operators", "create", "--link"])
    path = done.output.strip().removeprefix("http://localhost")
    fields = {"email": "op@practicum.example", "name": "Op", "password": PASSWORD, "repeat": PASSWORD}
    assert (
        client.submit(path, {**fields, "email": "nonsense"}, button="Accept and sign in").status_code == 422
    )
    assert client.submit(path, fields, button="Accept and sign in").status_code == 302
    assert roles(app, "op@practicum.example") == [Role.OPERATOR]
    assert client.get("/operator").status_code == 200
    assert new_client(app).get(path).status_code == 410
    with app.app_context():
        assert db.session.scalar(sa.select(sa.func.count(OutboxMessage.id))) == 0


def test_a_link_takes_over_no_account(app: Flask, make: Factory, client: StrictClient) -> None:
    """Naming someone's address on the link's page gives nothing; they must sign in."""
    person = make.user()
    done = app.test_cli_runner().invoke(args=["operators", "create", "--link"])
    path = done.output.strip().removeprefix("http://localhost")
    fields = {"email": person.email, "name": "Op", "password": "another long password"}
    answer = client.submit(path, {**fields, "repeat": fields["password"]}, button="Accept and sign in")
    assert answer.status_code == 422 and roles(app, person.email) == []
    sign_in(client, person)
    client.submit(path, button="Accept the invitation")
    assert roles(app, person.email) == [Role.OPERATOR]
