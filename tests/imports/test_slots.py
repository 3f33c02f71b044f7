"""Slots by CSV: drafts for facilities that work with the school, which their contacts post or don't."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
import sqlalchemy as sa
from flask import Flask

from marketplace.accounts.models import User
from marketplace.agreements.models import Agreement, AgreementFacility
from marketplace.db import db, transaction
from marketplace.facilities.models import Facility
from marketplace.imports import slots as slot_import
from marketplace.imports.models import PreparedSlot
from marketplace.mail.models import OutboxMessage
from marketplace.schools.models import School
from marketplace.slots import services as slots
from marketplace.slots.models import Slot, SlotState
from tests.conftest import new_client
from tests.factories import Factory, sign_in
from tests.imports.files import confirm, upload
from tests.support.client import StrictClient

HEAD = "Facility,Title,Role,First day,Last day,Hours,Places,Task areas,Your number\n"
ROW = "Harbor Hospital,Coding practicum,Coder,2027-01-11,4/30/2027,120,2,Clinical coding;denials,S-1\n"


@dataclass
class Scene:
    """A school whose coordinator is signed in, and a facility that took part in one of its rounds."""

    school: School
    coordinator: User
    facility: Facility
    contact: User


@pytest.fixture
def scene(make: Factory, client: StrictClient) -> Scene:
    school, facility = make.school(), make.facility("Harbor Hospital")
    slot = make.slot(facility, "An earlier slot")
    make.round(school, slots=[slot])
    coordinator = make.coordinator(school, "Cora Ordinator")
    sign_in(client, coordinator)
    return Scene(school, coordinator, facility, make.contact(facility, "Connie Tact"))


def drafts(app: Flask) -> list[Slot]:
    """The slots that came from a file, oldest first."""
    with app.app_context():
        query = sa.select(Slot).join(PreparedSlot, PreparedSlot.slot_id == Slot.id).order_by(Slot.id)
        return list(db.session.scalars(query))


def mails(app: Flask) -> list[OutboxMessage]:
    with app.app_context():
        return list(db.session.scalars(sa.select(OutboxMessage).order_by(OutboxMessage.id)))


def test_a_row_becomes_a_draft_that_waits_for_its_facility(
    app: Flask, client: StrictClient, scene: Scene
) -> None:
    """Nobody but the facility sees it; its contact gets one mail and an item, and nothing is attested."""
    page = upload(client, "slots", HEAD + ROW)
    assert "becomes a draft at Site" in page.text and drafts(app) == []
    assert "1 new, 0 changed" in confirm(client, "slots").text
    (draft,) = drafts(app)
    assert (draft.state, draft.facility_id, draft.attested) == (SlotState.DRAFT, scene.facility.id, False)
    assert (draft.hours, draft.capacity, draft.role) == (120, 2, "coder")
    assert (str(draft.starts_on), str(draft.ends_on)) == ("2027-01-11", "2027-04-30")
    assert draft.task_areas == ["coding", "denials"]
    (mail,) = mails(app)
    assert mail.recipient == scene.contact.email and "Coding practicum" in mail.body
    assert new_client(app).get(f"/slots/{draft.id}").status_code == 404
    contact = sign_in(new_client(app), scene.contact)
    assert f"{scene.school.name} wrote 1 slot down for you" in contact.get("/").text
    assert "Coding practicum" in contact.get("/facilities/mine").text


def test_the_same_file_again_changes_nothing_and_a_change_is_shown(
    app: Flask, client: StrictClient, scene: Scene
) -> None:
    """Importing again updates by the file's number, also a title; it makes no second slot."""
    upload(client, "slots", HEAD + ROW)
    confirm(client, "slots")
    assert "Nothing would change" in upload(client, "slots", HEAD + ROW).text
    changed = HEAD + ROW.replace("120", "160").replace("Coding practicum", "Coding term")
    page = upload(client, "slots", changed)
    assert "Title: Coding practicum → Coding term; Hours: 120 → 160" in page.text
    assert "0 new, 1 changed" in confirm(client, "slots").text
    (draft,) = drafts(app)
    assert (draft.title, draft.hours, draft.capacity) == ("Coding term", 160, 2)
    assert len(mails(app)) == 2


def test_a_column_the_file_lacks_is_not_blanked(app: Flask, client: StrictClient, scene: Scene) -> None:
    upload(client, "slots", HEAD + ROW)
    confirm(client, "slots")
    fewer = "Facility,Title,Role,First day,Last day,Hours,Your number\n"
    upload(client, "slots", fewer + "Harbor Hospital,Coding practicum,Coder,2027-01-11,2027-04-30,90,S-1\n")
    confirm(client, "slots")
    (draft,) = drafts(app)
    assert (draft.hours, draft.capacity, draft.task_areas) == (90, 2, ["coding", "denials"])


