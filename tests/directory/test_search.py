"""The directory is searched by words, with the synonyms of the slot search."""

from __future__ import annotations

import pytest
from flask import Flask

from marketplace.db import transaction
from marketplace.directory import queries
from marketplace.facilities import services as facilities
from marketplace.slots import services as slots
from marketplace.vocabulary import FacilityKind
from tests.directory.test_pages import indexed, listing, programme
from tests.factories import Factory
from tests.support.client import StrictClient
from tests.support.scale import counted


@pytest.mark.both_databases
def test_a_host_is_found_by_what_one_does_there(client: StrictClient, make: Factory) -> None:
    make.slot(make.facility("Prairie Clinic"), task_areas=["release-of-information"], ehr="Epic")
    make.slot(make.facility("Harbor Registry"), task_areas=["registry-abstraction"], ehr="")
    indexed(make)
    for typed in ("ROI", "release of information", "epic", "prair", "columbus clinic", "Ohio prairie"):
        page = client.get("/directory/facilities", query_string={"name": typed}).text
        assert "Prairie Clinic" in page, typed
    assert "Harbor Registry" not in client.get("/directory/facilities?name=ROI").text
    assert "Harbor Registry" in client.get("/directory/facilities?name=cancer+registrar+harbor").text


def test_a_host_is_found_by_its_slots_only_while_they_are_posted(
    app: Flask, client: StrictClient, make: Factory
) -> None:
    slot = make.slot(make.facility("Prairie Clinic"), task_areas=["release-of-information"])
    indexed(make)
    actor = make.actor(make.contact(slot.facility))
    assert "Prairie Clinic" in client.get("/directory/facilities?name=ROI").text
    with app.app_context(), transaction():
        slots.close(actor, slot.id, reason="Over", now=make.now())
    assert "Prairie Clinic" not in client.get("/directory/facilities?name=ROI").text
    assert "Prairie Clinic" in client.get("/directory/facilities?name=prairie").text


def test_a_changed_facility_is_found_by_what_it_says_now(
    app: Flask, client: StrictClient, make: Factory
) -> None:
    facility = make.facility("Prairie Clinic", about="Dialysis")
    actor = make.actor(make.contact(facility))
    indexed(make)
    assert "Prairie Clinic" in client.get("/directory/facilities?name=dialysis").text
    fields = {"website": "", "about": "Oncology", "contact_policy": facility.contact_policy}
    with app.app_context(), transaction():
        facilities.edit(
            actor, facility.id, name="Prairie Clinic", kind=FacilityKind.CLINIC, now=make.now(), **fields
        )
    assert "Prairie Clinic" not in client.get("/directory/facilities?name=dialysis").text
    assert "Prairie Clinic" in client.get("/directory/facilities?name=cancer").text, "a related word"


@pytest.mark.parametrize("typed", ["HIT", "medical records", "health information technology", "him"])
def test_a_programme_is_found_by_what_people_call_it(client: StrictClient, make: Factory, typed: str) -> None:
    make._add_all([programme(make, 1), programme(make, 2, programme="Welding AAS")])
    indexed(make)
    page = client.get("/directory/programmes", query_string={"name": typed}).text
    assert "1 programme<" in page and "Welding" not in page


def test_a_word_nobody_has_is_left_out_and_said(client: StrictClient, make: Factory) -> None:
    make._add_all([listing(make, 1, name="PRAIRIE HOSPITAL")])
    indexed(make)
    page = client.get("/directory/facilities?name=prairie+zebra").text
    assert "PRAIRIE HOSPITAL" in page and "Nothing here has the word zebra, so it was left out." in page
    assert "No listing matches" in client.get("/directory/facilities?name=zebra").text


@pytest.mark.both_databases
def test_what_very_many_have_is_counted_up_to_a_bound(
    app: Flask, client: StrictClient, make: Factory
) -> None:
    make._add_all(listing(make, number, name=f"COMMON {number}") for number in range(1100))
    indexed(make)
    page = client.get("/directory/facilities?name=common+duluth&page=2").text
    assert "more than 500" in page and "Page 2" in page and "COMMON" in page
    with app.app_context():
        wanted = queries.Wanted(name="common duluth ")
        pages = [queries.listed(wanted, page=number) for number in range(1, 46)]
    found = [row.id for page in pages for row in page.items]
    assert len(found) == len(set(found)) == 1100


def test_hosts_and_listings_say_when_they_were_checked(client: StrictClient, make: Factory) -> None:
    make.site(make.facility("Prairie Clinic"))
    make._add_all([listing(make, 1)])
    page = client.get("/directory/facilities").text
    assert page.count("Nov 2, 2026") == 2 and "CMS 000001" in page and "accredit" not in page.lower()


def test_a_search_asks_a_fixed_number_of_queries(app: Flask, client: StrictClient, make: Factory) -> None:
    numbers = []
    for start in (0, 300):
        make._add_all(listing(make, start + n, name="COMMON") for n in range(300 if start else 30))
        make.slot(make.facility(f"Common Clinic {start}"))
        indexed(make)
        with app.app_context(), counted() as seen:
            assert client.get("/directory/facilities?name=common+dul&state=MN").status_code == 200
        numbers.append(len(seen))
    assert numbers[0] == numbers[1] <= 18, numbers
