"""The public search: what is found, in which order, and in how many queries."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from marketplace.db import db, transaction
from marketplace.errors import NotFound
from marketplace.geo import Point, distance_from_origin, miles_between, origin_parameters
from marketplace.slots import finding, queries, search
from marketplace.slots.filters import Filters, Sort
from marketplace.slots.models import Slot, SlotState, SlotTerm
from marketplace.vocabulary import Modality, Pay
from tests.factories import Factory
from tests.slots import market
from tests.support.clock import Clock
from tests.support.scale import counted

COLUMBUS = Point(39.9653, -83.0043)


@pytest.fixture
def post(app: Flask, make: Factory) -> Callable[..., Slot]:
    """Make a slot and index it, as posting does."""

    def posted(*args: object, **fields: object) -> Slot:
        slot = make.slot(*args, **fields)  # type: ignore[arg-type]
        with app.app_context(), transaction():
            search.index_slot(db.session.get_one(Slot, slot.id))
        return slot

    return posted


@pytest.fixture
def titles(app: Flask, clock: Clock) -> Callable[..., list[str]]:
    """The titles a search finds, in order."""

    def found(origin: Point | None = None, **filters: object) -> list[str]:
        with app.app_context():
            page = finding.search(Filters(**filters), origin=origin, today=clock().date())  # type: ignore[arg-type]
            return [each.title for each in page.items]

    return found


@pytest.mark.both_databases
def test_only_posted_slots_of_verified_facilities_are_found(post, titles, make, app):
    shown = post(title="Shown")
    hidden = [
        post(make.facility(verified=False), "Unverified"),
        post(title="Draft", state=SlotState.DRAFT),
        post(title="Closed", state=SlotState.CLOSED),
    ]
    assert titles() == ["Shown"]
    with app.app_context():
        assert queries.get_public_slot(shown.id).title == "Shown"
        for slot in hidden:
            with pytest.raises(NotFound):
                queries.get_public_slot(slot.id)


@pytest.mark.both_databases
def test_words_and_filters_narrow(post, titles, make, clock):
    today = clock().date()
    post(make.facility("Prairie Clinic"), "Coding desk", task_areas=["coding"], pay=Pay.PAID, ehr="Epic")
    post(title="Privacy audit", task_areas=["privacy"], modality=Modality.REMOTE, role="privacy-security")
    post(title="Long", task_areas=["mpi"], hours=400, starts_on=today + timedelta(days=90))
    assert titles(text="prair") == ["Coding desk"]
    assert titles(text="clinical cod") == ["Coding desk"]
    assert titles(text="prairie privacy") == []
    assert titles(text="no such thing") == titles(text="העיר") == titles(text="!!!") == []
    assert titles(task="privacy") == ["Privacy audit"]
    assert titles(role="privacy-security") == ["Privacy audit"]
    assert titles(modalities=(Modality.REMOTE, Modality.HYBRID)) == ["Privacy audit"]
    assert titles(pay=(Pay.PAID,)) == ["Coding desk"]
    assert titles(ehr="epic") == ["Coding desk"]
    assert titles(hours_from=200) == ["Long"]
    assert titles(hours_from=100, hours_to=200) == ["Coding desk", "Privacy audit"]
    assert titles(starts_from=today + timedelta(days=80)) == ["Long"]
    assert titles(ends_by=today + timedelta(days=100)) == []
    assert titles(state="OH", task="mpi") == ["Long"]
    assert titles(state="MN") == []


def test_a_needed_credential_hides_a_slot_from_who_does_not_hold_it(post, titles):
    post(title="Any")
    post(title="Needs CCA", credentials=["CCA"])
    post(title="Needs both", credentials=["CCA", "RHIT"])
    assert titles() == ["Any", "Needs CCA", "Needs both"]
    assert titles(held=()) == ["Any"]
    assert titles(held=("CCA",)) == ["Any", "Needs CCA"]
    assert titles(held=("CCA", "RHIT")) == ["Any", "Needs CCA", "Needs both"]


@pytest.mark.both_databases
def test_distance_filters_and_sorts(post, titles, make):
    facility = make.facility()
    far = make.site(facility, latitude=41.4993, longitude=-81.6944)  # Cleveland, about 126 miles
    near = make.site(facility, latitude=40.0992, longitude=-83.1141)  # Dublin, Ohio, about 11 miles
    nowhere = make.site(facility, latitude=None, longitude=None)
    for title, site in (("Far", far), ("Near", near), ("Nowhere", nowhere)):
        post(title=title, site=site)
    post(title="Remote", site=far, modality=Modality.REMOTE)
    assert titles(COLUMBUS, within=25) == ["Near"]
    assert titles(COLUMBUS, within=130) == ["Far", "Near", "Remote"]
    assert titles(COLUMBUS, within=25, remote_too=True) == ["Near", "Remote"]
    assert titles(COLUMBUS, sort=Sort.NEAREST) == ["Near", "Far", "Remote", "Nowhere"]


def test_soonest_newest_and_begun(post, titles, clock):
    today, now = clock().date(), clock()
    post(title="Later", starts_on=today + timedelta(days=20), posted_at=now - timedelta(days=3))
    post(title="Sooner", starts_on=today, posted_at=now - timedelta(days=9))
    post(title="Begun", starts_on=today - timedelta(days=1))
    assert titles() == ["Sooner", "Later"]
    assert titles(sort=Sort.NEWEST) == ["Later", "Sooner"]


def test_closing_or_renaming_changes_the_index(post, titles, make, app):
    slot = post(make.facility("Old Name"), "Desk")
    with app.app_context(), transaction() as session:
        row = session.get_one(Slot, slot.id)
        row.title = "Counter"
        search.index_slot(row)
        search.index_slot(row)
    assert (titles(text="desk"), titles(text="counter")) == ([], ["Counter"])
    with app.app_context(), transaction() as session:
        row = session.get_one(Slot, slot.id)
        row.state = SlotState.CLOSED
        search.index_slot(row)
    with app.app_context():
        assert db.session.scalar(sa.select(sa.func.count()).select_from(SlotTerm)) == 0


def test_sql_distance_agrees_with_the_great_circle(app):
    seed = 20261102
    rng = random.Random(seed)
    with app.app_context():
        for _ in range(300):
            a = Point(rng.uniform(25, 60), rng.uniform(-150, -70))
            b = Point(a.latitude + rng.uniform(-6, 6), a.longitude + rng.uniform(-6, 6))
            true = miles_between(a, b)
            squared = db.session.scalar(
                sa.select(distance_from_origin(sa.literal(b.latitude), sa.literal(b.longitude))),
                origin_parameters(a),
            )
            if 1 < true < 500:
                assert squared**0.5 == pytest.approx(true, rel=0.003), (seed, a, b)


@pytest.mark.both_databases
@pytest.mark.parametrize("filters", [Filters(), Filters(text="coding"), Filters(text="cod", pay=(Pay.PAID,))])
def test_query_count_does_not_grow_with_the_market(app, clock, database_source, tmp_path, filters):
    def queries_at(size: int) -> int:
        with app.app_context():
            market.build(size)
            market.settle()
            with counted() as seen:
                finding.search(filters, today=market.NOW.date())
            with transaction() as session:
                for table in ("slot_term", "slot", "site", "facility"):
                    session.execute(sa.text(f"DELETE FROM {table}"))
            return len(seen)

    assert queries_at(20) == queries_at(2000) <= 8


@pytest.mark.both_databases
def test_every_slot_is_reached_once_by_turning_pages(app):
    with app.app_context():
        market.build(300)
        found: list[int] = []
        number = 1
        while True:
            page = finding.search(Filters(), page=number, today=market.NOW.date())
            found += [each.id for each in page.items]
            if not page.has_next:
                break
            number += 1
        today = market.NOW.date()
        rows = db.session.scalars(sa.select(Slot)).all()
        open_ = {s.id for s in rows if s.state is SlotState.POSTED and s.starts_on >= today}
        assert len(found) == len(set(found))
        assert set(found) == {id_ for id_ in open_ if _verified(id_)}


def _verified(slot_id: int) -> bool:
    query = sa.select(Slot.facility_id).where(Slot.id == slot_id)
    return db.session.scalar(query) % 20 != 0
