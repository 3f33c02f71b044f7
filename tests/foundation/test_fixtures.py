"""The fixtures keep what they promise: own databases, no open context, a client that refuses sloppy work."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask, has_app_context

from marketplace import access
from marketplace.accounts.models import Role
from marketplace.db import db
from marketplace.rounds.phases import Phase
from marketplace.schools.models import School
from tests.factories import Factory, sign_in
from tests.support.client import StrictClient, UncommittedWork
from tests.support.clock import Clock
from tests.support.forms import forms_of
from tests.support.html import MalformedHtml, RefusedHtml, check_html


@pytest.mark.both_databases
@pytest.mark.parametrize("_time", [1, 2])
def test_each_test_has_a_database_of_its_own(make: Factory, app: Flask, _time: int) -> None:
    make.school("Only once")
    with app.app_context():
        assert db.session.scalar(sa.select(sa.func.count()).select_from(School)) == 1
    assert not has_app_context()


@pytest.mark.both_databases
def test_factories_make_a_whole_round(make: Factory) -> None:
    programme = make.programme()
    student, slot = make.student(programme), make.slot()
    round_ = make.round(
        programme.school, phase=Phase.RANKING, programmes=[programme], slots=[slot], students=[student]
    )
    mine = make.student_list(round_, student, [slot])
    theirs = make.slot_list(round_, slot, make.contact(slot.facility), [[student]], then_any=True)
    assert mine.version == theirs.version == 1 and mine.certified
    assert student.user.name and slot.facility.verified_at and not student.missing
    assert make.actor(student).has(Role.STUDENT)
    assert make.actor(make.coordinator(programme.school)).coordinated_schools == {programme.school_id}
    assert make.actor(make.contact(slot.facility)).facilities == {slot.facility_id}


@pytest.mark.parametrize("phase", list(Phase))
def test_a_round_can_be_made_in_every_phase(make: Factory, phase: Phase) -> None:
    assert make.round(phase=phase).phase is phase


def test_people_sign_in_with_their_password(make: Factory, client: StrictClient) -> None:
    student = make.student()
    assert client.get("/change-password").location == "/sign-in?next=/change-password"
    sign_in(client, student)
    with client.session_transaction() as session:
        assert session["_user_id"] == student.user.fs_uniquifier


def test_the_client_refuses_uncommitted_work(app: Flask, client: StrictClient, clock: Clock) -> None:
    def forgetful() -> str:
        db.session.add(School(name="Lost", city="", state="", created_at=clock()))
        db.session.flush()
        return "saved"

    def bulk() -> str:
        db.session.execute(sa.update(School).values(name="Lost"))
        return "saved"

    for view in (forgetful, bulk):
        app.add_url_rule(f"/{view.__name__}", view_func=access.public(view))
    for view in (forgetful, bulk):
        with pytest.raises(UncommittedWork, match="School"):
            client.get(f"/{view.__name__}")


@pytest.mark.parametrize("body", ["<p><div></div></p>", "<b><i></b></i>", "<ul><li></ul></div>"])
def test_malformed_html_is_refused(body: str) -> None:
    page = "<!doctype html><html lang=en><head><title>x</title></head><body>{}</body></html>"
    check_html(page.format("<p>fine</p>"), "/")
    with pytest.raises(MalformedHtml):
        check_html(page.format(body), "/")


@pytest.mark.parametrize(
    "body",
    [
        '<p style="color: red">x</p>',
        '<p onclick="go()">x</p>',
        "<script>go()</script>",
        '<a href="javascript:go()">x</a>',
        '<img src="https://elsewhere.example/x.png" alt="">',
        '<p id="a">x</p><p id="a">y</p>',
        '<form method="post" action="/"><button>x</button></form>',
        '<form method="get" action="/"><input type="hidden" name="csrf_token" value="x"></form>',
    ],
)
def test_what_the_content_policy_or_a_reader_would_refuse_is_refused(body: str) -> None:
    with pytest.raises(RefusedHtml):
        check_html(
            f"<!doctype html><html lang=en><head><title>x</title></head><body>{body}</body></html>", "/"
        )


def test_a_post_without_token_is_refused(client: StrictClient, make: Factory) -> None:
    data = {"email": make.user().email, "password": "x"}
    assert client.post("/sign-in", data=data, csrf=False).status_code == 400


def test_forms_are_read_as_a_browser_would_send_them() -> None:
    html = """<!doctype html><title>x</title><form method=post action="/there" id=f>
      <input name=a value=1><input type=checkbox name=b value=2 checked><input type=checkbox name=b value=3>
      <select name=c><option value=x>X<option value=y selected>Y</select><textarea name=d>
text</textarea><input name=e disabled value=9><button name=go value=now>Go</button></form>
      <input form=f name=z value=8>"""
    (form,) = forms_of(html, "/here")
    assert form.values == {"a": ["1"], "b": ["2"], "c": ["y"], "d": ["text"], "z": ["8"]}
    assert form.filled({"a": "5"}, "Go")["a"] == "5" and form.filled({}, "Go")["go"] == "now"
    with pytest.raises(AssertionError, match="no field"):
        form.filled({"typo": 1}, None)


def test_the_clock_stands_still_until_set(clock: Clock) -> None:
    before = clock()
    clock.advance(hours=3)
    assert (clock() - before).total_seconds() == 10800
    with pytest.raises(ValueError, match="naive"):
        clock.set(before.replace(tzinfo=None))
