"""Students by CSV: every bad row is said, what would change is shown, and the same file changes nothing."""

from __future__ import annotations

import io

import pytest
import sqlalchemy as sa
from flask import Flask

from marketplace.accounts import services as accounts
from marketplace.accounts.models import Invitation, Role
from marketplace.audit.models import AuditEvent
from marketplace.db import db, transaction
from marketplace.errors import Conflict, NotFound
from marketplace.imports import services, students
from marketplace.imports.models import Upload
from marketplace.mail.models import OutboxMessage
from marketplace.schools.models import Programme
from marketplace.students.models import Student
from marketplace.tables import not_ranks
from tests.conftest import new_client
from tests.factories import Factory, sign_in
from tests.imports.files import confirm, upload
from tests.support.client import StrictClient
from tests.support.clock import Clock
from tests.support.threads import run_together

HEAD = "Name,E-mail,Programme\n"
CLASS = HEAD + "Ada Lake,ada@college.example,HIT\nBo Pine,bo@college.example,hit \n"


@pytest.fixture
def programme(make: Factory, client: StrictClient) -> Programme:
    """A programme called HIT whose coordinator is signed in."""
    made = make.programme(name="HIT")
    sign_in(client, make.coordinator(made.school))
    return made


def open_invitations(app: Flask, now: object) -> set[tuple[str, str, int | None]]:
    """(address, name, programme's id) of the invitations that can be accepted."""
    with app.app_context():
        found = db.session.scalars(
            sa.select(Invitation).where(Invitation.expires_at > now).order_by(Invitation.id)
        )
        return {(each.email, each.name, each.programme_id) for each in found}


def mails(app: Flask) -> list[OutboxMessage]:
    with app.app_context():
        return list(db.session.scalars(sa.select(OutboxMessage).order_by(OutboxMessage.id)))


def test_a_class_is_shown_then_invited(
    app: Flask, client: StrictClient, programme: Programme, clock: Clock
) -> None:
    """Nothing is sent by looking; confirming sends one invitation each, and forgets the file."""
    page = upload(client, "students", CLASS)
    assert page.status_code == 200 and "Ada Lake, ada@college.example" in page.text
    assert "is invited to HIT" in page.text and mails(app) == []
    assert "2 new, 0 changed" in confirm(client, "students").text
    assert open_invitations(app, clock()) == {
        ("ada@college.example", "Ada Lake", programme.id),
        ("bo@college.example", "Bo Pine", programme.id),
    }
    assert [m.recipient for m in mails(app)] == ["ada@college.example", "bo@college.example"]
    assert mails(app)[0].body.startswith("Hello Ada Lake,")
    with app.app_context():
        assert db.session.scalars(sa.select(Upload)).all() == []
        event = db.session.scalars(
            sa.select(AuditEvent).where(AuditEvent.action == "imported students")
        ).one()
        assert event.change == {"new": 2, "changed": 0, "unchanged": 0, "kept": 0}


def test_the_same_file_again_changes_nothing(app: Flask, client: StrictClient, programme: Programme) -> None:
    upload(client, "students", CLASS)
    confirm(client, "students")
    page = upload(client, "students", CLASS)
    assert "Nothing would change" in page.text and "2 rows stand already" in page.text
    assert len(mails(app)) == 2


def test_the_invited_find_their_name_filled_in(
    app: Flask, client: StrictClient, programme: Programme
) -> None:
    upload(client, "students", CLASS)
    confirm(client, "students")
    link = next(line for line in mails(app)[0].body.split() if "/invitations/" in line)
    assert 'value="Ada Lake"' in new_client(app).get(link.removeprefix("http://localhost")).text


def test_a_mended_name_is_no_second_invitation(
    app: Flask, client: StrictClient, programme: Programme, clock: Clock
) -> None:
    upload(client, "students", CLASS)
    confirm(client, "students")
    page = upload(client, "students", CLASS.replace("Ada Lake", "Ada Lakely"))
    assert "the name becomes “Ada Lakely” (was “Ada Lake”)" in page.text
    assert "0 new, 1 changed" in confirm(client, "students").text
    assert ("ada@college.example", "Ada Lakely", programme.id) in open_invitations(app, clock())
    assert len(mails(app)) == 2


