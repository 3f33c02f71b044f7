"""Contacts draft, post, edit, repeat and close the slots of their own facilities, and of no other."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from marketplace.access import Actor
from marketplace.audit.models import AuditEvent
from marketplace.db import db, transaction
from marketplace.errors import DomainError, NotFound
from marketplace.facilities.models import Facility
from marketplace.rounds.phases import Phase
from marketplace.slots import services
from marketplace.slots.models import Slot, SlotState, SlotTerm
from marketplace.vocabulary import Modality, Silence
from tests.factories import Factory
from tests.support.clock import Clock

WHOLE = {
    "title": "Coding practicum",
    "role": "coder",
    "description": "Code outpatient records beside an experienced coder.",
    "starts_on": date(2027, 1, 11),
    "ends_on": date(2027, 4, 30),
    "hours": 120,
    "task_areas": ["denials", "coding"],
    "attested": True,
}


@pytest.fixture
def host(make: Factory) -> tuple[Facility, Actor, int]:
    """A facility, its contact and its site's id."""
    facility = make.facility()
    return facility, make.actor(make.contact(facility)), make.site(facility).id


def draft(app: Flask, host: tuple[Facility, Actor, int], clock: Clock, **fields: Any) -> int:
    """The id of a committed draft."""
    facility, actor, site = host
    with app.app_context(), transaction():
        made = services.create(actor, facility.id, now=clock(), **{"site_id": site, **WHOLE, **fields})
        return made.id


def read(app: Flask, slot_id: int) -> Slot:
    """The slot as the database has it."""
    with app.app_context():
        return db.session.get_one(Slot, slot_id)


def terms(app: Flask, slot_id: int) -> int:
    """How many index rows the slot has."""
    with app.app_context():
        return db.session.scalars(
            sa.select(sa.func.count()).select_from(SlotTerm).where(SlotTerm.slot_id == slot_id)
        ).one()


def test_a_draft_starts_from_defaults(app: Flask, host: Any, clock: Clock) -> None:
    """What isn't asked has the safe value; lists are kept sorted."""
    slot = read(app, draft(app, host, clock))
    assert (slot.state, slot.capacity, slot.modality) == (SlotState.DRAFT, 1, Modality.ON_SITE)
    assert slot.silence is Silence.ANY
    assert slot.task_areas == ["coding", "denials"]
    assert terms(app, slot.id) == 0


@pytest.mark.parametrize(
    ("fields", "reason", "field"),
    [
        ({"title": "   "}, "missing", "title"),
        ({"hours": None}, "missing", "hours"),
        ({"role": "wizard"}, "unknown_code", "role"),
        ({"task_areas": ["coding", "magic"]}, "unknown_code", "task_areas"),
        ({"ends_on": date(2026, 12, 31)}, "ends_before_start", "ends_on"),
        ({"capacity": 0}, "out_of_range", "capacity"),
        ({"capacity": 201}, "out_of_range", "capacity"),
        ({"hours": 2001}, "out_of_range", "hours"),
        ({"site_id": 999}, "unknown_site", "site_id"),
    ],
)
def test_values_no_slot_may_have(
    app: Flask, host: Any, clock: Clock, fields: dict[str, Any], reason: str, field: str
) -> None:
    """The refusal names the field, so that the form can say it there."""
    with pytest.raises(DomainError) as refused:
        draft(app, host, clock, **fields)
    assert (refused.value.reason, refused.value.details["field"]) == (reason, field)


def test_a_site_of_another_facility_is_refused(app: Flask, make: Factory, host: Any, clock: Clock) -> None:
    """A slot stands at its own facility's site."""
    with pytest.raises(DomainError, match="unknown_site"):
        draft(app, host, clock, site_id=make.site().id)


def test_posting_needs_the_statement_and_enough_words(app: Flask, host: Any, clock: Clock) -> None:
    """Without the statement, or without saying what the student will do, a slot stays a draft."""
    _, actor, _ = host
    slot_id = draft(app, host, clock)
    bare = draft(app, host, clock, description="")
    unsaid = draft(app, host, clock, attested=False)
    with app.app_context():
        with pytest.raises(DomainError, match="not_attested"), transaction():
            services.post(actor, unsaid, now=clock())
        with pytest.raises(DomainError, match="missing"), transaction():
            services.post(actor, bare, now=clock())
        with transaction():
            services.post(actor, slot_id, now=clock())
        with pytest.raises(DomainError, match="not_attested"), transaction():
            services.edit(actor, slot_id, now=clock(), attested=False)
    posted = read(app, slot_id)
    assert (posted.state, posted.attested, posted.posted_at) == (SlotState.POSTED, True, clock())
    assert terms(app, slot_id) > 0
    assert read(app, bare).state is SlotState.DRAFT


def test_a_slot_that_has_begun_is_not_posted(app: Flask, host: Any, clock: Clock) -> None:
    """A draft left lying past its first day needs new dates."""
    _, actor, _ = host
    slot_id = draft(app, host, clock)
    clock.advance(days=200)
    with app.app_context(), pytest.raises(DomainError, match="starts_in_past"), transaction():
        services.post(actor, slot_id, now=clock())


def test_a_slot_of_a_mistyped_year_is_not_posted(app: Flask, host: Any, clock: Clock) -> None:
    """It would be found first by nobody and last by every job that counts days."""
    _, actor, _ = host
    slot_id = draft(app, host, clock)
    with app.app_context(), pytest.raises(DomainError, match="far"), transaction():
        slot = db.session.get_one(Slot, slot_id)
        span = slot.ends_on - slot.starts_on
        slot.starts_on, slot.ends_on = date(2999, 1, 4), date(2999, 1, 4) + span
        services.post(actor, slot_id, now=clock())


