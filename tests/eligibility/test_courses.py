"""Courses and fields of study as people set them, and what the rules then say of slots."""

from __future__ import annotations

from datetime import date

import pytest
from flask import Flask

from marketplace.db import db, transaction
from marketplace.eligibility import queries
from marketplace.eligibility.facts import Reason, Verdict
from marketplace.schools import courses
from marketplace.schools.models import Course, Programme
from marketplace.slots.models import Slot
from marketplace.students.models import Student
from marketplace.vocabulary import Modality
from tests.conftest import new_client
from tests.factories import Factory, sign_in
from tests.support.client import StrictClient


def verdict(app: Flask, student: Student, slot: Slot) -> Verdict:
    with app.app_context():
        return queries.of_student(student.id, [slot.id])[slot.id]


def named(found: Verdict) -> set[tuple[str, str]]:
    """The reasons about courses and fields, with their codes."""
    wanted = (Reason.FIELD, Reason.MODALITY, Reason.HOURS, Reason.TERM)
    return {(h.reason.value, h.code) for h in (*found.blocks, *found.notes) if h.reason in wanted}


def course(app: Flask, student: Student, name: str, hours: int, **fields: object) -> int:
    with app.app_context(), transaction() as session:
        made = Course(programme_id=student.programme_id, name=name, hours=hours, **fields)
        session.add(made)
        session.flush()
        return made.id


@pytest.mark.both_databases
def test_the_course_s_hours_count_else_the_programme_s(app: Flask, make: Factory) -> None:
    """Of an only course everyone is; of several whoever chose it; else the programme's hours count."""
    student = make.student(make.programme(required_hours=120))
    slot, other = make.slot(hours=80), make.student(make.programme(required_hours=40))
    assert named(verdict(app, student, slot)) == {("hours", "80/120")}
    assert named(verdict(app, other, slot)) == set()
    first = course(app, student, "Practicum I", 200, modalities=["on-site"])
    assert named(verdict(app, student, slot)) == {("hours", "80/200")}
    remote = make.slot(hours=240, modality=Modality.REMOTE)
    assert named(verdict(app, student, remote)) == {("modality", "remote")}
    assert not verdict(app, student, remote).eligible
    term = {"starts_on": date(2020, 1, 1), "ends_on": date(2020, 5, 1)}
    second = course(app, student, "Practicum II", 40, **term)
    assert named(verdict(app, student, slot)) == {("hours", "80/120")}, "they have not chosen"
    assert named(verdict(app, student, remote)) == set()
    page = sign_in(new_client(app), student)
    page.submit("/profile", {"course": str(second)}, button="Save profile")
    assert named(verdict(app, student, slot)) == {("term", "")}
    page.submit("/profile", {"course": str(first)}, button="Save profile")
    assert named(verdict(app, student, slot)) == {("hours", "80/200")}
    page.submit("/profile", {"course": "0"}, button="Save profile")
    assert named(verdict(app, student, slot)) == {("hours", "80/120")}


@pytest.mark.both_databases
def test_adjacent_students_may_apply_where_the_slot_is_open_to_them(app: Flask, make: Factory) -> None:
    programme = make.programme(field="nursing")
    nurse, him = make.student(programme), make.student()
    closed, open_ = make.slot(), make.slot(open_to=["nursing"])
    make.round(programme.school, programmes=[programme], slots=[closed], students=[nurse])
    assert named(verdict(app, nurse, closed)) == {("field", "nursing")}
    assert not verdict(app, nurse, closed).eligible
    assert named(verdict(app, nurse, open_)) == named(verdict(app, him, open_)) == set()
    page = sign_in(new_client(app), nurse).get(f"/slots/{closed.id}")
    assert "Not open to students of Nursing" in page.text


def test_hours_are_said_on_the_list(app: Flask, make: Factory) -> None:
    programme, slot = make.programme(), make.slot(hours=80)
    student = make.student(programme)
    round_ = make.round(programme.school, programmes=[programme], slots=[slot], students=[student])
    make.student_list(round_, student, [slot], certify=False)
    page = sign_in(new_client(app), student).get(f"/rounds/{round_.id}/ranking")
    assert "80 of 120 hours" in page.text


def test_a_coordinator_keeps_courses_and_fields(app: Flask, client: StrictClient, make: Factory) -> None:
    programme = make.programme()
    sign_in(client, make.coordinator(programme.school))
    page = f"/school/programmes/{programme.id}"
    client.submit(page, {"field": "nursing"}, button="Save")
    with app.app_context():
        assert db.session.get_one(Programme, programme.id).field == "nursing"
    new = f"{page}/courses/new"
    half = {"name": "Practicum I", "hours": "90", "starts_on": "2027-01-11"}
    assert client.submit(new, half, button="Save").status_code == 422
    fields = {**half, "ends_on": "2027-05-01", "modalities": ["on-site", "hybrid"]}
    assert client.submit(new, fields, button="Save").status_code == 302
    assert client.submit(new, fields, button="Save").status_code == 422, "the name is taken"
    with app.app_context():
        (made,) = courses.of_programme(programme.id)
        assert (made.hours, made.modalities, made.ends_on) == (90, ["hybrid", "on-site"], date(2027, 5, 1))
    edit = f"/school/courses/{made.id}"
    stranger = sign_in(new_client(app), make.coordinator())
    assert stranger.get(edit).status_code == stranger.get(f"{edit}/remove").status_code == 404
    client.submit(edit, {"hours": "100"}, button="Save")
    assert "Practicum I" in client.get(page).text and "100" in client.get(page).text
    client.submit(f"{edit}/remove", {}, button="Remove")
    with app.app_context():
        assert db.session.get(Course, made.id) is None


def test_another_programme_s_course_can_t_be_chosen(app: Flask, make: Factory) -> None:
    student, other = make.student(), make.student()
    foreign = course(app, other, "Theirs", 40)
    for name in ("Practicum I", "Practicum II"):
        course(app, student, name, 40)
    client = sign_in(new_client(app), student)
    page = client.post("/profile", data={"course": str(foreign), "travel_limit": "10"})
    assert page.status_code == 422
