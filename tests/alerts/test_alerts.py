"""Saved searches: kept, changed, dropped, mailed about once, stopped by a link."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from marketplace.alerts import letters, services
from marketplace.alerts.models import Cadence, SavedSearch
from marketplace.db import db, transaction
from marketplace.mail.models import OutboxMessage
from tests.factories import Factory, sign_in
from tests.support.client import StrictClient
from tests.support.clock import Clock


@pytest.fixture
def save(app: Flask, make: Factory, clock: Clock):
    """Keep a search for a person."""

    def saved(person, address: str = "q=registry", cadence: Cadence = Cadence.DAILY) -> int:
        clock.advance(minutes=1)
        actor = make.actor(person)
        with app.app_context(), transaction():
            found = services.save(actor, address, name=address, now=make.now())
            services.set_cadence(actor, found.id, cadence, now=make.now())
            return found.id

    return saved


@pytest.fixture
def morning(app: Flask, clock: Clock):
    """Let days pass, do what is due, and return the alerts written so far as (recipient, subject, body)."""

    def passed(days: int = 1) -> list[tuple[str, str, str]]:
        clock.advance(days=days)
        with app.app_context():
            with transaction():
                services.send_due(clock())
            found = sa.select(OutboxMessage).where(OutboxMessage.key.startswith("alert:"))
            return [
                (m.recipient, m.subject, m.body) for m in db.session.scalars(found.order_by(OutboxMessage.id))
            ]

    return passed


@pytest.mark.both_databases
def test_a_new_slot_is_mailed_once_whichever_searches_find_it(make: Factory, save, morning) -> None:
    student = make.student()
    make.slot(title="Old registry desk")
    save(student), save(student, "task=registry"), save(make.student(), "q=privacy")
    assert morning() == []
    make.slot(title="Tumor registry desk", task_areas=["registry"])
    ((recipient, subject, body),) = morning()
    assert recipient == student.user.email and subject == "1 new slot for you"
    assert "Tumor registry desk" in body and "Old registry" not in body and body.count("/slots/") == 1
    assert len(morning()) == 1
    assert len(morning(days=30)) == 1


@pytest.mark.both_databases
def test_a_slot_is_news_when_its_facility_is_verified(make: Factory, save, morning, app: Flask) -> None:
    facility = make.facility(verified=False)
    make.slot(facility, "Registry desk")
    save(make.student())
    assert morning() == []
    with app.app_context(), transaction() as session:
        session.merge(facility).verified_at = make.now()
    assert len(morning()) == 1


def test_each_search_is_mailed_as_often_as_its_person_chose(make: Factory, save, morning) -> None:
    daily, weekly, never = make.student(), make.student(), make.student()
    save(daily), save(weekly, cadence=Cadence.WEEKLY), save(never, cadence=Cadence.NEVER)
    make.slot(title="Registry one")
    assert [m[0] for m in morning()] == [daily.user.email]
    make.slot(title="Registry two")
    assert [m[0] for m in morning(days=7)][1:] == [daily.user.email, weekly.user.email]
    assert "Registry one" in morning(days=1)[-1][2] and "Registry two" in morning(days=1)[-1][2]


def test_what_came_while_a_search_was_silent_is_no_news(make: Factory, save, morning, app, clock) -> None:
    student = make.student()
    search = save(student, cadence=Cadence.NEVER)
    make.slot(title="Registry missed")
    clock.advance(hours=1)
    actor = make.actor(student)
    with app.app_context(), transaction():
        services.set_cadence(actor, search, Cadence.DAILY, now=clock())
    assert morning() == []


def test_a_job_run_twice_writes_one_mail(make: Factory, save, morning, app, clock) -> None:
    save(make.student())
    make.slot(title="Registry desk")
    morning()
    assert len(morning(days=0)) == 1


def test_the_stop_link_changes_nothing_until_its_button_is_pressed(
    client: StrictClient, make: Factory, save, morning, app
) -> None:
    student = make.student()
    save(student)
    make.slot(title="Registry desk")
    (path,) = re.findall(r"/alerts/stop/\S+", morning()[0][2])
    page = client.get(path)
    assert "Stop mail about new slots?" in page.text
    with app.app_context():
        assert db.session.scalars(sa.select(SavedSearch.cadence)).all() == [Cadence.DAILY]
    assert "no more of this mail" in client.submit(path, {}, button="Stop this mail").text
    make.slot(title="Registry two")
    assert len(morning()) == 1
    assert client.get("/alerts/stop/forged").status_code == 404
    with app.app_context():
        assert letters.person_of(letters.token_for(7)[:-1]) is None


def test_a_search_is_kept_changed_and_removed_on_the_pages(client: StrictClient, make: Factory) -> None:
    make.slot(title="Coding desk")
    sign_in(client, make.student())
    search = "/slots?task=coding&q=coding&within=25&sort="
    client.submit(search, {}, button="Save this search")
    mine = client.get("/searches")
    assert 'href="/slots?q=coding&amp;task=coding"' in mine.text and "coding, Clinical coding" in mine.text
    client.submit(search, {}, button="Save this search")
    assert client.get("/searches").text.count("<article") == 1
    client.submit("/searches", {"cadence": "weekly"}, button="Change coding, Clinical coding")
    mine = client.get("/searches")
    assert '<option value="weekly" selected>' in mine.text
    back = client.submit("/searches", {}, button="Remove coding, Clinical coding")
    assert back.location == "/slots?q=coding&task=coding"
    assert "You keep no search yet" in client.get("/searches").text


@pytest.mark.parametrize("address", ["", "q=", "nonsense", "zip=abc", "q=" + "x" * 3000, "&" * 500])
def test_nothing_is_saved_of_an_address_without_a_search(client, make, app, address: str) -> None:
    sign_in(client, make.student())
    client.post("/searches", data={"address": address})
    with app.app_context():
        assert all(len(s.address) <= 1000 and s.name for s in db.session.scalars(sa.select(SavedSearch)))
        if "x" not in address:
            assert db.session.scalars(sa.select(SavedSearch)).all() == []


def test_a_person_keeps_twenty_searches_at_most(app, make) -> None:
    actor = make.actor(make.student())
    with app.app_context(), transaction():
        for number in range(services.MOST):
            services.save(actor, f"q={number}", name="n", now=make.now())
        with pytest.raises(services.DomainError):
            services.save(actor, "q=more", name="n", now=make.now())


def test_next_morning_is_later_and_at_the_hour(clock: Clock) -> None:
    for hours in range(0, 50, 5):
        now = clock() + timedelta(hours=hours)
        for cadence in (Cadence.DAILY, Cadence.WEEKLY):
            due = services.next_morning(now, cadence)
            assert now < due <= now + services.STEP[cadence] + timedelta(days=1) and due.hour == services.HOUR