def test_a_mended_programme_ends_the_wrong_invitation(
    app: Flask, client: StrictClient, make: Factory, programme: Programme, clock: Clock
) -> None:
    """The old link stops working; one to a second programme that the file names too stays."""
    other = make.programme(programme.school, "HIM")
    upload(client, "students", CLASS)
    confirm(client, "students")
    page = upload(client, "students", HEAD + "Ada Lake,ada@college.example,HIM\n")
    assert "is invited to HIM; the unanswered invitation to HIT ends" in page.text
    confirm(client, "students")
    clock.advance(seconds=1)
    assert open_invitations(app, clock()) == {
        ("bo@college.example", "Bo Pine", programme.id),
        ("ada@college.example", "Ada Lake", other.id),
    }
    both = HEAD + "Ada Lake,ada@college.example,HIM\nAda Lake,ada@college.example,HIT\n"
    assert "ends" not in upload(client, "students", both).text.split("<main")[1].replace("sends", "")
    confirm(client, "students")
    assert len(open_invitations(app, clock())) == 3


def test_students_and_people_who_asked(
    app: Flask, client: StrictClient, make: Factory, programme: Programme
) -> None:
    """Who is in stays as they are, name included; who asked to join is taken in."""
    known, asking = make.student(programme, "Known Name"), make.student(programme, "Asks", approved=False)
    text = f"{HEAD}Other Name,{known.user.email.upper()},HIT\nAsks,{asking.user.email},HIT\n"
    page = upload(client, "students", text)
    assert "asked to join HIT and is taken in" in page.text and "1 row stands already" in page.text
    assert "0 new, 1 changed" in confirm(client, "students").text
    with app.app_context():
        assert db.session.get_one(Student, asking.id).approved_at is not None
        assert db.session.scalars(sa.select(Invitation)).all() == []


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        (HEAD + "Ada,not an address,HIT\n", "2", "is no e-mail address"),
        (HEAD + ",ada@college.example,HIT\n", "2", "this cell is empty"),
        (HEAD + "Ada,ada@college.example,Nursing\n", "2", "your schools have no programme"),
        (
            HEAD + "Ada,ada@college.example,HIT\nAda,ADA@college.example,hit\n",
            "3",
            "already stands in line 2",
        ),
        (HEAD + "Ada,ada@college.example\n", "2", "2 cells, 3 expected"),
        ("Name,Programme\nAda,HIT\n", "1", "this column is missing"),
        (HEAD + "=1+1,ada@college.example,HIT\n", "2", "spreadsheet formula"),
        (HEAD, "file", "the file has no rows"),
        ("PK\x03\x04", "file", "an Excel workbook"),
    ],
)
def test_every_bad_row_is_said_and_nothing_written(
    app: Flask, client: StrictClient, programme: Programme, text: str, line: str, said: str
) -> None:
    """Also the good rows of the file wait; posting past the page is refused."""
    good = "Bo Pine,bo@college.example,HIT\n" if text.startswith(HEAD) and text != HEAD else ""
    page = upload(client, "students", text + good)
    assert said in page.text and "Send the invitations" not in page.text
    assert f'data-label="Line" class="num">{line}</td>' in page.text
    client.post("/school/import/students/check", data={"seal": "x"})
    assert mails(app) == []


def test_a_rank_column_pasted_as_score_is_questioned(
    app: Flask, client: StrictClient, programme: Programme
) -> None:
    """domain.md: rank column pasted as score. It is never read, and that must be acknowledged."""
    text = "Name,E-mail,Programme,Rank\nAda,ada@college.example,HIT,96\nBo,bo@college.example,HIT,71.5\n"
    page = upload(client, "students", text)
    assert "looks like a score, not a rank: it has decimals" in page.text
    refused = client.submit("/school/import/students/check", button="Send the invitations")
    assert refused.status_code == 422 and mails(app) == [] and "Tick this" in refused.text
    assert "2 new" in confirm(client, "students", understood="y").text


@pytest.mark.parametrize(
    ("cells", "why"),
    [
        (["1", "2", "3"], ""),
        (["2", "1", "1", ""], ""),
        (["96", "71"], "it goes up to 96 in a list of 2"),
        (["3.5", "1"], "it has decimals"),
        (["0", "1"], "it has numbers below 1"),
        (["2", "3", "2"], "nobody has rank 1"),
        (["high", "low"], "it holds words"),
        ([], ""),
    ],
)
def test_what_can_be_ranks(cells: list[str], why: str) -> None:
    assert not_ranks(cells) == why


def test_confirming_counts_only_for_what_was_shown(
    app: Flask, client: StrictClient, make: Factory, programme: Programme
) -> None:
    """Somebody changed the class meanwhile: nothing is written, and the page shows the new state."""
    upload(client, "students", CLASS)
    form = client.form("/school/import/students/check", button="Send the invitations")
    colleague = new_client(app)
    sign_in(colleague, make.coordinator(programme.school))
    upload(colleague, "students", HEAD + "Ada Lake,ada@college.example,HIT\n")
    confirm(colleague, "students")
    answer = client.post("/school/import/students/check", data=form.values, csrf=False)
    assert "Something changed meanwhile" in answer.text and len(mails(app)) == 1
    assert "1 new, 0 changed" in confirm(client, "students").text


