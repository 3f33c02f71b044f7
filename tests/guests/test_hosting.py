"""Host a student without an account: by link and by the public page."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from marketplace.accounts.models import User
from marketplace.db import db, transaction
from marketplace.facilities import index
from marketplace.facilities.models import Facility
from marketplace.links.models import EmailLink, LinkToken
from marketplace.mail.models import OutboxMessage
from marketplace.slots.models import Slot, SlotState
from tests.factories import Factory, sign_in
from tests.guests.conftest import Invite, Post
from tests.support.client import StrictClient
from tests.support.clock import Clock

HOST = "new.host@clinic.example"
NEEDED: dict[str, Any] = {
    "name": "Cleo Newcomer",
    "facility_name": "Fictional Corner Practice",
    "facility_kind": "practice",
    "zip": "43215",
    "description": "Sort and scan records, answer requests, sit with our coder.",
    "task_areas": "release-of-information",
    "attested": "y",
}


def slots(app: Flask) -> list[Slot]:
    with app.app_context():
        found = list(db.session.scalars(sa.select(Slot).order_by(Slot.id)))
        db.session.expunge_all()
        return found


def count(app: Flask, model: type) -> int:
    with app.app_context():
        return db.session.execute(sa.select(sa.func.count()).select_from(model)).scalar_one()


def test_a_newcomer_posts_by_link_and_nobody_sees_it_until_verified(
    app: Flask, client: StrictClient, make: Factory, invite: Invite, post: Post
) -> None:
    school = make.school("Fictional River College")
    page = invite(make.actor(make.coordinator(school, "Dee Coordinator")))
    assert "Dee Coordinator of Fictional River College asks" in post.all(HOST)[-1].body
    answer = client.submit(page, NEEDED, button="Post slot", follow_redirects=True)
    assert "Waiting to be checked" in answer.get_data(as_text=True)
    (slot,) = slots(app)
    assert (slot.state, slot.attested, slot.capacity) == (SlotState.DRAFT, True, 1), "its first text waits"
    assert (slot.title, slot.silence.value) == ("Release of information", "any")
    assert client.get(f"/slots/{slot.id}").status_code == 404
    assert client.get(f"/facilities/{slot.facility_id}").status_code == 404
    with app.app_context():
        user = db.session.scalars(sa.select(User).where(User.email == HOST)).one()
        assert user.password is None and user.confirmed_at is not None
        assert db.session.get_one(Facility, slot.facility_id).verified_at is None


def test_the_page_needs_fewer_than_twelve_inputs(client: StrictClient, make: Factory, invite: Invite) -> None:
    """Counted by emptying everything: what is then asked for is what is needed."""
    for page, button in (
        (invite(make.actor(make.coordinator())), "Post slot"),
        ("/host", "Send me the link"),
    ):
        form = client.form(page, button=button)
        blank = {name: "" for name in dict(form.filled({}, button)) if name in _TEXTS}
        answer = client.submit(page, blank, button=button)
        assert answer.status_code == 422
        asked = answer.get_data(as_text=True).count('<li><a href="#')
        typed = client.submit(page, {}, button=button).get_data(as_text=True).count('<li><a href="#')
        expected = (10, 7) if button == "Post slot" else (11, 8)
        assert (asked, typed) == expected


_TEXTS = {"starts_on", "ends_on", "hours", "capacity", "weekdays"}


def test_opening_a_link_changes_nothing(
    app: Flask, client: StrictClient, make: Factory, invite: Invite
) -> None:
    """An e-mail link is opened by a mail scanner: opening changes nothing, every act is a POST."""
    page = invite(make.actor(make.coordinator()))
    before = _everything(app)
    for _ in range(3):
        assert client.get(page).status_code == 200
        assert client.head(page).status_code == 200
    assert client.get(f"{page}/repeat").status_code == 405
    assert _everything(app) == before


def _everything(app: Flask) -> dict[str, list[str]]:
    with app.app_context(), db.engine.connect() as connection:
        names = sa.inspect(connection).get_table_names()
        return {n: sorted(map(str, connection.exec_driver_sql(f'SELECT * FROM "{n}"'))) for n in names}


@pytest.mark.both_databases
def test_a_button_pressed_twice_posts_once(
    app: Flask, client: StrictClient, make: Factory, invite: Invite
) -> None:
    page = invite(make.actor(make.coordinator()))
    form = client.form(page, button="Post slot").filled(NEEDED, "Post slot")
    for _ in range(2):
        assert client.post(page, data=form).status_code == 302
    assert len(slots(app)) == 1 and count(app, Facility) == 1


def test_another_place_is_posted_for_the_same_facility(
    app: Flask, client: StrictClient, make: Factory, invite: Invite
) -> None:
    page = invite(make.actor(make.coordinator()))
    client.submit(page, NEEDED, button="Post slot")
    more = {"description": "Follow the go-live.", "task_areas": "go-live", "attested": "y"}
    client.submit(f"{page}?again=1&kind=go-live", more, button="Post slot")
    first, second = slots(app)
    assert first.facility_id == second.facility_id
    assert (second.kind.value, second.capacity) == ("go-live", 4)


def test_a_least_number_of_students_can_be_said_by_link(
    app: Flask, client: StrictClient, make: Factory, invite: Invite
) -> None:
    """Where more than one can come at a time; not above that."""
    page = f"{invite(make.actor(make.coordinator()))}?kind=go-live"
    assert "minimum" not in client.form(page.replace("go-live", "half-day"), button="Post slot").names
    above = client.submit(page, {**NEEDED, "capacity": "4", "minimum": "5"}, button="Post slot")
    assert above.status_code == 422 and slots(app) == []
    assert (
        client.submit(page, {**NEEDED, "capacity": "4", "minimum": "3"}, button="Post slot").status_code
        == 302
    )
    (slot,) = slots(app)
    assert (slot.capacity, slot.minimum) == (4, 3)


@pytest.mark.parametrize("kind", ["term", "half-day", "go-live", "shadow-day"])
def test_what_is_filled_in_can_be_posted_as_it_is(
    app: Flask, client: StrictClient, make: Factory, invite: Invite, kind: str
) -> None:
    page = invite(make.actor(make.coordinator()))
    answer = client.submit(f"{page}?kind={kind}", NEEDED, button="Post slot")
    assert answer.status_code == 302
    (slot,) = slots(app)
    assert slot.kind.value == kind
    assert slot.starts_on >= make.now().date() + timedelta(days=60)


def test_a_draft_is_kept_in_the_link(app: Flask, client: StrictClient, make: Factory, invite: Invite) -> None:
    page = invite(make.actor(make.coordinator()))
    half = {"name": "Cleo Newcomer", "description": "Scan and sort.", "hours": "77"}
    client.submit(page, half, button="Save and finish later")
    assert count(app, Slot) == 0 and count(app, Facility) == 0
    shown = client.form(page, button="Post slot").filled({}, "Post slot")
    assert {name: shown[name] for name in half} == {name: [value] for name, value in half.items()}
    other_kind = client.form(f"{page}?kind=shadow-day", button="Post slot").filled({}, "Post slot")
    assert (other_kind["description"], other_kind["hours"]) == (["Scan and sort."], ["8"])
    rest = {name: value for name, value in NEEDED.items() if name not in half}
    assert client.submit(page, rest, button="Post slot").status_code == 302
    assert slots(app)[0].hours == 77
    with app.app_context():
        assert db.session.scalars(sa.select(EmailLink.draft)).one() == {}


def test_what_was_typed_stays_when_something_is_missing(
    client: StrictClient, make: Factory, invite: Invite
) -> None:
    page = invite(make.actor(make.coordinator()))
    answer = client.submit(page, {**NEEDED, "zip": "00000"}, button="Post slot")
    text = answer.get_data(as_text=True)
    assert answer.status_code == 422 and "There is no such ZIP code" in text
    assert "Fictional Corner Practice" in text and "sit with our coder" in text


def test_last_term_is_repeated_with_one_press(
    app: Flask, client: StrictClient, make: Factory, invite: Invite, clock: Clock
) -> None:
    facility = make.facility()
    old = make.slot(facility, "Scanning and indexing", hours=90)
    contact = make.contact(facility)
    clock.advance(days=200)
    page = invite(make.actor(make.coordinator()), contact.email)
    assert "The same as last time?" in client.get(page).get_data(as_text=True)
    client.submit(page, button="Repeat last term Scanning and indexing")
    new = slots(app)[-1]
    assert (new.title, new.hours, new.attested, new.state) == (old.title, 90, True, SlotState.POSTED)
    assert new.starts_on - old.starts_on == timedelta(weeks=26)
    assert client.get(f"/slots/{new.id}").status_code == 200, "a verified facility's slot is public at once"


def test_only_own_slots_are_repeated(app: Flask, client: StrictClient, make: Factory, invite: Invite) -> None:
    foreign = make.slot()
    page = invite(make.actor(make.coordinator()), make.contact().email)
    assert client.post(f"{page}/repeat", data={"slot_id": foreign.id, "after": ""}).status_code == 404
    assert len(slots(app)) == 1


def test_a_link_posts_for_no_foreign_facility(
    app: Flask, client: StrictClient, make: Factory, invite: Invite
) -> None:
    """The facility in the form counts only where the reader is its contact."""
    site = make.site()
    page = invite(make.actor(make.coordinator()))
    form = client.form(page, button="Post slot").filled(NEEDED, "Post slot")
    form.update({"at": str(site.facility_id), "site_id": str(site.id)})
    client.post(page, data=form)
    assert [slot.facility_id for slot in slots(app)] != [site.facility_id]


def test_a_contact_asks_a_colleague(app: Flask, client: StrictClient, make: Factory, invite: Invite) -> None:
    facility = make.facility("Fictional Bay Hospital")
    make.site(facility)
    page = invite(make.actor(make.contact(facility)), facility_id=facility.id)
    assert "Fictional Bay Hospital" in client.get(page).get_data(as_text=True)
    needed = {name: NEEDED[name] for name in ("description", "task_areas", "attested")}
    client.submit(page, needed, button="Post slot")
    assert [slot.facility_id for slot in slots(app)] == [facility.id]


def test_anyone_may_offer_a_place_and_posts_by_the_mail(app: Flask, client: StrictClient, post: Post) -> None:
    answer = client.submit(
        "/host", {**NEEDED, "email": HOST}, button="Send me the link", follow_redirects=True
    )
    assert HOST in answer.get_data(as_text=True)
    assert count(app, Slot) == count(app, User) == count(app, Facility) == 0
    page = post.link(HOST)
    assert client.submit(page, button="Post slot").status_code == 302
    assert slots(app)[0].description == NEEDED["description"]


def test_finishing_later_needs_an_address_alone(client: StrictClient, post: Post) -> None:
    client.submit("/host", {"email": HOST, "description": "To be told."}, button="Save and finish later")
    shown = client.form(post.link(HOST), button="Post slot").filled({}, "Post slot")
    assert shown["description"] == ["To be told."]
    answer = client.submit("/host", {"email": "nonsense"}, button="Save and finish later")
    assert answer.status_code == 422


def test_the_public_page_tells_nobody_who_is_known_and_floods_no_one(
    client: StrictClient, make: Factory, post: Post
) -> None:
    known = make.contact().email
    pages = [
        client.submit("/host", {"email": each}, button="Save and finish later", follow_redirects=True)
        for each in (known, "x" + known)
    ]
    texts = [page.get_data(as_text=True).replace("x" + known, known) for page in pages]
    assert texts[0] == texts[1]
    for _ in range(10):
        client.submit("/host", {"email": known}, button="Save and finish later")
    assert len(post.all(known)) == 5


@pytest.mark.both_databases
def test_a_late_link_offers_a_new_one_to_the_same_address(
    app: Flask, client: StrictClient, make: Factory, invite: Invite, post: Post, clock: Clock
) -> None:
    old = invite(make.actor(make.coordinator()))
    client.submit(old, {"description": "Kept."}, button="Save and finish later")
    clock.advance(days=22)
    answer = client.get(old)
    assert answer.status_code == 410
    text = answer.get_data(as_text=True)
    assert "n…@c….example" in text and HOST not in text
    secret = old.rsplit("/", 1)[-1]
    client.post(f"/link/{secret}/new", data={"email": "thief@evil.example"})
    new = post.link(HOST)
    assert new != old and post.all("thief@evil.example") == []
    assert client.form(new, button="Post slot").filled({}, "Post slot")["description"] == ["Kept."]
    assert client.get(old).status_code == 410


def test_only_a_digest_of_a_token_is_kept(app: Flask, make: Factory, invite: Invite) -> None:
    secret = invite(make.actor(make.coordinator())).rsplit("/", 1)[-1]
    kept = _everything(app)
    assert not any(secret in row for name, rows in kept.items() if name != "outbox_message" for row in rows)
    with app.app_context():
        assert len(db.session.scalars(sa.select(LinkToken.token_sha256)).one()) == 64


def test_whoever_posted_by_link_can_have_an_account_later(
    app: Flask, client: StrictClient, make: Factory, invite: Invite, post: Post
) -> None:
    client.submit(invite(make.actor(make.coordinator())), NEEDED, button="Post slot")
    client.submit("/reset-password", {"email": HOST}, action="/reset-password")
    page = post.link(HOST)
    chosen = "a long enough password"
    client.submit(page, {"password": chosen, "password_confirm": chosen}, action=page)
    with app.app_context():
        user = db.session.scalars(sa.select(User).where(User.email == HOST)).one()
        assert user.password is not None
        db.session.expunge(user)
    client.get("/sign-out")
    fresh = app.test_client()
    assert isinstance(fresh, StrictClient)
    assert "Release of information" in sign_in(fresh, user).get("/facilities/mine").get_data(as_text=True)


def test_is_it_one_of_these_on_the_short_page(
    app: Flask, client: StrictClient, make: Factory, invite: Invite
) -> None:
    """A host that is here already is told, and no second one is made; a new name posts as before."""
    known = make.facility("Fictional Corner Practice")
    make.site(known)
    with app.app_context(), transaction():
        index.put(known.id)
    contact = make.contact(known)
    page = invite(make.actor(make.coordinator()))
    asked = client.submit(page, NEEDED, button="Post slot")
    assert asked.status_code == 422 and "Is it one of these?" in asked.get_data(as_text=True)
    form = client.form(page, button="Post slot").filled(NEEDED, "Post slot")
    told = client.post(page, data={**form, "same": f"facility-{known.id}"}, follow_redirects=True)
    assert "It is here already" in told.get_data(as_text=True) and slots(app) == []
    assert "Sort and scan records" in client.get(page).get_data(as_text=True), "what was typed is kept"
    with app.app_context():
        mails = db.session.scalars(sa.select(OutboxMessage).where(OutboxMessage.recipient == contact.email))
        assert len(mails.all()) == 1
    assert client.post(page, data={**form, "same": "new"}).status_code == 302
    assert len(slots(app)) == 1 and count(app, Facility) == 2
