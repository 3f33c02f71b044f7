"""The public directory's pages."""

from __future__ import annotations

from flask import Flask

from marketplace.db import transaction
from marketplace.directory import index
from marketplace.directory.models import FacilityListing, ProgrammeListing
from tests.factories import Factory
from tests.support.client import StrictClient
from tests.support.scale import counted

NOTHING = {
    "address": "",
    "city": "DULUTH",
    "zip": "",
    "county": "",
    "phone": "(218) 555-0100",
    "kind": "",
    "ownership": "",
    "state": "MN",
    "website": "",
    "position_source": "",
}


def listing(make: Factory, number: int, **fields: object) -> FacilityListing:
    values = {
        **NOTHING,
        "source": "CMS",
        "source_id": f"{number:06}",
        "name": f"LISTED {number}",
        "state": "MN",
    }
    return FacilityListing(**{**values, "imported_at": make.now(), **fields})


def programme(make: Factory, number: int, **fields: object) -> ProgrammeListing:
    values = {
        "school": f"College {number}",
        "programme": "Health Information AAS",
        "level": "associate",
        "state": "MN",
        "evidence_url": "www.example.edu/him",
        "evidence_date": "2026-10-02",
        "imported_at": make.now(),
    }
    return ProgrammeListing(**{**values, **fields})


def indexed(make: Factory) -> None:
    """Have the search know the rows that were made without a service."""
    with make.app.app_context(), transaction():
        index.put_missing(make.now())


def test_hosts_and_listings_stand_apart(client: StrictClient, make: Factory) -> None:
    make.site(make.facility("Prairie Clinic"))
    make.facility("Not Yet Checked", verified=False)
    make._add_all([listing(make, 1, name="PRAIRIE HOSPITAL"), listing(make, 2, state="OH")])
    indexed(make)
    page = client.get("/directory/facilities").text
    hosting, listed = page.split('id="listed"')
    assert "Prairie Clinic" in hosting and "Columbus, OH" in hosting and "PRAIRIE HOSPITAL" not in hosting
    assert "Listing only: nobody here has agreed to host" in listed and "PRAIRIE HOSPITAL" in listed
    assert "Not Yet Checked" not in page
    assert "555-0100" not in page
    found = client.get("/directory/facilities?name=prairie&state=mn").text
    assert "PRAIRIE HOSPITAL" in found and "LISTED 2" not in found and "No host matches" in found


def test_signs_mean_nothing(client: StrictClient, make: Factory) -> None:
    make._add_all([listing(make, 1, name="100% CARE"), listing(make, 2, name="ANY_CARE"), listing(make, 3)])
    indexed(make)
    page = client.get("/directory/facilities?name=100%25+care").text
    assert "100% CARE" in page and "ANY_CARE" not in page
    assert "LISTED 3" not in client.get("/directory/facilities?name=_%25").text


def test_programmes_name_their_source_and_never_call_it_accredited(client, make) -> None:
    make._add_all([programme(make, 1), programme(make, 2, level="bachelor", evidence_date="")])
    indexed(make)
    page = client.get("/directory/programmes").text
    assert "2 programmes" in page and "www.example.edu/him" in page and "2026-10-02" in page
    assert "No date stated" in page and "accredited" not in page.lower()
    assert "1 programme<" in client.get("/directory/programmes?level=bachelor&name=college").text
    assert "No programme matches" in client.get("/directory/programmes?state=AK").text


def test_pages_ask_a_fixed_number_of_queries(app: Flask, client: StrictClient, make: Factory) -> None:
    numbers = []
    for start in (0, 300):
        make._add_all(listing(make, start + n) for n in range(300 if start else 30))
        for _ in range(6):
            make.site(make.facility())
        with app.app_context(), counted() as seen:
            assert client.get("/directory/facilities?page=2").status_code == 200
        numbers.append(len(seen))
    assert numbers[0] == numbers[1] <= 8


def test_empty_directories_say_so(client: StrictClient) -> None:
    page = client.get("/directory/facilities").text
    assert "No facility hosts here yet" in page and "No public listing is loaded" in page
    assert "No programme is listed yet" in client.get("/directory/programmes").text