def test_a_file_is_its_owners_and_is_forgotten(
    app: Flask, client: StrictClient, make: Factory, programme: Programme, clock: Clock
) -> None:
    """A colleague of the same school sees nothing of it; after an hour it is gone, also from the database."""
    upload(client, "students", CLASS)
    colleague = new_client(app)
    sign_in(colleague, make.coordinator(programme.school))
    assert "There is no file" in colleague.get("/school/import/students/check", follow_redirects=True).text
    clock.advance(hours=1)
    assert "There is no file" in client.get("/school/import/students/check", follow_redirects=True).text
    with app.app_context(), transaction():
        assert services.forget_expired(clock()) == 1
    upload(client, "students", CLASS)
    client.submit("/school/import/students/check", button="Forget this file")
    with app.app_context():
        assert db.session.scalars(sa.select(Upload)).all() == []


def test_another_schools_programme_is_unknown(
    app: Flask, client: StrictClient, make: Factory, programme: Programme
) -> None:
    """Names of other schools' programmes are not even told."""
    make.programme(name="Secret programme")
    page = upload(client, "students", HEAD + "Ada,ada@college.example,Secret programme\n")
    assert "your schools have no programme" in page.text and "write one of: HIT" in page.text


def test_two_schools_with_one_programme_name_need_the_school(
    app: Flask, client: StrictClient, make: Factory
) -> None:
    first, second = make.programme(name="HIT"), make.programme(name="HIT")
    person = make.coordinator(first.school)
    with app.app_context(), transaction():
        user = accounts.find_user(person.email)
        assert user is not None
        accounts.grant(None, user, Role.COORDINATOR, now=make.now(), school_id=second.school_id)
    sign_in(client, person)
    assert "add a column School" in upload(client, "students", CLASS).text
    text = f"Name,E-mail,Programme,School\nAda,ada@college.example,HIT,{second.school.name}\n"
    upload(client, "students", text)
    confirm(client, "students")
    assert len(mails(app)) == 1


def test_too_large_and_too_long(client: StrictClient, programme: Programme) -> None:
    page = client.submit(
        "/school/import/students", {"file": (io.BytesIO(b"x" * 400_001), "a.csv")}, button="Check the file"
    )
    assert page.status_code == 422 and "larger than" in page.text
    rows = "".join(f"N{i},n{i}@college.example,HIT\n" for i in range(1001))
    assert "1001 rows, at most 1000 fit" in upload(client, "students", HEAD + rows).text
    none = client.submit("/school/import/students", button="Check the file")
    assert none.status_code == 422 and "Choose a file" in none.text


def test_the_file_to_fill_in_reads_well(client: StrictClient, programme: Programme) -> None:
    """The template is a file the import takes, but for its example's programme."""
    text = client.get("/school/import/students/template.csv").get_data()
    page = upload(client, "students", text)
    assert "your schools have no programme" in page.text and page.text.count('data-label="Line"') == 1


@pytest.mark.both_databases
def test_two_confirmations_at_once_invite_once(app: Flask, make: Factory) -> None:
    programme = make.programme(name="HIT")
    actors = [make.actor(make.coordinator(programme.school)) for _ in range(2)]
    with app.app_context(), transaction():
        for actor in actors:
            services.keep(actor, students.SOURCE, "a.csv", CLASS.encode(), now=make.now())
    with app.app_context():
        seal = services.plan(actors[0], students.SOURCE, CLASS.encode(), now=make.now()).seal

    def press(actor: object) -> str:
        with app.app_context():
            try:
                with transaction():
                    services.confirm(
                        actor, students.SOURCE, seal=seal, understood=False, link="/TOKEN", now=make.now()
                    )
            except (Conflict, NotFound):
                return "refused"
            return "written"

    answers = run_together([lambda a=actor: press(a) for actor in actors])
    assert sorted(answers) == ["refused", "written"] and len(mails(app)) == 2


def test_an_expired_invitation_is_sent_again(
    client: StrictClient, make: Factory, programme: Programme, clock: Clock
) -> None:
    upload(client, "students", CLASS)
    confirm(client, "students")
    clock.advance(days=22)
    sign_in(client, make.coordinator(programme.school))
    page = upload(client, "students", CLASS)
    assert "is invited to HIT" in page.text
