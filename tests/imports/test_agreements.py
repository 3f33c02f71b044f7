"""Agreements by CSV: typed rows, what would change, nothing blanked, and never another school's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import selectinload

from marketplace.accounts.models import Membership, Role, User
from marketplace.agreements.models import Agreement, Stage
from marketplace.db import db
from marketplace.facilities.models import Facility
from marketplace.schools.models import School
from tests.factories import Factory, sign_in
from tests.imports.files import confirm, upload
from tests.support.client import StrictClient

HEAD = "Facility,How far it is,First day,Last day,Programmes,Sites,Notice days,Who sees to it\n"
ROW = "Harbor Hospital,Signed,2027-01-01,12/31/2029,HIT AAS,43215,90,\n"


@dataclass
class Scene:
    """A school whose coordinator is signed in, and a verified facility."""

    school: School
    coordinator: User
    facility: Facility


@pytest.fixture
def scene(make: Factory, client: StrictClient) -> Scene:
    school, facility = make.school(), make.facility("Harbor Hospital")
    make.programme(school, "HIT AAS")
    make.site(facility, "Main site")
    coordinator = make.coordinator(school, "Cora Ordinator")
    sign_in(client, coordinator)
    return Scene(school, coordinator, facility)


def registry(app: Flask) -> list[Agreement]:
    """Every agreement, oldest first, with whom it names."""
    whole = (Agreement.facilities, Agreement.programmes, Agreement.sites)
    with app.app_context():
        query = sa.select(Agreement).options(*(selectinload(each) for each in whole)).order_by(Agreement.id)
        return list(db.session.scalars(query))


def test_a_row_becomes_an_agreement_after_a_look(app: Flask, client: StrictClient, scene: Scene) -> None:
    page = upload(client, "agreements", HEAD + ROW.strip() + scene.coordinator.email + "\n")
    assert "is entered: Signed, Jan 1, 2027 – Dec 31, 2029" in page.text and registry(app) == []
    assert "1 new, 0 changed" in confirm(client, "agreements").text
    (found,) = registry(app)
    assert (found.school_id, found.party, found.stage) == (scene.school.id, "Harbor Hospital", Stage.ACTIVE)
    assert (found.starts_on, found.ends_on) == (date(2027, 1, 1), date(2029, 12, 31))
    assert (found.notice_days, found.lead_days, found.owner_id) == (90, 120, scene.coordinator.id)
    assert [p.name for p in found.programmes] == ["HIT AAS"]
    assert [s.name for s in found.sites] == ["Main site"]


def test_the_same_file_again_changes_nothing_and_a_change_is_shown(
    app: Flask, client: StrictClient, scene: Scene
) -> None:
    upload(client, "agreements", HEAD + ROW)
    confirm(client, "agreements")
    assert "Nothing would change" in upload(client, "agreements", HEAD + ROW).text
    page = upload(client, "agreements", HEAD + ROW.replace(",90,", ",30,").replace("43215", ""))
    assert "Notice days: 90 → 30" in page.text and "Sites: Main site → all" in page.text
    assert "0 new, 1 changed" in confirm(client, "agreements").text
    (found,) = registry(app)
    assert (found.notice_days, found.sites, found.ends_on) == (30, [], date(2029, 12, 31))


def test_a_column_the_file_lacks_is_not_blanked(app: Flask, client: StrictClient, scene: Scene) -> None:
    """Not its sites and programmes either."""
    upload(client, "agreements", HEAD + ROW)
    confirm(client, "agreements")
    fewer = "Facility,Stage,First day,Last day\nHarbor Hospital,signed,2027-01-01,2030-12-31\n"
    assert "Last day: Dec 31, 2029 → Dec 31, 2030" in upload(client, "agreements", fewer).text
    confirm(client, "agreements")
    (found,) = registry(app)
    assert (found.notice_days, found.ends_on) == (90, date(2030, 12, 31))
    assert [len(found.programmes), len(found.sites)] == [1, 1]


def test_one_that_is_being_made_becomes_the_signed_one(
    app: Flask, client: StrictClient, scene: Scene
) -> None:
    """Requested, asked again without change, then signed; its renewal is another agreement."""
    asked = "Facility,Status,First day,Asked for on\nHarbor Hospital,Requested,,\n"
    upload(client, "agreements", asked)
    confirm(client, "agreements")
    assert registry(app)[0].requested_on is not None
    assert "Nothing would change" in upload(client, "agreements", asked).text
    signed = "Facility,Status,First day\nHarbor Hospital,Signed,2027-02-01\n"
    assert "How far it is: Requested → Signed; First day: – → Feb 1, 2027" in (
        upload(client, "agreements", signed).text
    )
    confirm(client, "agreements")
    assert [each.stage for each in registry(app)] == [Stage.ACTIVE]
    renewal = signed + "Harbor Hospital,In review,,\n".replace(",,", ",")
    assert "In review, no dates yet" in upload(client, "agreements", renewal).text
    confirm(client, "agreements")
    assert [each.stage for each in registry(app)] == [Stage.ACTIVE, Stage.IN_REVIEW]


def test_a_health_system_names_all_its_facilities(
    app: Flask, client: StrictClient, make: Factory, scene: Scene
) -> None:
    make.facility("Hillside Clinic")
    text = "Facility,Stage,Start,Who signs\nHillside Clinic; harbor hospital,Signed,2027-01-01,Coast Health\n"
    assert "Coast Health" in upload(client, "agreements", text).text
    confirm(client, "agreements")
    (found,) = registry(app)
    assert found.party == "Coast Health"
    assert [each.name for each in found.facilities] == ["Harbor Hospital", "Hillside Clinic"]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("Signed", "Somehow", "is not in the list"),
        ("Signed", "", "this cell is empty"),
        ("2027-01-01", "", "a signed agreement has no first day"),
        ("2027-01-01", "46033", "spreadsheet&#39;s number for one"),
        ("12/31/2029", "12/31/2026", "it is before the first day"),
        (",90,", ",soon,", "is no number"),
        (",90,", ",900,", "is not between 0 and 730"),
        ("Harbor Hospital", "Nowhere Hospital", "no verified facility is called"),
        ("HIT AAS", "Nursing", "is not one of those there are"),
        ("43215", "99999", "is not one of those there are"),
        (",\n", ",someone@else.example\n", "is no coordinator of this school"),
    ],
)
def test_typed_columns(client: StrictClient, scene: Scene, old: str, new: str, said: str) -> None:
    page = upload(client, "agreements", HEAD + ROW.replace(old, new))
    assert said in page.text and "Write the agreements" not in page.text


def test_the_same_agreement_twice_is_a_flaw(client: StrictClient, scene: Scene) -> None:
    assert "already stands in line 2" in upload(client, "agreements", HEAD + ROW + ROW).text


def test_two_facilities_of_one_name_and_unverified_ones_are_refused(
    client: StrictClient, make: Factory, scene: Scene
) -> None:
    make.facility("Harbor Hospital")
    assert "2 verified facilities are called" in upload(client, "agreements", HEAD + ROW).text
    make.facility("Fresh Clinic", verified=False)
    text = HEAD + ROW.replace("Harbor Hospital", "Fresh Clinic").replace("43215", "")
    assert "no verified facility is called" in upload(client, "agreements", text).text


def test_another_school_s_agreement_is_neither_seen_nor_changed(
    app: Flask, client: StrictClient, make: Factory, scene: Scene
) -> None:
    theirs = make.agreement(make.school(), scene.facility, starts_on=date(2027, 1, 1), notice_days=11)
    upload(client, "agreements", "Facility,Stage,First day\nHarbor Hospital,Signed,2027-01-01\n")
    assert "1 new, 0 changed" in confirm(client, "agreements").text
    kept, ours = registry(app)
    assert (kept.id, kept.notice_days, ours.school_id) == (theirs.id, 11, scene.school.id)


def test_who_coordinates_two_schools_says_which(
    app: Flask, client: StrictClient, make: Factory, scene: Scene
) -> None:
    second = make.school("Second College")
    with app.app_context():
        role = {"role": Role.COORDINATOR, "school_id": second.id, "user_id": scene.coordinator.id}
        db.session.add(Membership(created_at=make.now(), **role))
        db.session.commit()
    plain = "Facility,Stage\nHarbor Hospital,Requested\n"
    assert "it is not clear whose" in upload(client, "agreements", plain).text
    upload(client, "agreements", "School,Facility,Stage\nSecond College,Harbor Hospital,Requested\n")
    confirm(client, "agreements")
    assert registry(app)[0].school_id == second.id


def test_the_file_to_fill_in_reads_well(client: StrictClient, scene: Scene) -> None:
    """Every heading of the template is known, and its example is wrong in its facility alone."""
    page = upload(client, "agreements", client.get("/school/import/agreements/template.csv").get_data())
    assert "1 thing to mend" in page.text and "no verified facility is called" in page.text
