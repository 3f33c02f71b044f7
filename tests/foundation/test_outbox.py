"""The outbox: each message is sent once, also by two deliverers, and one bad message holds up no other."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword
from flask import Flask
from sqlalchemy.exc import IntegrityError

from marketplace import serve
from marketplace.db import db, transaction
from marketplace.mail import services as mail
from marketplace.mail import transports
from marketplace.mail.models import OutboxMessage
from tests.support.clock import Clock
from tests.support.threads import run_together


def write(app: Flask, clock: Clock, *keys: str, subject: str = "News") -> None:
    with app.app_context(), transaction():
        for key in keys:
            mail.enqueue(
                key, recipient=f"{key}@practicum.example", subject=subject, body="Grüße\n", now=clock()
            )


def deliver(app: Flask, clock: Clock) -> int:
    with app.app_context():
        return mail.deliver(clock())


def states(app: Flask) -> dict[str, tuple[bool, int]]:
    """For each key: was it sent, and with how many attempts."""
    with app.app_context():
        query = sa.select(OutboxMessage).order_by(OutboxMessage.id)
        return {row.key: (row.sent_at is not None, row.attempts) for row in db.session.scalars(query)}


class Server:
    """A real SMTP server that keeps what it takes and refuses whom it is told to."""

    def __init__(self) -> None:
        self.taken: list[Any] = []
        self.refused: set[str] = set()
        self.signed_in: list[bytes] = []
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"smtp://127.0.0.1:{self.port}"

    def start(self) -> None:
        self.controller = Controller(
            self, hostname="127.0.0.1", port=self.port, authenticator=self._sign_in, auth_require_tls=False
        )
        self.controller.start()

    def stop(self) -> None:
        self.controller.stop()

    def _sign_in(
        self, _server: Any, _session: Any, _envelope: Any, _how: str, known: LoginPassword
    ) -> AuthResult:
        self.signed_in.append(known.password)
        return AuthResult(success=True)

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _o: Any) -> str:
        if address.split("@")[0] in self.refused:
            return "450 try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        self.taken.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 OK"

    @property
    def recipients(self) -> list[str]:
        return sorted(message["To"].split("@")[0] for message in self.taken)


@pytest.fixture
def server(app: Flask) -> Iterator[Server]:
    server = Server()
    server.start()
    app.config["MAIL_URL"] = server.url
    yield server
    server.stop()


@pytest.mark.both_databases
def test_two_deliverers_at_once_send_each_message_once(app: Flask, clock: Clock, server: Server) -> None:
    keys = [f"k{number:02}" for number in range(25)]
    write(app, clock, *keys)
    sent = run_together([lambda: deliver(app, clock)] * 2)
    assert sum(sent) == 25 and server.recipients == keys
    assert deliver(app, clock) == 0


def test_mail_arrives_as_written_without_starttls(app: Flask, clock: Clock, server: Server) -> None:
    write(app, clock, "one", subject="Prüfung")
    assert deliver(app, clock) == 1
    (message,) = server.taken
    assert message["Subject"] == "Prüfung" and message.get_content().strip() == "Grüße"
    assert message["Message-ID"].endswith("@practicum-match>") and message["Date"].datetime == clock()


def test_a_refused_recipient_is_tried_again_and_holds_up_nobody(
    app: Flask, clock: Clock, server: Server
) -> None:
    write(app, clock, "early", "ill", "late")
    server.refused = {"ill"}
    assert deliver(app, clock) == 2 and server.recipients == ["early", "late"]
    assert deliver(app, clock) == 0, "not before its lease is over"
    clock.advance(minutes=6)
    server.refused = set()
    assert deliver(app, clock) == 1 and server.recipients == ["early", "ill", "late"]
    assert states(app) == {"early": (True, 1), "ill": (True, 2), "late": (True, 1)}


def test_a_server_that_is_away_costs_no_attempt(app: Flask, clock: Clock, server: Server) -> None:
    write(app, clock, "one")
    server.stop()
    with pytest.raises(OSError):
        deliver(app, clock)
    assert states(app) == {"one": (False, 0)}
    server.start()
    assert deliver(app, clock) == 1


def test_no_password_travels_in_plain_text_beyond_this_machine(
    app: Flask, clock: Clock, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(app, clock, "one")
    app.config["MAIL_URL"] = server.url.replace("//", "//mailer:s%20cret@")
    monkeypatch.setattr(transports, "_on_this_machine", lambda _connection: False)
    with pytest.raises(transports.PlainTextLogin, match="offers no STARTTLS"):
        deliver(app, clock)
    with pytest.raises(SystemExit, match="plain text"):
        serve._require_safe_mail(app)
    assert server.signed_in == [] and states(app) == {"one": (False, 0)}
    monkeypatch.undo()
    serve._require_safe_mail(app)
    assert deliver(app, clock) == 1 and server.signed_in == [b"s cret"], "the loopback is safe"
    server.stop()
    serve._require_safe_mail(app)
    server.start()


def test_mail_that_can_never_be_composed_holds_up_nobody(app: Flask, clock: Clock, server: Server) -> None:
    write(app, clock, "forged", subject="Hello\nBcc: everyone@elsewhere.example")
    write(app, clock, "fine")
    assert deliver(app, clock) == 1 and server.recipients == ["fine"]
    for _ in range(mail.MAX_ATTEMPTS + 2):
        clock.advance(minutes=6)
        deliver(app, clock)
    assert states(app) == {"forged": (False, mail.MAX_ATTEMPTS), "fine": (True, 1)}


@pytest.mark.both_databases
def test_the_same_news_is_never_written_twice(app: Flask, clock: Clock) -> None:
    write(app, clock, "news")
    with pytest.raises(IntegrityError):
        write(app, clock, "news")


@pytest.mark.both_databases
def test_news_of_a_change_that_failed_is_not_sent(app: Flask, clock: Clock, mailbox: Path) -> None:
    with app.app_context(), pytest.raises(RuntimeError), transaction():
        mail.enqueue("lost", recipient="a@b.example", subject="s", body="b", now=clock())
        raise RuntimeError("the change failed")
    assert deliver(app, clock) == 0 and states(app) == {}


def test_the_folder_keeps_one_file_a_message(app: Flask, clock: Clock, mailbox: Path) -> None:
    write(app, clock, "one", "two")
    assert deliver(app, clock) == 2
    read = [message_from_bytes(path.read_bytes()) for path in sorted(mailbox.iterdir())]
    assert [message["To"] for message in read] == ["one@practicum.example", "two@practicum.example"]


def test_a_message_whose_deliverer_died_is_sent_by_the_next(app: Flask, clock: Clock, server: Server) -> None:
    write(app, clock, "one")
    with app.app_context():
        assert mail._claim(clock()) is not None  # a process that dies here
    assert deliver(app, clock) == 0
    clock.advance(seconds=(mail.LEASE + timedelta(seconds=1)).total_seconds())
    assert deliver(app, clock) == 1 and len(server.taken) == 1


def test_an_unforeseen_failure_of_one_message_holds_up_nobody(
    app: Flask, clock: Clock, mailbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def send(folder: transports.Folder, message: OutboxMessage) -> None:
        if message.key == "odd":
            raise IndexError("no such header")

    write(app, clock, "odd", "fine")
    monkeypatch.setattr(transports.Folder, "send", send)
    assert deliver(app, clock) == 1
    assert states(app) == {"odd": (False, 1), "fine": (True, 1)}


def test_a_server_is_not_called_for_nothing(app: Flask, clock: Clock, server: Server) -> None:
    server.stop()
    assert deliver(app, clock) == 0, "nobody was there to call"
    server.start()