@pytest.mark.parametrize(
    ("act", "said"), [("edit", "changed it"), ("post", "posted it"), ("close", "closed it")]
)
def test_what_a_facility_took_over_is_left_alone(
    app: Flask, client: StrictClient, make: Factory, scene: Scene, act: str, said: str
) -> None:
    upload(client, "slots", HEAD + ROW)
    confirm(client, "slots")
    actor, (draft,) = make.actor(scene.contact), drafts(app)
    with app.app_context(), transaction():
        if act == "close":
            slots.close(actor, draft.id, reason="No room this term", now=make.now())
        else:
            ready = {"description": "Code charts.", "attested": True} if act == "post" else {"hours": 100}
            slots.edit(actor, draft.id, now=make.now(), **ready)
        if act == "post":
            slots.post(actor, draft.id, now=make.now())
    page = upload(client, "slots", HEAD + ROW.replace("120", "160"))
    assert f"the facility has {said}" in page.text and "Nothing would change" in page.text
    assert drafts(app)[0].hours == (100 if act == "edit" else 120)


def test_only_facilities_that_work_with_the_school(
    app: Flask, client: StrictClient, make: Factory, scene: Scene
) -> None:
    """Strangers, unverified ones and other schools' partners can't be written to, and look the same."""
    for name, verified in (("Stranger", True), ("Unverified", False), ("Partner of others", True)):
        facility = make.facility(name, verified=verified)
        slot = make.slot(facility)
        if name != "Stranger":
            make.round(scene.school if name == "Unverified" else make.school(), slots=[slot])
        page = upload(client, "slots", HEAD + ROW.replace("Harbor Hospital", name))
        assert "works with you" in page.text and "Make the drafts" not in page.text


def test_an_agreement_or_an_invitation_is_working_together(
    app: Flask, client: StrictClient, make: Factory, scene: Scene
) -> None:
    agreed, actor = make.facility("Agreed"), make.actor(scene.coordinator)
    make.site(agreed)
    with app.app_context(), transaction() as session:
        agreement = make_agreement(scene.school.id, make)
        session.add(agreement)
        session.flush()
        session.add(AgreementFacility(agreement_id=agreement.id, facility_id=agreed.id))
    client.submit(
        "/school/invite-facility",
        {"name": "Brought in", "email": "new@host.example"},
        button="Send the invitation",
    )
    with app.app_context():
        brought = db.session.scalars(sa.select(Facility).where(Facility.name == "Brought in")).one()
        assert slot_import.working_with(actor) == dict.fromkeys(
            (scene.facility.id, agreed.id, brought.id), scene.school.id
        )


def make_agreement(school_id: int, make: Factory) -> Agreement:
    return Agreement(school_id=school_id, party="Agreed", created_at=make.now())


@pytest.mark.parametrize(("typed", "kept"), [("2", 2), ("1", 0), ("", 0)])
def test_a_column_may_say_how_many_come_at_least(
    app: Flask, client: StrictClient, scene: Scene, typed: str, kept: int
) -> None:
    upload(client, "slots", HEAD.strip() + ",At least\n" + ROW.strip() + f",{typed}\n")
    confirm(client, "slots")
    assert [(draft.capacity, draft.minimum) for draft in drafts(app)] == [(2, kept)]


def test_a_least_number_above_the_places_is_refused(client: StrictClient, scene: Scene) -> None:
    for typed in ("3", "some", "-2"):
        page = upload(client, "slots", HEAD.strip() + ",At least\n" + ROW.strip() + f",{typed}\n")
        assert "Confirm" not in page.text, typed


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("2027-01-11", "46033", "spreadsheet&#39;s number for one"),
        ("2027-01-11", "13/01/2027", "is no date"),
        ("2027-01-11", "2027-05-11", "it is before the first day"),
        ("2027-01-11", "2026-01-11", "this day is over"),
        (",120,", ",lots,", "is no number"),
        (",120,", ",,", "this cell is empty"),
        (",120,", ",9000,", "is not between 1 and 2000"),
        ("Coder", "Surgeon", "is not in the list"),
        ("denials", "knitting", "is not in the list"),
        ("Coding practicum", "", "this cell is empty"),
    ],
)
def test_typed_columns(client: StrictClient, scene: Scene, old: str, new: str, said: str) -> None:
    page = upload(client, "slots", HEAD + ROW.replace(old, new))
    assert said in page.text and "Make the drafts" not in page.text


def test_a_facility_with_two_sites_is_asked_which(
    app: Flask, client: StrictClient, make: Factory, scene: Scene
) -> None:
    site = make.site(scene.facility, "North wing", zip="43201")
    page = upload(client, "slots", HEAD + ROW)
    assert "it is not clear at which site" in page.text and "North wing (43201)" in page.text
    upload(
        client, "slots", HEAD.replace("Title", "Site,Title") + ROW.replace(",Coding", ",north wing,Coding")
    )
    confirm(client, "slots")
    assert drafts(app)[0].site_id == site.id


def test_the_file_to_fill_in_reads_well(client: StrictClient, scene: Scene) -> None:
    """Every heading of the template is known, and its example is wrong in its facility alone."""
    text = client.get("/school/import/slots/template.csv").get_data()
    page = upload(client, "slots", text)
    assert "1 thing to mend" in page.text and "works with you" in page.text
