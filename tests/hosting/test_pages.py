"""The pages of those who host, from registering a facility to closing a slot."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy import event

from marketplace.db import db
from marketplace.facilities.models import Facility, Site
from marketplace.mail.models import OutboxMessage
from marketplace.rounds.phases import Phase
from marketplace.slots.models import Slot, SlotState
from tests.conftest import new_client
from tests.factories import Factory, sign_in
from tests.support.client import StrictClient
from tests.support.clock import Clock


def slots(app: Flask) -> list[Slot]:
    """Every slot, oldest first."""
    with app.app_context():
        return list(db.session.scalars(sa.select(Slot).order_by(Slot.id)))


def test_from_registering_to_a_public_slot(app: Flask, make: Factory, client: StrictClient) -> None:
    """A new person registers, adds a site and posts; it becomes public when verified, not before."""
    sign_in(client, make.user())
    client.submit("/facilities/new", {"name": "Example Clinic", "kind": "clinic"}, button="Register")
    with app.app_context():
        facility = db.session.scalars(sa.select(Facility)).one()
    page = f"/facilities/{facility.id}/sites/new"
    assert client.get(f"/posting/new/{facility.id}").location == page
    assert client.submit(page, {"zip": "00000"}, button="Add site").status_code == 422
    client.submit(page, {"zip": "43215", "address": "1 Example Street"}, button="Add site")
    with app.app_context():
        site = db.session.scalars(sa.select(Site)).one()
        assert (site.city, site.state) == ("Columbus", "OH") and site.latitude is not None
    fields = {
        "title": "Coding practicum",
        "task_areas": ["coding"],
        "description": "Code beside us.",
        "attested": "y",
    }
    made = client.submit(f"/posting/new/{facility.id}", fields, button="Post slot")
    (slot,) = slots(app)
    assert slot.state is SlotState.DRAFT and made.location == f"/posting/{slot.id}"
    assert "Sent, and waiting" in client.get(made.location).text
    visitor = new_client(app)
    assert visitor.get(f"/slots/{slot.id}").status_code == 404
    assert visitor.get(f"/facilities/{facility.id}").status_code == 404
    coordinator = sign_in(new_client(app), make.coordinator())
    assert "Example Clinic" in coordinator.get("/facilities/unverified").text
    check = f"/facilities/{facility.id}/verify"
    number = {"sign": "call-back", "detail": "(614) 555-0100, from the county's list"}
    coordinator.submit(check, number, button="Record this sign")
    assert visitor.get(f"/slots/{slot.id}").status_code == 404
    agreed = {"sign": "agreement", "detail": "Our agreement of 2025"}
    coordinator.submit(check, agreed, button="Record this sign")
    assert visitor.get(f"/slots/{slot.id}").status_code == 404, "its first text is not read yet"
    coordinator.submit("/texts/1", button="Approve")
    assert visitor.get(f"/slots/{slot.id}").status_code == 200
    assert "Coding practicum" in visitor.get(f"/facilities/{facility.id}").text
    assert "2 signs count" in coordinator.get(check).text


@pytest.fixture
def hosted(make: Factory, client: StrictClient) -> Slot:
    """A posted slot whose contact is signed in."""
    slot = make.slot(title="Records practicum", description="Real work.", capacity=2)
    sign_in(client, make.contact(slot.facility))
    return slot


def test_errors_keep_what_was_typed(client: StrictClient, hosted: Slot) -> None:
    """Posting too little shows each problem and keeps the rest; nothing is saved."""
    page = client.submit(
        f"/posting/new/{hosted.facility_id}",
        {"title": "", "description": "Half a thought", "hours": "0"},
        button="Post slot",
    )
    assert page.status_code == 422
    for words in ("Give the slot a title", "Hours must be between 1 and 2000", "Half a thought"):
        assert words in page.text
    assert (
        client.submit(f"/posting/new/{hosted.facility_id}", {"title": "Bare"}, button="Post slot").status_code
        == 422
    )


def test_nothing_is_left_of_a_refused_posting(app: Flask, client: StrictClient, hosted: Slot) -> None:
    """Draft and posting are one transaction: a refusal writes no half."""
    page = client.submit(
        f"/posting/new/{hosted.facility_id}",
        {"title": "No statement", "description": "Work", "task_areas": ["coding"]},
        button="Post slot",
    )
    assert page.status_code == 422 and "Posting needs this statement" in page.text
    assert [slot.id for slot in slots(app)] == [hosted.id]


def test_a_draft_is_finished_later(app: Flask, client: StrictClient, hosted: Slot) -> None:
    """A draft needs little; it is posted from its preview once it is whole."""
    client.submit(f"/posting/new/{hosted.facility_id}", {"title": "Later"}, button="Save draft")
    draft = slots(app)[-1]
    assert draft.state is SlotState.DRAFT
    refused = client.submit(f"/posting/{draft.id}", button="Post slot")
    assert refused.location == f"/posting/{draft.id}/edit"
    client.submit(
        f"/posting/{draft.id}/edit",
        {"description": "Work", "task_areas": ["cdi"], "attested": "y"},
        button="Save draft",
    )
    client.submit(f"/posting/{draft.id}", button="Post slot")
    assert slots(app)[-1].state is SlotState.POSTED


def test_edit_repeat_close(app: Flask, client: StrictClient, hosted: Slot) -> None:
    """A posted slot is edited in place, repeated as a draft, and closed for a reason."""
    client.submit(f"/posting/{hosted.id}/edit", {"title": "New title"}, button="Save changes")
    assert slots(app)[0].title == "New title"
    again = client.submit(f"/posting/{hosted.id}", button="Repeat next term")
    copy = slots(app)[-1]
    assert again.location == f"/posting/{copy.id}/edit"
    assert copy.starts_on == hosted.starts_on + timedelta(weeks=26)
    assert client.submit(f"/posting/{hosted.id}/close", button="Close it").status_code == 422
    client.submit(f"/posting/{hosted.id}/close", {"reason": "Our coder left"}, button="Close it")
    assert slots(app)[0].state is SlotState.CLOSED
    assert "Our coder left" in client.get(f"/posting/{hosted.id}").text
    assert client.get(f"/posting/{hosted.id}/edit").location == f"/posting/{hosted.id}"
    assert "New title" in client.get("/facilities/mine?show=closed").text


def test_a_least_number_of_students_is_kept_and_not_above_the_places(
    app: Flask, client: StrictClient, hosted: Slot
) -> None:
    """One at least is no minimum, as an empty field is."""
    page = f"/posting/{hosted.id}/edit"
    for typed, kept in (("3", 3), ("1", 0), ("4", 4), ("", 0)):
        client.submit(page, {"capacity": "4", "minimum": typed}, button="Save changes")
        assert (slots(app)[0].capacity, slots(app)[0].minimum) == (4, kept)
    for wrong in ("5", "-1", "some"):
        assert client.submit(page, {"minimum": wrong}, button="Save changes").status_code == 422
        assert slots(app)[0].minimum == 0


def test_a_round_shows_and_holds(make: Factory, client: StrictClient, hosted: Slot) -> None:
    """The list names the round with its applicants; its number of places is refused on its field."""
    student = make.student()
    round_ = make.round(phase=Phase.RANKING, slots=[hosted], students=[student])
    make.application(round_, student, hosted)
    page = client.get("/facilities/mine").text
    assert round_.name in page and "1 applicant" in page
    refused = client.submit(f"/posting/{hosted.id}/edit", {"capacity": "5"}, button="Save changes")
    assert refused.status_code == 422 and "A round counts on this number" in refused.text


def test_colleagues_are_invited_by_mail(
    app: Flask, make: Factory, client: StrictClient, hosted: Slot
) -> None:
    """The invitation's link makes the colleague a contact of this facility."""
    page = f"/facilities/{hosted.facility_id}/contacts"
    assert client.submit(page, {"email": "not an address"}, button="Send the invitation").status_code == 422
    client.submit(page, {"email": "two@practicum.example"}, button="Send the invitation")
    assert "two@practicum.example" in client.get(page).text
    with app.app_context():
        body = db.session.scalars(sa.select(OutboxMessage.body)).one()
    link = next(word for word in body.split() if "/invitations/" in word).removeprefix("http://localhost")
    colleague = new_client(app)
    password = "a long enough password"
    colleague.submit(
        link, {"name": "Two", "password": password, "repeat": password}, button="Accept and sign in"
    )
    assert colleague.get(f"/posting/{hosted.id}").status_code == 200


