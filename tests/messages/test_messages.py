"""Writing through the relay: by the slot's policy, without a name before consent, never with an address."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from marketplace.applications.models import Disclosure
from marketplace.db import db
from marketplace.mail.models import OutboxMessage
from marketplace.messages import queries, services
from marketplace.messages.models import Thread, ThreadState
from marketplace.messages.policies import MOST_A_DAY
from marketplace.slots.models import Slot
from marketplace.vocabulary import ContactPolicy
from tests.conftest import new_client
from tests.factories import Factory, sign_in
from tests.rounds.market import START, Market, address
from tests.support.client import StrictClient
from tests.support.clock import Clock

pytestmark = pytest.mark.both_databases


@pytest.fixture
def market(make: Factory) -> Market:
    return Market(make, students=2)


def policy(market: Market, wanted: ContactPolicy) -> Slot:
    with market.committed():
        db.session.get_one(Slot, market.slots[0].id).contact_policy = wanted
    return market.slots[0]


def ask(client: StrictClient, market: Market, slot: Slot, body: str = "May I come on Fridays?") -> None:
    sign_in(client, market.students[0])
    response = client.submit(f"/messages/about/{slot.id}", {"body": body}, button="Send")
    assert response.status_code == 302


def threads(market: Market) -> list[Thread]:
    return list(market.read(lambda: db.session.scalars(sa.select(Thread)).all()))


def mails(market: Market) -> list[OutboxMessage]:
    query = sa.select(OutboxMessage).where(OutboxMessage.key.startswith("thread:"))
    return list(market.read(lambda: db.session.scalars(query.order_by(OutboxMessage.id)).all()))


def test_an_open_facility_reads_and_answers_at_once(app: Flask, client: StrictClient, market: Market) -> None:
    ask(client, market, policy(market, ContactPolicy.OPEN))
    (thread,) = threads(market)
    other = sign_in(new_client(app), market.contact)
    page = other.get(f"/messages/{thread.id}").get_data(as_text=True)
    assert "May I come on Fridays?" in page and f"Applicant {thread.alias}" in page
    assert "Student 1" not in page and address(market.students[0]) not in page
    other.submit(f"/messages/{thread.id}", {"body": "Yes, at nine."}, button="Send")
    answer = client.get(f"/messages/{thread.id}").get_data(as_text=True)
    assert "Yes, at nine." in answer and market.contact.name not in answer
    assert [m.recipient for m in mails(market)] == [address(market.contact), address(market.students[0])]
    for mail in mails(market):
        assert "Fridays" not in mail.body and "nine" not in mail.body and "Student 1" not in mail.body
        assert f"/messages/{thread.id}\n" in mail.body and "@" not in mail.body


def test_a_coordinator_forwards_or_keeps_back(app: Flask, client: StrictClient, market: Market) -> None:
    slot = policy(market, ContactPolicy.COORDINATOR)
    ask(client, market, slot)
    (thread,) = threads(market)
    facility = sign_in(new_client(app), market.contact)
    assert facility.get(f"/messages/{thread.id}").status_code == 404, "not forwarded yet"
    assert "May I come" not in facility.get("/messages").get_data(as_text=True)
    coordinator = sign_in(new_client(app), market.coordinator)
    assert "1 message to forward" in coordinator.get("/").get_data(as_text=True)
    path = f"/messages/waiting/{thread.id}"
    assert coordinator.get(f"/messages/{thread.id}").headers["Location"].endswith(path)
    coordinator.submit(path, {"note": "Ask me on Monday."}, button="Keep it back")
    assert "Ask me on Monday." in client.get(f"/messages/{thread.id}").get_data(as_text=True)
    assert facility.get(f"/messages/{thread.id}").status_code == 404
    client.submit(f"/messages/{thread.id}", {"body": "Now I must know."}, button="Send")
    coordinator.submit(path, button="Forward to the facility")
    assert "Now I must know." in facility.get(f"/messages/{thread.id}").get_data(as_text=True)
    assert coordinator.get(path).status_code == 404, "what is forwarded is between the two sides"


def test_after_match_means_after_the_match(client: StrictClient, market: Market, clock: Clock) -> None:
    slot = policy(market, ContactPolicy.AFTER_MATCH)
    sign_in(client, market.students[0])
    assert "asks students not to write" in client.get(f"/messages/about/{slot.id}").get_data(as_text=True)
    response = client.post(f"/messages/about/{slot.id}", data={"body": "All the same"})
    assert response.status_code == 422 and not threads(market)
    assert "Ask a question" not in client.get(f"/slots/{slot.id}").get_data(as_text=True)
    market.apply(market.students[0], slot)
    market.rank(market.students[0], slot)
    market.tier(slot, [market.students[0]])
    market.nightly(8)
    assert client.post(f"/messages/about/{slot.id}", data={"body": "Embargoed"}).status_code == 422
    market.release()
    clock.set(START + timedelta(days=9))
    ask(client, market, slot, "Where do I park?")
    assert threads(market)[0].state is ThreadState.OPEN


def test_the_name_appears_with_the_consent_and_goes_with_it(
    app: Flask, client: StrictClient, market: Market
) -> None:
    slot = policy(market, ContactPolicy.OPEN)
    ask(client, market, slot)
    (thread,) = threads(market)
    facility = sign_in(new_client(app), market.contact)
    market.apply(market.students[0], slot)
    for path in ("/messages", f"/messages/{thread.id}"):
        assert "Student 1" in facility.get(path).get_data(as_text=True)
    (row,) = market.read(lambda: db.session.scalars(sa.select(Disclosure)).all())
    assert (row.user_id, row.times) == (market.contact.id, 2)
    market.withdraw(market.students[0], slot)
    for path in ("/messages", f"/messages/{thread.id}"):
        page = facility.get(path).get_data(as_text=True)
        assert "Student 1" not in page and f"Applicant {thread.alias}" in page


def test_nobody_else_reads_it(app: Flask, client: StrictClient, make: Factory, market: Market) -> None:
    ask(client, market, policy(market, ContactPolicy.OPEN))
    (thread,) = threads(market)
    others = (market.students[1], make.contact(), make.coordinator(), market.coordinator, make.operator())
    for other in others:
        stranger = sign_in(new_client(app), other)
        assert stranger.get(f"/messages/{thread.id}").status_code == 404, other
        assert stranger.post(f"/messages/{thread.id}", data={"body": "x"}).status_code == 404


def test_a_day_allows_so_many_messages(client: StrictClient, market: Market, clock: Clock) -> None:
    slot = policy(market, ContactPolicy.OPEN)
    ask(client, market, slot)
    path = f"/messages/{threads(market)[0].id}"
    for _ in range(MOST_A_DAY - 1):
        assert client.post(path, data={"body": "Again"}).status_code == 302
    refused = client.post(path, data={"body": "Once too often"})
    assert refused.status_code == 422 and "Once too often" in refused.get_data(as_text=True), "kept"
    clock.advance(days=1, seconds=1)
    assert client.post(path, data={"body": "A new day"}).status_code == 302


def test_the_response_time_is_a_median_of_enough(
    client: StrictClient, make: Factory, market: Market, clock: Clock
) -> None:
    slot = market.slots[0]
    hours = [1, 30, 2, 3, 90]
    contact = make.actor(market.contact)
    for number, wait in enumerate(hours):
        page = client.get(f"/slots/{slot.id}").get_data(as_text=True)
        assert "Answers in about" not in page, f"{number} answers are too few"
        student = make.student(market.programme)
        thread = make.thread(student, slot)
        with market.committed():
            services.answer(contact, thread.id, body="Yes", link="/0", now=clock() + timedelta(hours=wait))
    for path in (f"/slots/{slot.id}", f"/facilities/{market.facility.id}"):
        assert "Answers in about 3 hours: the median of its last 5 answers" in (
            client.get(path).get_data(as_text=True)
        )
    figure = market.read(lambda: queries.response_time(market.facility.id))
    assert figure and figure.median == timedelta(hours=3)


def test_every_box_warns_of_patient_information(client: StrictClient, market: Market) -> None:
    slot = policy(market, ContactPolicy.OPEN)
    sign_in(client, market.students[0])
    warning = re.compile("Nothing about patients")
    assert warning.search(client.get(f"/messages/about/{slot.id}").get_data(as_text=True))
    ask(client, market, slot)
    assert warning.search(client.get(f"/messages/{threads(market)[0].id}").get_data(as_text=True))
