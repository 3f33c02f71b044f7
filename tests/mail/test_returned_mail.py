"""Mail that bounces: on the coordinator's to-do list, the address mended, resent once."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from flask import Flask

from marketplace.accounts.models import User
from marketplace.db import db, transaction
from marketplace.mail import mailboxes
from marketplace.mail import services as mail
from marketplace.mail.models import OutboxMessage
from tests.conftest import new_client
from tests.factories import Factory, sign_in
from tests.foundation.test_outbox import Server
from tests.support.client import StrictClient
from tests.support.clock import Clock

NEW = "mended@practicum.example"


class Refusing(Server):
    """Refuses some for good."""

    async def handle_RCPT(self, server, session, envelope, address, options):  # type: ignore[no-untyped-def]
        if address in self.refused:
            return "550 no such user"
        return await super().handle_RCPT(server, session, envelope, address, options)


@pytest.fixture
def server(app: Flask) -> Iterator[Refusing]:
    server = Refusing()
    server.start()
    app.config["MAIL_URL"] = server.url
    yield server
    server.stop()


def tell(app: Flask, clock: Clock, key: str, address: str) -> None:
    with app.app_context(), transaction():
        mail.enqueue(key, recipient=address, subject=key, body="Read this.\n", now=clock())


def deliver(app: Flask, clock: Clock) -> None:
    with app.app_context():
        mail.deliver(clock())


def test_mail_bounces(app: Flask, make: Factory, clock: Clock, server: Refusing) -> None:
    """Seen by the coordinator, mended by the person who owns it, and what came back is sent once."""
    programme = make.programme()
    student = make.student(programme, "Lost Student")
    coordinator = sign_in(new_client(app), make.coordinator(programme.school))
    stranger = sign_in(new_client(app), make.coordinator())
    server.refused = {student.user.email}
    tell(app, clock, "result", student.user.email)
    deliver(app, clock)
    with app.app_context():
        message = db.session.scalars(sa.select(OutboxMessage).where(OutboxMessage.key == "result")).one()
        assert message.attempts == mail.MAX_ATTEMPTS, "refused for good: not tried again"
    assert "Mail to 1 person comes back" in coordinator.get("/").text
    assert "comes back" not in stranger.get("/").text
    page = coordinator.get("/school/returned-mail")
    assert "Lost Student" in page.text and "550 no such user" in page.text
    found = re.search(r"/school/returned-mail/\d+", page.text)
    assert found is not None and stranger.get(found[0]).status_code == 404
    coordinator.submit(found[0], {"email": NEW}, button="Mend")
    with app.app_context():
        assert db.session.get_one(User, student.user_id).email == student.user.email, (
            "not before they confirm"
        )
    deliver(app, clock)
    asked = next(m for m in server.taken if m["To"] == NEW)
    link = re.search(r"(/account/address/\S+)", asked.get_content())
    assert link is not None
    assert coordinator.get(link[1]).status_code == 404, "it is for the person alone"
    person = sign_in(new_client(app), student)
    assert "Is this your address?" in person.get(link[1]).text
    person.submit(link[1], {}, button="Yes, use this address")
    deliver(app, clock)
    deliver(app, clock)
    assert [m["Subject"] for m in server.taken if m["To"] == NEW] == ["Is this your address?", "result"]
    assert "comes back" not in coordinator.get("/").text
    assert person.get(link[1]).status_code == 404, "used"


def test_an_invitation_goes_out_again_to_the_mended_address(
    app: Flask, client: StrictClient, make: Factory, clock: Clock, server: Refusing
) -> None:
    """Nobody has an account yet, so nobody needs to confirm. Other schools' mail to the address stays."""
    programme = make.programme()
    sign_in(client, make.coordinator(programme.school))
    server.refused = {"typo@practicum.example"}
    tell(app, clock, "of another school", "typo@practicum.example")
    client.submit(
        "/school/invite",
        {"addresses": "typo@practicum.example"},
        button="Send invitations",
        follow_redirects=True,
    )
    deliver(app, clock)
    assert "Mail to 1 person comes back" in client.get("/").text
    found = re.search(r"/school/returned-mail/\d+", client.get("/school/returned-mail").text)
    assert found is not None
    client.submit(found[0], {"email": NEW}, button="Mend")
    deliver(app, clock)
    deliver(app, clock)
    assert [m["Subject"] for m in server.taken] == ["You are invited to Practicum Match"]
    assert "comes back" not in client.get("/").text


def test_a_host_without_an_account_whose_link_comes_back_stands_there_too(
    app: Flask, client: StrictClient, make: Factory, clock: Clock, server: Refusing
) -> None:
    sign_in(client, make.coordinator(make.programme().school))
    server.refused = {"typo@practicum.example"}
    client.submit("/links", {"email": "typo@practicum.example"}, button="Send the link")
    deliver(app, clock)
    page = client.get("/school/returned-mail").text
    assert "typo@practicum.example" in page and "Asked to host, by link" in page
    found = re.search(r"/links/\d+", page.partition("<table")[2])
    assert found is not None
    with app.app_context():
        mailbox = mailboxes.known("typo@practicum.example")
        assert mailbox is not None
    assert client.get(f"/school/returned-mail/{mailbox.id}").headers["Location"] == found[0]
    assert "1 mail with a link could not be delivered" in client.get("/").text
    client.submit(found[0], {"email": NEW}, button="Save and send")
    assert "typo@practicum.example" not in client.get("/school/returned-mail").text
    client.post("/sign-out")
    sign_in(client, make.coordinator())
    assert client.get(f"/school/returned-mail/{mailbox.id}").status_code == 404


def test_an_operator_notes_mail_that_came_back_later(
    app: Flask, client: StrictClient, make: Factory, clock: Clock, server: Refusing
) -> None:
    student = make.student()
    tell(app, clock, "result", student.user.email)
    deliver(app, clock)
    sign_in(client, make.operator())
    client.submit("/operator/mail", {"email": student.user.email, "reason": "mailbox full"}, button="Note it")
    assert "mailbox full" in client.get("/operator/mail").text
    with app.app_context(), transaction():
        assert mailboxes.mend(student.user.email, NEW) == 1
    deliver(app, clock)
    assert [(m["To"], m["Subject"]) for m in server.taken] == [
        (student.user.email, "result"),
        (NEW, "result"),
    ]
    page = client.submit("/operator/mail", {"email": "never@practicum.example"}, button="Note it")
    assert page.status_code == 422 and "No mail was sent to this address" in page.text


def test_another_s_address_can_t_be_taken(app: Flask, client: StrictClient, make: Factory) -> None:
    other = make.user()
    sign_in(client, make.user())
    page = client.submit("/account/address", {"email": other.email.upper()}, button="Send the mail")
    assert page.status_code == 422 and "belongs to another account" in page.text