def test_foreign_pages_do_not_exist(app: Flask, make: Factory, hosted: Slot) -> None:
    """A contact of another facility, a coordinator, a student and a visitor get nothing."""
    pages = [
        f"/posting/{hosted.id}",
        f"/posting/{hosted.id}/edit",
        f"/posting/{hosted.id}/close",
        f"/posting/new/{hosted.facility_id}",
        f"/facilities/{hosted.facility_id}/edit",
        f"/facilities/{hosted.facility_id}/contacts",
        f"/facilities/{hosted.facility_id}/sites/new",
    ]
    for person in (make.contact(), make.coordinator(), make.student(), make.operator()):
        client = sign_in(new_client(app), person)
        assert [client.get(page).status_code for page in pages] == [404] * len(pages)
        assert client.post(f"/posting/{hosted.id}/post").status_code == 404
        assert client.post(f"/posting/{hosted.id}/repeat").status_code == 404
    visitor = new_client(app)
    assert {visitor.get(page).location.partition("?")[0] for page in pages} == {"/sign-in"}


def test_a_verified_name_stays(client: StrictClient, hosted: Slot) -> None:
    """What was verified can't become another organisation overnight."""
    page = f"/facilities/{hosted.facility_id}/edit"
    assert client.submit(page, {"name": "Another Hospital"}, button="Save").status_code == 422
    assert client.submit(page, {"about": "We teach."}, button="Save").status_code == 302
    assert "We teach." in client.get(f"/facilities/{hosted.facility_id}").text


def test_a_website_is_a_web_address(client: StrictClient, hosted: Slot) -> None:
    """No script can hide behind the public page's link."""
    page = f"/facilities/{hosted.facility_id}/edit"
    for bad in ("javascript:alert(1)", "ftp://example.org/"):
        assert client.submit(page, {"website": bad}, button="Save").status_code == 422


def test_the_list_asks_the_same_number_of_questions(
    app: Flask, make: Factory, client: StrictClient, hosted: Slot, clock: Clock
) -> None:
    """Forty slots in a round cost as many queries as one."""
    make.round(phase=Phase.RANKING, slots=[hosted])

    def count() -> int:
        asked: list[str] = []
        with app.app_context():
            engine = db.engine
        listener = lambda *args: asked.append(args[2])  # noqa: E731
        event.listen(engine, "before_cursor_execute", listener)
        assert client.get("/facilities/mine").status_code == 200
        event.remove(engine, "before_cursor_execute", listener)
        return len(asked)

    few = count()
    more = [make.slot(site=hosted.site) for _ in range(40)]
    make.round(phase=Phase.RANKING, slots=more)
    assert count() == few
