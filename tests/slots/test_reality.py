"""The slot page says what a place really takes: checks and their costs, parking, fee, agreement."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from marketplace.db import transaction
from marketplace.errors import DomainError, NotFound
from marketplace.requirements import services as requirements
from marketplace.requirements.models import Due, RequirementItem, RequirementRecord, RequirementSet, Standing
from marketplace.slots import services
from marketplace.slots.models import Slot
from marketplace.vocabulary import Modality
from tests.conftest import new_client
from tests.factories import Factory, sign_in
from tests.support.client import StrictClient
from tests.support.scale import counted


def ask(make: Factory, school_id: int, name: str, costs: dict[str, int | None], **where: object) -> int:
    """A set of requirements that asks for these items at these costs."""
    items = [RequirementItem(kind=kind, cost=cost) for kind, cost in costs.items()]
    row = RequirementSet(school_id=school_id, name=name, created_at=make.now(), items=items, **where)
    make._add_all([row])
    with make.app.app_context(), transaction() as session:
        return session.merge(row, load=False).id


def test_a_student_sees_what_the_school_asks_for_there_and_what_is_left_to_pay(
    app: Flask, client: StrictClient, make: Factory
) -> None:
    slot = make.slot(parking="Free in the garage", fee=15, modality=Modality.ON_SITE)
    programme = make.programme()
    student, school = make.student(programme), programme.school_id
    ask(make, school, "Everywhere", {"background-check": 45, "mmr": 80, "hipaa-training": None})
    ask(make, school, "Here", {"background-check": 60}, site_id=slot.site_id)
    ask(make, school, "Elsewhere", {"drug-screen": 999}, site_id=make.site().id)
    ask(make, school, "From home", {"bls-cpr": 998}, modality=Modality.REMOTE)
    cleared = {"standing": Standing.CLEARED, "checked_at": make.now(), "created_at": make.now()}
    make._add_all([RequirementRecord(student_id=student.id, kind="mmr", **cleared)])
    make.agreement(programme.school, slot.facility)
    page = sign_in(client, student).get(f"/slots/{slot.id}").text
    assert "Still to pay: about $75." in page, "the check at the dearer of two sets, and the facility's fee"
    assert "For 1 check nobody has said what it costs." in page
    assert "Free in the garage" in page and "$15" in page and "$999" not in page and "$998" not in page
    assert "Your school has one for these dates" in page
    assert page.count(">Cleared<") == 1 and page.count(">To do<") == 2


def test_what_runs_out_before_the_last_day_is_still_to_do(make: Factory, client: StrictClient) -> None:
    slot, student = make.slot(), make.student()
    ask(make, student.programme.school_id, "Everywhere", {"mmr": 80})
    entry = RequirementRecord(
        student_id=student.id,
        kind="mmr",
        standing=Standing.CLEARED,
        checked_at=make.now(),
        created_at=make.now(),
        expires_on=slot.ends_on - timedelta(days=1),
    )
    make._add_all([entry])
    assert "Still to pay: about $80." in sign_in(client, student).get(f"/slots/{slot.id}").text


def test_others_see_the_site_s_part_and_nothing_of_any_student(make: Factory, app: Flask) -> None:
    slot, student = make.slot(parking="Bus 4"), make.student()
    ask(make, student.programme.school_id, "Everywhere", {"mmr": 80})
    for person in (None, make.contact(slot.facility), make.student(approved=False)):
        visitor = sign_in(new_client(app), person) if person else new_client(app)
        page = visitor.get(f"/slots/{slot.id}").text
        assert "Bus 4" in page and "Not said" in page and "$80" not in page and "MMR" not in page


def test_a_coordinator_says_what_items_cost(client: StrictClient, make: Factory) -> None:
    coordinator = make.coordinator()
    (school,) = make.actor(coordinator).coordinated_schools
    mine = ask(make, school, "Everywhere", {"mmr": None, "tdap": 30})
    sign_in(client, coordinator)
    refused = client.submit(f"/requirements/{mine}/costs", {"mmr": "lots"}, button="Save")
    assert refused.status_code == 422 and 'value="lots"' in refused.text
    client.submit(f"/requirements/{mine}/costs", {"mmr": "80", "tdap": ""}, button="Save")
    page = client.get(f"/requirements/{mine}/costs").text
    assert 'value="80"' in page and 'value="30"' not in page


def test_costs_have_bounds_and_an_owner(app: Flask, make: Factory) -> None:
    coordinator, other = make.coordinator(), make.coordinator()
    (school,) = make.actor(coordinator).coordinated_schools
    mine = ask(make, school, "Everywhere", {"mmr": None})
    with app.app_context():
        for actor, cost, expected in (
            (make.actor(other), 10, NotFound),
            (make.actor(coordinator), 5001, DomainError),
        ):
            with pytest.raises(expected), transaction():
                requirements.set_costs(actor, mine, {"mmr": cost}, now=make.now())


def test_saving_the_set_again_keeps_the_costs(app: Flask, make: Factory) -> None:
    coordinator = make.coordinator()
    actor = make.actor(coordinator)
    (school,) = actor.coordinated_schools
    mine = ask(make, school, "Everywhere", {"mmr": 80})
    fields = {"name": "All", "site_id": None, "modality": None, "now": make.now(), "set_id": mine}
    with app.app_context(), transaction():
        saved = requirements.save_set(actor, school, items={"mmr": Due.MATCH, "tdap": Due.START}, **fields)
        assert {item.kind: item.cost for item in saved.items} == {"mmr": 80, "tdap": None}


def test_a_contact_may_leave_the_fee_open_and_its_parking_is_read_first(app: Flask, make: Factory) -> None:
    facility = make.facility(trusted_at=None)
    slot = make.slot(facility)
    actor = make.actor(make.contact(facility))
    with app.app_context(), transaction() as session:
        services.edit(actor, slot.id, now=make.now(), fee=0, parking="Ask at https://spam.example")
        found = session.get_one(Slot, slot.id)
        assert (found.fee, found.parking) == (0, ""), "free text shows once someone has read it"
    with app.app_context(), pytest.raises(DomainError), transaction():
        services.edit(actor, slot.id, now=make.now(), fee=-1)


def test_the_slot_page_asks_a_fixed_number_of_queries(
    app: Flask, client: StrictClient, make: Factory
) -> None:
    slot, programme = make.slot(), make.programme()
    sign_in(client, make.student(programme))
    numbers = []
    for name, kinds in (("A", ["mmr"]), ("B", ["tdap", "varicella", "hepatitis-b"])):
        ask(make, programme.school_id, name, dict.fromkeys(kinds))
        make.agreement(programme.school, slot.facility)
        client.get(f"/slots/{slot.id}")
        with app.app_context(), counted() as seen:
            client.get(f"/slots/{slot.id}")
        numbers.append(len(seen))
    assert numbers[0] == numbers[1] <= 22, numbers
