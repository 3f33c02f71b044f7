"""News by mail as each person chose: at once, in a daily mail, or not. What must reach them always comes."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa
from flask import Flask

from marketplace.db import db, transaction
from marketplace.mail import digests, mailboxes
from marketplace.mail import services as mail
from marketplace.mail.models import Choice, OutboxMessage
from marketplace.mail.transports import compose
from tests.conftest import new_client
from tests.factories import Factory, sign_in
from tests.support.client import StrictClient
from tests.support.clock import Clock

ANN = "Ann@practicum.example"


def write(app: Flask, clock: Clock, *keys: str, news: bool = True, to: str = ANN) -> None:
    with app.app_context(), transaction():
        for key in keys:
            mail.enqueue(
                key, recipient=to, subject=f"About {key}", body=f"{key} happened\n", now=clock(), news=news
            )


def chosen(app: Flask, choice: Choice, address: str = ANN) -> None:
    with app.app_context(), transaction():
        mailboxes.choose(address, choice)


def night(app: Flask, clock: Clock) -> int:
    """How many digests are written."""
    with app.app_context(), transaction():
        return digests.send(clock())


def sent(app: Flask, clock: Clock) -> list[str]:
    """Deliver; the subjects that left, in order."""
    with app.app_context():
        before = {row.id for row in _left()}
        mail.deliver(clock())
        return [row.subject for row in _left() if row.id not in before]


def _left() -> list[OutboxMessage]:
    query = sa.select(OutboxMessage).where(OutboxMessage.attempts > 0, OutboxMessage.sent_at.is_not(None))
    return list(db.session.scalars(query.order_by(OutboxMessage.id)))


@pytest.mark.both_databases
def test_a_day_s_news_come_in_one_mail_each_once(app: Flask, clock: Clock) -> None:
    chosen(app, Choice.DAILY)
    write(app, clock, "one", "two")
    write(app, clock, "deadline", news=False)
    write(app, clock, "other", to="bob@practicum.example")
    assert sent(app, clock) == ["About deadline", "About other"], "news of Ann wait, all else goes"
    assert (night(app, clock), night(app, clock)) == (1, 0)
    assert sent(app, clock) == ["2 pieces of news"]
    with app.app_context():
        digest = db.session.scalars(sa.select(OutboxMessage).order_by(OutboxMessage.id.desc())).first()
        assert digest is not None and digest.recipient == ANN
        assert "one happened" in digest.body and "two happened" in digest.body
        header = compose(digest, "us@practicum.example")
        assert header["List-Unsubscribe"] == f"<{digest.unsubscribe}>"
        assert header["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    write(app, clock, "three")
    assert night(app, clock) == 0, "one a day"
    clock.advance(days=1)
    assert night(app, clock) == 1 and sent(app, clock) == ["1 piece of news"]


def test_whoever_wants_only_what_must_reach_them_gets_no_news(app: Flask, clock: Clock) -> None:
    chosen(app, Choice.NEEDED)
    write(app, clock, "news")
    write(app, clock, "result", news=False)
    assert sent(app, clock) == ["About result"] and night(app, clock) == 0


def test_another_choice_counts_for_what_waits(app: Flask, clock: Clock) -> None:
    """Back to at once: it goes now. Nothing any more: it never goes."""
    chosen(app, Choice.DAILY)
    write(app, clock, "one")
    chosen(app, Choice.AT_ONCE)
    assert sent(app, clock) == ["About one"]
    chosen(app, Choice.DAILY)
    write(app, clock, "two")
    chosen(app, Choice.NEEDED)
    assert sent(app, clock) == [] and night(app, clock) == 0


def test_a_person_chooses_in_their_account(app: Flask, client: StrictClient, make: Factory) -> None:
    person = make.user()
    sign_in(client, person)
    assert 'value="at-once" checked' in client.get("/account").text
    client.submit("/account", {"choice": "daily"}, button="Choose", action="/account/mail")
    assert 'value="daily" checked' in client.get("/account").text
    with app.app_context():
        assert mailboxes.choice_of(person.email) is Choice.DAILY


def test_the_stop_link_needs_no_account_and_opening_it_changes_nothing(app: Flask, clock: Clock) -> None:
    chosen(app, Choice.DAILY)
    write(app, clock, "one")
    night(app, clock)
    with app.app_context():
        body = db.session.scalars(sa.select(OutboxMessage.body).order_by(OutboxMessage.id.desc())).first()
    found = re.search(r"(/digest/stop/\S+)", body or "")
    assert found is not None
    visitor = new_client(app)
    assert "Stop news by mail?" in visitor.get(found[1]).text
    with app.app_context():
        assert mailboxes.choice_of(ANN) is Choice.DAILY
    visitor.submit(found[1], {}, button="Stop this mail")
    with app.app_context():
        assert mailboxes.choice_of(ANN) is Choice.NEEDED
    assert visitor.get(found[1][:-3]).status_code == 404


def test_a_mail_program_s_one_press_needs_no_page(app: Flask) -> None:
    """RFC 8058: it posts without cookies or a token of the page."""
    chosen(app, Choice.DAILY)
    with app.app_context():
        token = digests.token_for(ANN)
    page = new_client(app).post(f"/digest/stop/{token}", data={"List-Unsubscribe": "One-Click"})
    assert page.status_code == 200
    with app.app_context():
        assert mailboxes.choice_of(ANN) is Choice.NEEDED
