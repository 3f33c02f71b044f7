"""Where delivered mail goes: an SMTP server, a folder of .eml files, or the console (``MAIL_URL``)."""

from __future__ import annotations

import hashlib
import smtplib
import ssl
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

from marketplace.mail.models import OutboxMessage


class Transport(Protocol):
    """Takes one message; raises OSError (SMTP errors are such) when it could not."""

    def send(self, message: OutboxMessage) -> None:
        """Hand `message` over."""


def compose(message: OutboxMessage, sender: str) -> EmailMessage:
    """The message as it travels; the Message-ID depends on its key alone."""
    mail = EmailMessage()
    mail["From"] = sender
    mail["To"] = message.recipient
    mail["Subject"] = message.subject
    mail["Date"] = message.created_at
    mail["Message-ID"] = f"<{hashlib.sha256(message.key.encode()).hexdigest()[:40]}@practicum-match>"
    if message.unsubscribe:  # RFC 8058: mail programs offer it beside the mail, as one press
        mail["List-Unsubscribe"] = f"<{message.unsubscribe}>"
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail.set_content(message.body)
    return mail


class Console:
    """Prints mail, for development."""

    def __init__(self, sender: str) -> None:
        self.sender = sender

    def send(self, message: OutboxMessage) -> None:
        """Print `message`."""
        sys.stdout.write(f"{compose(message, self.sender)}\n")


class Folder:
    """Keeps mail as one .eml file a message, named after the message's row."""

    def __init__(self, sender: str, path: Path) -> None:
        self.sender = sender
        self.path = path
        path.mkdir(mode=0o700, parents=True, exist_ok=True)

    def send(self, message: OutboxMessage) -> None:
        """Write `message` to its file."""
        (self.path / f"{message.id:08}.eml").write_bytes(bytes(compose(message, self.sender)))


class Smtp:
    """Speaks to an SMTP server over one connection; ``smtps`` from the start, else STARTTLS if offered."""

    def __init__(self, sender: str, connection: smtplib.SMTP) -> None:
        self.sender = sender
        self.connection = connection

    def send(self, message: OutboxMessage) -> None:
        """Send `message`."""
        self.connection.send_message(compose(message, self.sender))


@contextmanager
def open_transport(config: Mapping[str, Any]) -> Iterator[Transport]:
    """The transport that ``MAIL_URL`` names: ``console:``, ``file:PATH`` or ``smtp(s)://user:pass@host:port``."""
    url, sender = config["MAIL_URL"], config["MAIL_SENDER"]
    parts = urlsplit(url)
    if parts.scheme == "console":
        yield Console(sender)
    elif parts.scheme == "file":
        yield Folder(sender, Path(parts.path))
    elif parts.scheme in {"smtp", "smtps"}:
        with _connect(url) as connection:
            yield Smtp(sender, connection)
    else:
        raise ValueError(f"MAIL_URL {parts.scheme}: not one of console, file, smtp, smtps")


class PlainTextLogin(OSError):
    """The mail server would have the password travel in plain text, where others could read it."""


def require_safe(config: Mapping[str, Any]) -> None:
    """Raise PlainTextLogin now rather than when the first mail is due.

    A server that doesn't answer is no reason not to start: mail waits for it.
    """
    parts = urlsplit(config["MAIL_URL"])
    if parts.scheme == "smtp" and parts.username:
        try:
            _secured(config["MAIL_URL"]).close()
        except PlainTextLogin:
            raise
        except OSError:
            pass


def _connect(url: str) -> smtplib.SMTP:
    parts, connection = urlsplit(url), _secured(url)
    if parts.username:
        with _closing_on_error(connection):
            connection.login(unquote(parts.username), unquote(parts.password or ""))
    return connection


def _secured(url: str) -> smtplib.SMTP:
    """A connection that a password may travel on, if there is one to send."""
    parts = urlsplit(url)
    host = parts.hostname or "localhost"
    context = ssl.create_default_context()
    if parts.scheme == "smtps":
        return smtplib.SMTP_SSL(host, parts.port or 465, timeout=20, context=context)
    connection = smtplib.SMTP(host, parts.port or 25, timeout=20)
    with _closing_on_error(connection):
        connection.ehlo()
        if connection.has_extn("starttls"):
            connection.starttls(context=context)
        elif parts.username and not _on_this_machine(connection):
            raise PlainTextLogin(
                f"MAIL_URL names a user for {host}, which offers no STARTTLS: the password would travel in"
                " plain text. Use smtps://, another port, or leave out user and password."
            )
    return connection


def _on_this_machine(connection: smtplib.SMTP) -> bool:
    assert connection.sock is not None
    return ip_address(connection.sock.getpeername()[0].partition("%")[0]).is_loopback


@contextmanager
def _closing_on_error(connection: smtplib.SMTP) -> Iterator[None]:
    try:
        yield
    except BaseException:
        connection.close()
        raise
