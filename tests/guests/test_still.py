"""Offers lapse unless confirmed: asked twice by mail, hidden, and brought back by one press."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from marketplace import chores
from marketplace.db import db, transaction
from marketplace.errors import DomainError
from marketplace.facilities import lapsing
from marketplace.facilities.lapsing import Step
from marketplace.facilities.models import Facility
from marketplace.guests import asking
from marketplace.links.models import LinkToken
from marketplace.rounds.phases import Phase
from marketplace.slots import services
from marketplace.slots.models import Slot, SlotState
from tests.conftest import new_client
from tests.factories import Factory, sign_in
from tests.guests.conftest import Post
from tests.support.client import StrictClient
from tests.support.clock import Clock

FAR = {"starts_on": date(2028, 1, 10), "ends_on": date(2028, 4, 10)}


def night(app: Flask, clock: Clock, **later: int) -> int:
    """So much later, the chore; how many mails it wrote."""
    clock.advance(**later)
    with app.app_context(), transaction():
        return asking.send_due(clock())


def state(app: Flask, slot: Slot) -> SlotState:
    with app.app_context():
        return db.session.get_one(Slot, slot.id).state


def facility_of(app: Flask, slot: Slot) -> Facility:
    with app.app_context():
        found = db.session.get_one(Facility, slot.facility_id)
        db.session.expunge_all()
        return found


@pytest.mark.both_databases
def test_a_slot_is_asked_about_twice_then_hidden_then_brought_back(
    app: Flask, client: StrictClient, make: Factory, clock: Clock, post: Post
) -> None:
    slot = make.slot(make.facility("Prairie Clinic"), "Desk of records", **FAR)
    contact = make.contact(slot.facility)
    assert night(app, clock, days=105) == 0
    assert night(app, clock, days=1) == 1, "14 days before"
    assert night(app, clock, days=1) == 0, "once"
    assert night(app, clock, days=10) == 1, "3 days before"
    first, second = post.all(contact.email)
    assert "Still on offer at Prairie Clinic?" in first.subject and "Desk of records" in second.body
    assert "Desk of records" in client.get("/slots").text
    assert night(app, clock, days=3) == 1, "told that it is gone"
    assert state(app, slot) is SlotState.EXPIRED
    assert "Desk of records" not in client.get("/slots").text
    assert client.get(f"/slots/{slot.id}").status_code == 404
    assert night(app, clock, days=30) == 0, "nothing more is written"

    clock.advance(days=-29)
    page = post.link(contact.email)
    assert "students find it no more" in client.get(page).text
    assert state(app, slot) is SlotState.EXPIRED, "opening changes nothing"
    answer = client.submit(page, {}, button="Yes, still on offer", follow_redirects=True)
    assert "Thank you. 1 slot is confirmed." in answer.text
    assert state(app, slot) is SlotState.POSTED
    assert "Desk of records" in client.get("/slots").text
    assert night(app, clock, days=100) == 0, "its time begins anew"


def test_the_first_link_still_works_after_the_second_mail(
    app: Flask, client: StrictClient, make: Factory, clock: Clock, post: Post
) -> None:
    slot = make.slot(**FAR)
    contact = make.contact(slot.facility)
    night(app, clock, days=106)
    first = post.link(contact.email)
    night(app, clock, days=11)
    second = post.link(contact.email)
    assert first != second
    assert client.get(first).status_code == client.get(second).status_code == 200
    with app.app_context():
        assert db.session.scalars(sa.select(LinkToken.revoked_at)).all() == [None, None]


def test_a_mail_scanner_opens_the_link_and_nothing_is_confirmed(
    app: Flask, client: StrictClient, make: Factory, clock: Clock, post: Post
) -> None:
    slot = make.slot(**FAR)
    contact = make.contact(slot.facility)
    for days in (106, 11, 3):
        night(app, clock, days=days)
    for _ in range(3):
        assert client.get(post.link(contact.email)).status_code == 200
    assert state(app, slot) is SlotState.EXPIRED


def test_only_what_stays_ticked_is_confirmed(
    app: Flask, client: StrictClient, make: Factory, clock: Clock, post: Post
) -> None:
    kept = make.slot(title="Kept", **FAR)
    dropped = make.slot(site=kept.site, title="Dropped", **FAR)
    foreign = make.slot(title="Foreign", **FAR)
    contact = make.contact(kept.facility)
    assert night(app, clock, days=106) == 1, "one mail for both; the foreign one has no contact"
    page = post.link(contact.email)
    assert "Foreign" not in client.get(page).text
    client.submit(page, {"slot_id": [str(kept.id), str(foreign.id)]}, button="Yes, still on offer")
    night(app, clock, days=11)
    night(app, clock, days=3)
    found = [state(app, each) for each in (kept, dropped, foreign)]
    assert found == [SlotState.POSTED, SlotState.EXPIRED, SlotState.EXPIRED]


@pytest.mark.parametrize(
    ("phase", "expires"),
    [
        (Phase.DRAFT, False),
        (Phase.RECRUITING, False),
        (Phase.RANKING, False),
        (Phase.LOCKED, False),
        (Phase.COMPUTED, False),
        (Phase.CLEARING, False),
        (Phase.CLOSED, True),
        (Phase.CANCELLED, True),
    ],
)
def test_a_slot_of_a_round_under_way_never_expires(
    app: Flask, make: Factory, clock: Clock, phase: Phase, expires: bool
) -> None:
    slot = make.slot(**FAR)
    make.contact(slot.facility)
    closes = {"ranking_closes_at": clock() + timedelta(days=300)}
    make.round(phase=phase, slots=[slot], **closes)
    written = sum(night(app, clock, days=days) for days in (106, 11, 3))
    assert (state(app, slot) is SlotState.EXPIRED, written > 0) == (expires, expires)
    assert (facility_of(app, slot).lapsed_at is None) or expires


def test_a_slot_that_has_begun_is_left_alone(app: Flask, make: Factory, clock: Clock) -> None:
    slot = make.slot()
    make.contact(slot.facility)
    assert [night(app, clock, days=days) for days in (106, 11, 3)] == [0, 0, 0]
    assert state(app, slot) is SlotState.POSTED


def test_a_facility_leaves_the_directory_and_comes_back(
    app: Flask, client: StrictClient, make: Factory, clock: Clock, post: Post
) -> None:
    facility = make.facility("Quiet Hospital", confirmed_at=make.now())
    make.site(facility)
    contact = make.contact(facility)
    assert sum(night(app, clock, days=days) for days in (106, 11, 3)) == 3
    assert "Quiet Hospital" not in client.get("/directory/facilities").text
    assert "No facility hosts here yet" in client.get("/directory/facilities").text
    assert client.get(f"/facilities/{facility.id}").status_code == 200, "its page stays, and says so"
    client.submit(post.link(contact.email), {}, button="Yes, we still host")
    assert "Quiet Hospital" in client.get("/directory/facilities").text


def test_a_contact_confirms_on_the_slots_own_page(
    app: Flask, client: StrictClient, make: Factory, clock: Clock
) -> None:
    slot = make.slot(title="Desk of records", **FAR)
    sign_in(client, make.contact(slot.facility))
    assert "Still on offer</button>" not in client.get(f"/posting/{slot.id}").text
    for days in (106, 11, 3):
        night(app, clock, days=days)
    signed_in = sign_in(new_client(app), make.contact(slot.facility))
    assert "Is 1 slot still on offer?" in signed_in.get("/").text
    assert "Expired" in signed_in.get("/facilities/mine").text
    assert signed_in.get(f"/posting/{slot.id}/edit").status_code == 302, "first confirmed, then changed"
    signed_in.submit(f"/posting/{slot.id}", {}, button="Still on offer")
    assert state(app, slot) is SlotState.POSTED
    assert "still on offer?" not in signed_in.get("/").text


def test_editing_a_posted_slot_confirms_it_and_an_expired_one_refuses(
    app: Flask, make: Factory, clock: Clock
) -> None:
    slot = make.slot(**FAR)
    actor = make.actor(make.contact(slot.facility))
    clock.advance(days=110)
    with app.app_context(), transaction():
        services.edit(actor, slot.id, now=clock(), hours=100)
    assert [night(app, clock, days=days) for days in (100, 6)] == [0, 1]
    for days in (11, 3):
        night(app, clock, days=days)
    with app.app_context(), pytest.raises(DomainError, match="slot_expired"), transaction():
        services.edit(actor, slot.id, now=clock(), hours=90)


def test_a_late_nightly_job_leaves_the_same_time_to_answer(app: Flask, make: Factory, clock: Clock) -> None:
    """The job slept for a year: nothing is hidden without having been asked about twice."""
    slot = make.slot(**FAR)
    make.contact(slot.facility)
    assert night(app, clock, days=365) == 1 and state(app, slot) is SlotState.POSTED
    assert night(app, clock, days=10) == 0
    assert night(app, clock, days=1) == 1 and state(app, slot) is SlotState.POSTED
    assert night(app, clock, days=2) == 0
    night(app, clock, days=1)
    assert state(app, slot) is SlotState.EXPIRED


def test_the_time_is_a_setting(app: Flask, make: Factory, clock: Clock) -> None:
    make.contact(make.slot(**FAR).facility)
    app.config["LISTING_DAYS"] = 60
    assert [night(app, clock, days=days) for days in (45, 1)] == [0, 1]


def test_a_contact_of_another_facility_gets_nothing_by_a_link(
    app: Flask, client: StrictClient, make: Factory, clock: Clock, post: Post
) -> None:
    slot = make.slot(**FAR)
    contact = make.contact(slot.facility)
    night(app, clock, days=106)
    page = post.link(contact.email)
    with app.app_context(), transaction() as session:
        session.execute(sa.text("DELETE FROM membership WHERE user_id = :id"), {"id": contact.id})
    assert client.get(page).status_code == 404


def test_the_nightly_job_does_it(app: Flask, make: Factory, clock: Clock, post: Post) -> None:
    contact = make.contact(make.slot(**FAR).facility)
    clock.advance(days=106)
    with app.app_context():
        assert chores.run(clock()) == []
        assert chores.run(clock()) == []
    assert len(post.all(contact.email)) == 1


def test_steps_come_in_their_order(clock: Clock) -> None:
    offer = Slot(confirmed_at=clock(), asks=0)
    found = []
    for _ in range(130):
        clock.advance(days=1)
        step = lapsing.due(offer, clock(), 120)
        found.append(step)
        if step is Step.ASK:
            lapsing.note_asked(offer, clock())
    assert [number + 1 for number, step in enumerate(found) if step is Step.ASK] == [106, 117]
    assert found.index(Step.LAPSE) + 1 == 120
    assert lapsing.due(Slot(confirmed_at=None, asks=0), clock(), 120) is None
