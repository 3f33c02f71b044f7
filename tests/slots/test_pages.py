"""The pages of the slot search, a slot, and the shortlist."""

from __future__ import annotations

import pytest
from flask import Flask

from marketplace.slots.models import Shortlisted, SlotState
from marketplace.vocabulary import Modality
from tests.factories import Factory, sign_in
from tests.support.client import StrictClient


def test_anyone_may_search_and_look(client: StrictClient, make: Factory) -> None:
    slot = make.slot(make.facility("Prairie Clinic"), "Coding desk", ehr="Epic")
    page = client.get("/slots?q=coding&zip=43215&within=25&modality=on-site&ehr=epic")
    assert page.status_code == 200
    assert "1 slot" in page.text and "Coding desk" in page.text and "Remove filter Epic" in page.text
    detail = client.get(f"/slots/{slot.id}")
    assert "Prairie Clinic" in detail.text and "Sign in" in detail.text


def test_nonsense_is_explained_and_the_rest_still_filters(client: StrictClient, make: Factory) -> None:
    make.slot(title="Far and away", modality=Modality.REMOTE)
    page = client.get("/slots?zip=abc&hours_from=lots&task=no-such&sort=nearest&modality=remote")
    assert page.status_code == 200
    assert "know this ZIP code" in page.text and 'value="abc"' in page.text
    assert "Far and away" in page.text


@pytest.mark.parametrize(
    "address", ["/slots?page=0", "/slots?page=-3", "/slots?page=99999999999", "/slots?page=x"]
)
def test_odd_page_numbers_are_harmless(client: StrictClient, address: str) -> None:
    assert client.get(address).status_code == 200


def test_an_empty_search_says_what_to_do(client: StrictClient, make: Factory) -> None:
    assert "No slot is posted yet" in client.get("/slots").text
    make.slot()
    page = client.get("/slots?q=zebra").text
    assert "No slot matches" in page and "Show all slots" in page


def test_hidden_slots_do_not_exist(client: StrictClient, make: Factory) -> None:
    for slot in (make.slot(make.facility(verified=False)), make.slot(state=SlotState.CLOSED)):
        assert client.get(f"/slots/{slot.id}").status_code == 404
    assert client.get("/slots/99999").status_code == 404


def test_a_student_keeps_slots_in_view(client: StrictClient, make: Factory, app: Flask) -> None:
    slot, other = make.slot(title="Desk"), make.slot(make.facility(verified=False))
    sign_in(client, make.student())
    assert "Your shortlist is empty" in client.get("/shortlist").text
    back = client.post(f"/shortlist/{slot.id}/add", data={"back": "/slots?q=desk"})
    assert back.location == "/slots?q=desk"
    client.post(f"/shortlist/{slot.id}/add")
    assert client.post(f"/shortlist/{other.id}/add").status_code == 404
    page = client.get("/shortlist").text
    assert page.count("Desk</a>") == 1
    assert "On your shortlist" in client.get("/slots").text
    client.post(f"/shortlist/{slot.id}/remove", data={"back": "/shortlist"})
    assert "Your shortlist is empty" in client.get("/shortlist").text


@pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example", "/slotsevil", "/sign-out"])
def test_the_way_back_is_ours(client: StrictClient, make: Factory, back: str) -> None:
    slot = make.slot()
    sign_in(client, make.student())
    assert client.post(f"/shortlist/{slot.id}/add", data={"back": back}).location == f"/slots/{slot.id}"


def test_a_shortlist_is_its_students_alone(client: StrictClient, make: Factory, app: Flask) -> None:
    slot, somebody = make.slot(title="Desk"), make.student()
    sign_in(client, make.student())
    make._add_all([Shortlisted(student_id=somebody.id, slot_id=slot.id, added_at=make.now())])
    assert "Desk" not in client.get("/shortlist").text
    client.post(f"/shortlist/{slot.id}/remove")
    other = sign_in(app.test_client(), somebody)
    assert "Desk" in other.get("/shortlist").text


def test_the_search_page_asks_a_fixed_number_of_queries(app, client, make) -> None:
    from tests.support.scale import counted

    sign_in(client, make.student())
    numbers = []
    for _ in range(2):
        for _ in range(12):
            make.slot()
        with app.app_context(), counted() as seen:
            client.get("/slots")
        numbers.append(len(seen))
    assert numbers[0] == numbers[1] <= 16
