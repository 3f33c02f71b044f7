"""Links made for a test, and the mails they went out with."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest
import sqlalchemy as sa
from flask import Flask

from marketplace.access import Actor
from marketplace.db import db, transaction
from marketplace.guests import letters, services
from marketplace.links import services as links
from marketplace.links.models import Purpose
from marketplace.links.services import Subject
from marketplace.mail.models import OutboxMessage
from tests.factories import Factory


@dataclass
class Post:
    """The mail that went out, newest last."""

    app: Flask

    def all(self, address: str) -> list[OutboxMessage]:
        """Every message to an address."""
        with self.app.app_context():
            query = sa.select(OutboxMessage).where(OutboxMessage.recipient == address)
            found = list(db.session.scalars(query.order_by(OutboxMessage.id)))
            db.session.expunge_all()
            return found

    def link(self, address: str) -> str:
        """The path of the newest link that was mailed to an address."""
        bodies = [found for m in self.all(address) for found in re.findall(r"https?://\S+", m.body)]
        return re.sub(r"^https?://[^/]+", "", bodies[-1])

    def code(self, address: str) -> str:
        """The newest code that was mailed to an address."""
        found = [re.search(r"Your code is (\d{6})", m.body) for m in self.all(address)]
        return [match.group(1) for match in found if match][-1]


@pytest.fixture
def post(app: Flask) -> Post:
    return Post(app)


Invite = Callable[..., str]


@pytest.fixture
def invite(make: Factory, post: Post) -> Invite:
    """Have someone send a link to host; give its path."""

    def send(actor: Actor, email: str = "new.host@clinic.example", facility_id: int | None = None) -> str:
        with make.app.app_context(), transaction():
            services.invite_host(actor, email, facility_id=facility_id, now=make.now())
        return post.link(email)

    return send


@pytest.fixture
def send_link(make: Factory, post: Post) -> Callable[..., str]:
    """Send any other link; give its path."""
    return send_links(make, post)


def send_links(make: Factory, post: Post) -> Callable[..., str]:
    """A function that sends a link and gives its path."""

    def send(purpose: Purpose, email: str, about: Subject, sender: Actor | None = None) -> str:
        with make.app.app_context(), transaction():
            letter = letters.write(purpose, about, sender_id=sender.user_id if sender else None)
            links.create(sender, purpose, email, subject=about, letter=letter, now=make.now())
        return post.link(email)

    return send
