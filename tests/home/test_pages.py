"""The public pages, and the home of each role."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from marketplace import todo
from marketplace.access import Actor
from marketplace.rounds.phases import Phase
from marketplace.todo import TodoItem
from tests.factories import PASSWORD, Factory, sign_in
from tests.support.client import StrictClient
from tests.support.clock import Clock


@pytest.mark.parametrize("path", ["/", "/how-matching-works", "/help", "/privacy", "/accessibility"])
def test_anyone_may_read(client: StrictClient, path: str) -> None:
    page = client.get(path)
    assert page.status_code == 200
    assert page.text.count("<h1") == 1 and "How matching works" in page.text


def test_demo_sign_ins_are_shown_in_the_demo_alone(app: Flask, client: StrictClient, make: Factory) -> None:
    user = make.user("Casey Demo")
    app.config["DEMO_SIGN_INS"] = [("coordinator", user.email, PASSWORD)]
    assert user.email not in client.get("/").text
    app.config["DEMO"] = True
    assert user.email in client.get("/").text
    client.submit("/", action="/sign-in")
    assert "Hello, Casey Demo" in client.get("/").text


def test_a_newcomer_says_who_they_are(client: StrictClient, make: Factory) -> None:
    sign_in(client, make.user())
    page = client.get("/").text
    assert "I am a student" in page and "I speak for a facility" in page


def test_a_student_is_told_the_next_step(client: StrictClient, make: Factory) -> None:
    sign_in(client, make.student(complete=False))
    page = client.get("/").text
    assert "5 things are missing before you can apply" in page
    assert "Complete your profile" in page and "Find slots you would like" not in page


def test_an_idea_is_shown_when_nothing_else_is_to_do(client: StrictClient, make: Factory) -> None:
    sign_in(client, make.student())
    assert "Find slots you would like" in client.get("/").text


def test_items_are_sorted_urgent_first_then_by_due_date(app: Flask, make: Factory, clock: Clock) -> None:
    now = clock()

    def contribute(actor: Actor, at: object) -> list[TodoItem]:
        return [
            TodoItem("waiting", kind="waiting"),
            TodoItem("undated"),
            TodoItem("later", due_at=now + timedelta(days=2)),
            TodoItem("sooner", due_at=now + timedelta(days=1)),
            TodoItem("urgent", kind="urgent", due_at=now + timedelta(days=9)),
        ]

    actor = make.actor(make.user())
    app.extensions["todo"] = []
    todo.register(app, contribute)
    with app.app_context():
        titles = [item.title for item in todo.items_for(actor, now)]
    assert titles == ["urgent", "sooner", "later", "undated", "waiting"]


@pytest.mark.parametrize("role", ["student", "contact", "coordinator"])
def test_a_home_shows_where_the_rounds_stand_that_have_no_result(
    client: StrictClient, make: Factory, role: str
) -> None:
    programme, facility = make.programme(), make.facility()
    slot, student = make.slot(facility), make.student(programme)
    parts = {"programmes": [programme], "slots": [slot], "students": [student]}
    ranking = make.round(programme.school, name="Ranking now", **parts)
    released = make.round(programme.school, phase=Phase.RELEASED, name="Long decided", **parts)
    draft = make.round(programme.school, phase=Phase.DRAFT, name="Not announced", **parts)
    make.round(name="Somebody else's", phase=Phase.RANKING)
    people = {"student": student, "contact": make.contact(facility), "coordinator": None}
    sign_in(client, people[role] or make.coordinator(programme.school))
    page = client.get("/")
    assert [f"Where {each.name} stands" in page.text for each in (ranking, released, draft)] == [
        True,
        False,
        False,
    ]
    assert 'aria-current="step"' in page.text and "Somebody else" not in page.text