def test_an_edit_keeps_a_posted_slot_whole_and_findable(app: Flask, make: Factory, clock: Clock) -> None:
    """A posted slot can't be emptied; its search terms follow its words."""
    slot = make.slot(title="Records")
    actor = make.actor(make.contact(slot.facility))
    with app.app_context():
        with pytest.raises(DomainError, match="missing"), transaction():
            services.edit(actor, slot.id, now=clock(), description=" ")
        with transaction():
            services.edit(actor, slot.id, now=clock(), title="Oncology abstraction")
        found = db.session.get(SlotTerm, ("oncology", slot.id))
        assert found is not None
        event = db.session.scalars(sa.select(AuditEvent).where(AuditEvent.action == "edited")).one()
        assert event.change == {"title": "Oncology abstraction"}


@pytest.mark.parametrize(
    ("phase", "fixed"),
    [(Phase.RECRUITING, False), (Phase.APPLYING, True), (Phase.RANKING, True), (Phase.CANCELLED, False)],
)
def test_a_round_fixes_the_capacity(
    app: Flask, make: Factory, clock: Clock, phase: Phase, fixed: bool
) -> None:
    """Beyond recruiting the round counts on the number of places; other fields stay free."""
    slot = make.slot(capacity=2)
    make.round(phase=phase, slots=[slot])
    actor = make.actor(make.contact(slot.facility))
    with app.app_context():
        with transaction():
            services.edit(actor, slot.id, now=clock(), capacity=2, title="Same number")
        if fixed:
            with pytest.raises(DomainError, match="slot_in_round"), transaction():
                services.edit(actor, slot.id, now=clock(), capacity=3)
        else:
            with transaction():
                services.edit(actor, slot.id, now=clock(), capacity=3)
    assert read(app, slot.id).capacity == (2 if fixed else 3)


@pytest.mark.parametrize(
    ("phase", "fixed"), [(Phase.RANKING, False), (Phase.LOCKED, True), (Phase.COMPUTED, True)]
)
def test_a_frozen_round_holds_its_slots_open(
    app: Flask, make: Factory, clock: Clock, phase: Phase, fixed: bool
) -> None:
    """Between lock and release nobody takes a slot out from under a sealed input."""
    slot = make.slot()
    make.round(phase=phase, slots=[slot])
    actor = make.actor(make.contact(slot.facility))
    with app.app_context():
        if fixed:
            with pytest.raises(DomainError, match="slot_in_round"), transaction():
                services.close(actor, slot.id, reason="Our coder left", now=clock())
        else:
            with transaction():
                services.close(actor, slot.id, reason="Our coder left", now=clock())
    assert read(app, slot.id).state is (SlotState.POSTED if fixed else SlotState.CLOSED)


def test_closing_takes_a_reason_and_the_slot_out_of_the_index(
    app: Flask, make: Factory, clock: Clock
) -> None:
    """A closed slot is found no more and can't be edited or posted."""
    slot = make.slot()
    actor = make.actor(make.contact(slot.facility))
    with app.app_context():
        with pytest.raises(DomainError, match="missing"), transaction():
            services.close(actor, slot.id, reason=" ", now=clock())
        with transaction():
            services.close(actor, slot.id, reason="Moved", now=clock())
        for act in (
            lambda: services.edit(actor, slot.id, now=clock(), title="New"),
            lambda: services.post(actor, slot.id, now=clock()),
        ):
            with pytest.raises(DomainError, match="slot_closed"), transaction():
                act()
    assert terms(app, slot.id) == 0


def test_repeating_a_slot_makes_a_draft_in_the_future(app: Flask, make: Factory, clock: Clock) -> None:
    """The copy keeps weekdays and words, needs its own statement, and starts after today."""
    slot = make.slot(title="Spring practicum", capacity=3)
    clock.advance(days=500)
    actor = make.actor(make.contact(slot.facility))
    with app.app_context(), transaction():
        made = services.repeat(actor, slot.id, now=clock()).id
    again = read(app, made)
    assert (again.state, again.attested, again.title, again.capacity) == (
        SlotState.DRAFT,
        False,
        slot.title,
        3,
    )
    assert clock().date() < again.starts_on <= clock().date() + timedelta(weeks=26)
    assert again.starts_on.weekday() == slot.starts_on.weekday()
    assert again.ends_on - again.starts_on == slot.ends_on - slot.starts_on


def test_someone_elses_slot_does_not_exist(app: Flask, make: Factory, clock: Clock) -> None:
    """For a contact of another facility, and for a coordinator, every act is NotFound."""
    slot = make.slot()
    for person in (make.contact(), make.coordinator(), make.operator()):
        actor = make.actor(person)
        acts = (
            lambda actor=actor: services.edit(actor, slot.id, now=clock(), title="Mine"),
            lambda actor=actor: services.post(actor, slot.id, now=clock()),
            lambda actor=actor: services.close(actor, slot.id, reason="Mine", now=clock()),
            lambda actor=actor: services.repeat(actor, slot.id, now=clock()),
            lambda actor=actor: services.create(actor, slot.facility_id, now=clock(), **WHOLE),
        )
        for act in acts:
            with app.app_context(), pytest.raises(NotFound), transaction():
                act()
