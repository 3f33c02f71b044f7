"""The directory at 10,000 hosts and 10,000 listings against 1,000 of each, on both databases."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from marketplace.db import transaction
from marketplace.directory.models import FacilityListing, ProgrammeListing
from marketplace.facilities.models import Facility
from marketplace.naming import entries
from marketplace.naming.models import Entry, Part
from marketplace.us_states import STATES
from marketplace.vocabulary import TASK_AREAS
from tests.slots import market
from tests.support import databases, scale
from tests.support.clock import Clock

SMALL, LARGE = 1_000, 10_000
SEARCHES = [
    "/directory/facilities",
    "/directory/facilities?page=30&hosts=60",
    "/directory/facilities?state=MN",
    "/directory/facilities?name=hospital",
    "/directory/facilities?name=hospital+riverside",
    "/directory/facilities?name=riverside+hospital+falls&state=OH",
    "/directory/facilities?name=coding",
    "/directory/facilities?name=medical+records+cod",
    "/directory/facilities?name=no+such+thing",
    "/directory/facilities?name=h",
    "/directory/facilities?name=hospital&page=6&hosts=6",
    "/directory/programmes?name=HIT",
    "/directory/programmes?name=college+17&level=associate",
    "/directory/programmes?state=CA",
]


def fill(app: Flask, size: int) -> None:
    """So many hosts with their slots, listings and programmes, the same for the same seed."""
    app.test_client_class = None
    rng = random.Random(11)
    with app.app_context():
        with transaction() as session:
            sites = market.hosts(size, rng)
            names = dict(session.execute(sa.select(Facility.id, Facility.name)).all())
            listings = [_listing(number, rng) for number in range(1, size + 1)]
            taught = [_programme(number, rng) for number in range(1, size + 1)]
            session.execute(sa.insert(FacilityListing), listings)
            session.execute(sa.insert(ProgrammeListing), taught)
            tasks = [TASK_AREAS.label(entry.code) for entry in TASK_AREAS]
            own = {site["id"]: [names[site["id"]], _place(site)] for site in sites}
            entries.put(Entry.FACILITY, Part.SELF, own)
            entries.put(Entry.FACILITY, Part.SLOTS, {site["id"]: rng.sample(tasks, 2) for site in sites})
            entries.put(Entry.LISTING, Part.SELF, {r["id"]: [r["name"], _place(r)] for r in listings})
            told = {r["id"]: [r["school"], r["programme"], r["level"]] for r in taught}
            entries.put(Entry.PROGRAMME, Part.SELF, told)
        market.settle()


def _place(row: dict[str, Any]) -> str:
    return entries.place(row["city"], row["state"])


def _listing(number: int, rng: random.Random) -> dict[str, Any]:
    return {
        "id": number,
        "source": "test",
        "source_id": str(number),
        "name": f"{rng.choice(market.WORDS)} {rng.choice(market.ENDINGS)} {number}",
        "city": f"{rng.choice(market.WORDS)} Falls",
        "state": rng.choice(list(STATES)[:50]),
        "imported_at": market.NOW,
    }


def _programme(number: int, rng: random.Random) -> dict[str, Any]:
    return {
        "id": number,
        "school": f"Fictional College {number}",
        "programme": rng.choice(["Health Information Technology", "Health Informatics", "Medical Coding"]),
        "level": rng.choice(["associate", "bachelor", "certificate"]),
        "state": rng.choice(list(STATES)[:50]),
        "imported_at": market.NOW,
    }


@pytest.mark.full
@pytest.mark.both_databases
def test_the_directory_at_10_000_facilities(
    app: Flask, database_source: databases.Source, tmp_path: Path, clock: Clock
) -> None:
    clock.set(market.NOW)
    with scale.another(database_source, tmp_path / "large", clock) as large:
        fill(app, SMALL)
        fill(large, LARGE)
        scale.compare(app, large, SEARCHES)
        for address in SEARCHES:
            assert scale.statements(large, address) == scale.statements(app, address), address
