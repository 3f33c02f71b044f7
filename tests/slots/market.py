"""A large market of fictional slots, written in bulk, the same for the same seed."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from marketplace.db import db, transaction
from marketplace.facilities.models import Facility, Site
from marketplace.slots.models import Slot, SlotState, SlotTerm
from marketplace.slots.search import rows_of, terms_of
from marketplace.us_states import STATES
from marketplace.vocabulary import (
    CREDENTIALS,
    ROLES,
    TASK_AREAS,
    EhrAccess,
    FacilityKind,
    Modality,
    Pay,
    SlotKind,
)

NOW = datetime(2026, 11, 2, 15, tzinfo=UTC)
EHRS = ["", "Epic", "Oracle Health", "MEDITECH", "athenahealth", "eClinicalWorks"]
WORDS = [
    "Riverside",
    "Lakeview",
    "Cedar",
    "Harbor",
    "Prairie",
    "Summit",
    "Valley",
    "Mercy",
    "Pioneer",
    "Union",
]
ENDINGS = ["Medical Center", "Hospital", "Clinic", "Health Network", "Cancer Registry"]


def build(slots: int, *, seed: int = 7) -> None:
    """Fill an empty database (inside an application context) with `slots` posted slots."""
    rng = random.Random(seed)
    with transaction() as session:
        sites = hosts(max(4, slots // 8), rng)
        names = {row.id: row for row in session.execute(sa.select(Facility.id, Facility.name, Facility.kind))}
        for start in range(1, slots + 1, 5000):
            _write(range(start, min(start + 5000, slots + 1)), names, sites, rng)


def hosts(count: int, rng: random.Random) -> list[dict[str, Any]]:
    """So many facilities with a site each; gives the sites."""
    db.session.execute(sa.insert(Facility), [_facility(number, rng) for number in range(1, count + 1)])
    sites = [_site(number, rng) for number in range(1, count + 1)]
    db.session.execute(sa.insert(Site), sites)
    return sites


def settle() -> None:
    """Let the database gather its statistics, as its own housekeeping would in time."""
    with db.engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            connection.commit()
            connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql("VACUUM ANALYZE")


def _write(numbers: range, names: dict[int, Any], sites: list[dict[str, Any]], rng: random.Random) -> None:
    rows, terms = [], []
    for number in numbers:
        site = sites[rng.randrange(len(sites))]
        row = _slot(number, site, rng)
        rows.append(row)
        place = {
            "facility": names[row["facility_id"]].name,
            "kind": names[row["facility_id"]].kind,
            "city": str(site["city"]),
            "state": str(site["state"]),
        }
        terms += rows_of(number, terms_of(Slot(**row), **place))
    db.session.execute(sa.insert(Slot), rows)
    db.session.execute(sa.insert(SlotTerm.__table__), terms)


def _facility(number: int, rng: random.Random) -> dict[str, Any]:
    name = f"{rng.choice(WORDS)} {rng.choice(WORDS)} {rng.choice(ENDINGS)} {number}"
    return {
        "id": number,
        "name": name,
        "kind": rng.choice(list(FacilityKind)),
        "created_at": NOW,
        "verified_at": None if number % 20 == 0 else NOW,
    }


def _site(number: int, rng: random.Random) -> dict[str, Any]:
    return {
        "id": number,
        "facility_id": number,
        "name": "Main",
        "city": f"{rng.choice(WORDS)} {rng.choice(['Falls', 'City', 'Park'])}",
        "state": rng.choice(list(STATES)[:50]),
        "zip": "43215",
        "latitude": rng.uniform(28, 47),
        "longitude": rng.uniform(-120, -75),
    }


def _slot(number: int, site: dict[str, Any], rng: random.Random) -> dict[str, Any]:
    starts = NOW.date() + timedelta(days=rng.randint(-20, 300))
    tasks = sorted(rng.sample([entry.code for entry in TASK_AREAS], rng.randint(1, 3)))
    title = f"{TASK_AREAS.label(tasks[0])} practicum"
    return {
        "id": number,
        "facility_id": site["facility_id"],
        "site_id": site["id"],
        "state": SlotState.CLOSED if number % 15 == 0 else SlotState.POSTED,
        "title": title,
        "role": rng.choice(list(ROLES)).code,
        "description": "What a student does here, in a few sentences of plain words. " * 6,
        "starts_on": starts,
        "ends_on": starts + timedelta(days=90),
        "hours": rng.choice([40, 80, 120, 160, 200]),
        "modality": rng.choice(list(Modality)),
        "pay": rng.choice([Pay.UNPAID, Pay.UNPAID, Pay.UNPAID, Pay.STIPEND, Pay.PAID]),
        "ehr": rng.choice(EHRS),
        "ehr_access": rng.choice(list(EhrAccess)),
        "kind": SlotKind.TERM,
        "specialities": [],
        "open_to": [],
        "task_areas": tasks,
        "credentials": [rng.choice([entry.code for entry in CREDENTIALS])] if rng.random() < 0.3 else [],
        "skills": [],
        "created_at": NOW,
        "posted_at": NOW - timedelta(minutes=rng.randint(1, 200_000)),
    }
