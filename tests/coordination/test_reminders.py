"""Reminding people with one click: who, with which words, once a day, and nothing about anyone else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from marketplace.audit.models import AuditEvent
from marketplace.coordination import audience, preassigning, reminders
from marketplace.coordination.models import Reminder, ReminderKind
from marketplace.db import db, transaction
from marketplace.errors import WrongPhase
from marketplace.mail.models import OutboxMessage
from marketplace.rounds import queries as rounds
from marketplace.rounds.models import Round
from marketplace.rounds.phases import Phase
from marketplace.students.models import Student
from tests.couples.market import Couples
from tests.factories import Factory, sign_in
from tests.rounds.market import DAY, START
from tests.support.client import StrictClient
from tests.support.clock import Clock
from tests.support.threads import run_together


@dataclass
class Scene:
    """A round while lists are open: one student in each state, one slot answered and two not."""

    round: Round
    coordinator: object
    students: dict[str, str]
    titles: dict[str, str]


@pytest.fixture
def scene(make: Factory) -> Scene:
    """Sam certified, Dora saved a draft, Nell applied and saved nothing, Idle applied nowhere."""
    school = make.school()
    programme = make.programme(school)
    answering, quiet = make.facility("Answering Hospital"), make.facility("Quiet Hospital")
    answered = make.slot(answering, "Answered slot")
    first, second = make.slot(quiet, "First quiet slot"), make.slot(quiet, "Second quiet slot")
    people = {name: make.student(programme, name) for name in ("Sam", "Dora", "Nell", "Idle")}
    round_ = make.round(
        school,
        phase=Phase.RANKING,
        programmes=[programme],
        slots=[answered, first, second],
        students=people.values(),
    )
    for name in ("Sam", "Dora", "Nell"):
        for slot in (answered, first, second):
            make.application(round_, people[name], slot)
    make.student_list(round_, people["Sam"], [answered, first])
    make.student_list(round_, people["Dora"], [answered], certify=False)
    voice = make.contact(answering, "Ann Swering")
    make.slot_list(round_, answered, voice, [[people["Sam"]]])
    make.contact(quiet, "Quentin Quiet")
    return Scene(
        round_,
        make.coordinator(school, "Cora Ordinator"),
        {name: student.user.email for name, student in people.items()},
        {"answered": answered.title, "first": first.title, "second": second.title},
    )


def outbox(app: Flask) -> dict[str, OutboxMessage]:
    """Reminders in the outbox by recipient; two to one person are an error."""
    with app.app_context():
        found = list(
            db.session.scalars(sa.select(OutboxMessage).where(OutboxMessage.key.contains(":reminder:")))
        )
    assert len({m.recipient for m in found}) == len(found)
    return {m.recipient: m for m in found}


@pytest.mark.parametrize(
    ("kind", "wanted"),
    [("no-application", {"Idle"}), ("no-list", {"Nell", "Idle"}), ("draft-only", {"Dora"})],
)
def test_each_kind_reaches_exactly_those_it_is_about(
    app: Flask, client: StrictClient, scene: Scene, kind: str, wanted: set[str]
) -> None:
    sign_in(client, scene.coordinator)
    page = f"/rounds/{scene.round.id}/remind/{kind}"
    shown = client.get(page).text
    assert outbox(app) == {}, "opening the page sends nothing"
    assert {name for name in scene.students if f">{name}<" in shown} == wanted
    noun = "reminder" if len(wanted) == 1 else "reminders"
    assert client.submit(page, button=f"Send {len(wanted)} {noun}").status_code == 302
    assert set(outbox(app)) == {scene.students[name] for name in wanted}


def test_what_is_shown_is_what_is_sent(app: Flask, client: StrictClient, scene: Scene) -> None:
    sign_in(client, scene.coordinator)
    page = f"/rounds/{scene.round.id}/remind/draft-only"
    shown = client.get(page).text
    client.submit(page, button="Send 1 reminder")
    sent = outbox(app)[scene.students["Dora"]]
    for line in [sent.subject, *sent.body.split("\n")]:
        assert str(line).replace("'", "&#39;") in shown
    assert "EST" in sent.body and "UTC" in sent.body, "a deadline stands in both zones"


def test_a_contact_gets_one_mail_about_their_own_slots_alone(
    app: Flask, client: StrictClient, scene: Scene
) -> None:
    """Nothing of who applied, who ranked, or another facility stands in it."""
    sign_in(client, scene.coordinator)
    client.submit(f"/rounds/{scene.round.id}/remind/no-answer", button="Send 1 reminder")
    (sent,) = outbox(app).values()
    assert scene.titles["first"] in sent.body and scene.titles["second"] in sent.body
    assert scene.titles["answered"] not in sent.body and "Answering" not in sent.body
    assert not any(name in sent.body for name in scene.students)


def test_nobody_is_reminded_twice_on_a_day_of_the_round(
    app: Flask, client: StrictClient, scene: Scene, clock: Clock
) -> None:
    """The day is the round's own; the next day they can be reminded again."""
    sign_in(client, scene.coordinator)
    page = f"/rounds/{scene.round.id}/remind/draft-only"
    client.submit(page, button="Send 1 reminder")
    assert "reminded today" in client.get(page).text
    answer = client.post(page, follow_redirects=True)
    assert "nobody left to remind today" in answer.text and len(outbox(app)) == 1
    clock.advance(days=1)
    client.submit(page, button="Send 1 reminder")
    with app.app_context():
        days = list(db.session.scalars(sa.select(Reminder.day).order_by(Reminder.day)))
    assert days[1] - days[0] == timedelta(days=1)


def test_who_certified_after_the_page_was_opened_gets_nothing(
    app: Flask, client: StrictClient, make: Factory, scene: Scene
) -> None:
    sign_in(client, scene.coordinator)
    page = f"/rounds/{scene.round.id}/remind/no-list"
    form = client.form(page, button="Send 2 reminders")
    with app.app_context():
        round_ = rounds.coordinated(make.actor(scene.coordinator), scene.round.id)
        nell = next(p for p in audience.of(round_, ReminderKind.NO_LIST, make.now()).due if p.name == "Nell")
        row = next(r for r in rounds.participants(round_.id) if r.student.user_id == nell.user_id).student
        slot = rounds.round_slots(round_.id)[0].slot
    make.student_list(scene.round, row, [slot])
    client.post(page, data=form.values, csrf=False)
    assert set(outbox(app)) == {scene.students["Idle"]}


def test_tables_and_home_say_who_was_reminded(client: StrictClient, scene: Scene, clock: Clock) -> None:
    """The to-do row asks to remind, then is calm for the day; the tables keep the date."""
    sign_in(client, scene.coordinator)
    base = f"/rounds/{scene.round.id}"
    assert f"{base}/remind/draft-only" in client.get(base).text
    for kind in ("draft-only", "no-answer"):
        client.submit(f"{base}/remind/{kind}", button="Send 1 reminder")
    home = client.get(base).text
    assert f"{base}/remind/draft-only" not in home and "Reminded today" in home
    day = f"{clock().astimezone(scene.round.zone):%a, %b} {clock().astimezone(scene.round.zone).day}"
    assert client.get(f"{base}/students?show=draft").text.count(day) == 1
    assert client.get(f"{base}/slot-states").text.count(day) == 2, "both slots of the contact's facility"


def test_a_slot_without_a_contact_is_named(app: Flask, client: StrictClient, make: Factory) -> None:
    school = make.school()
    programme = make.programme(school)
    slot, student = make.slot(title="Nobody speaks for it"), make.student(programme)
    round_ = make.round(school, programmes=[programme], slots=[slot], students=[student])
    make.application(round_, student, slot)
    sign_in(client, make.coordinator(school))
    page = client.get(f"/rounds/{round_.id}/remind/no-answer").text
    assert "Nobody speaks for it" in page and "no contact" in page and "Send 1" not in page


def test_after_the_deadline_nobody_is_reminded(
    app: Flask, client: StrictClient, scene: Scene, clock: Clock, make: Factory
) -> None:
    """A page opened in time and posted late sends nothing and says so."""
    sign_in(client, scene.coordinator)
    page = f"/rounds/{scene.round.id}/remind/draft-only"
    clock.set(scene.round.ranking_closes_at)
    assert "Nobody was reminded" in client.post(page, follow_redirects=True).text
    assert client.get(page).status_code == 302 and outbox(app) == {}
    with app.app_context(), pytest.raises(WrongPhase):
        actor = make.actor(scene.coordinator)
        reminders.send(
            actor,
            rounds.coordinated(actor, scene.round.id),
            ReminderKind.NO_LIST,
            link="/",
            now=clock(),
        )


def test_a_student_who_can_apply_no_more_reads_the_truth(
    app: Flask, client: StrictClient, scene: Scene, clock: Clock
) -> None:
    """Who applied nowhere is not told to make a list, which they could not do."""
    sign_in(client, scene.coordinator)
    clock.set(scene.round.applying_closes_at)
    client.submit(f"/rounds/{scene.round.id}/remind/no-list", button="Send 2 reminders")
    sent = outbox(app)
    assert "applications are closed" in sent[scene.students["Idle"]].body
    assert "You have no list" in sent[scene.students["Nell"]].body


def test_who_needs_no_list_of_their_own_is_not_asked_for_one(make: Factory, client: StrictClient) -> None:
    """A couple's list of pairs counts for both, once both certified it; a place given needs none."""
    market = Couples(make, students=4, slots=2)
    market.everyone_applies()
    market.acts(4)
    one, two, given, silent = market.students
    market.couple(one, two)
    version = market.pairs(one, [(market.slots[0], market.slots[1])])
    coordinator, now = make.actor(market.coordinator), START + 5 * DAY
    with market.committed():
        round_ = rounds.coordinated(coordinator, market.round_id, lock=True)
        preassigning.name(coordinator, round_, given.id, market.slots[0].id, reason="Their project.", now=now)

    def asked() -> set[int]:
        found = market.read(lambda: audience.of(market.round, ReminderKind.NO_LIST, now).due)
        return {person.user_id for person in found}

    def own(student: Student) -> str:
        client.delete_cookie("session")
        return str(sign_in(client, student).get("/").text)

    make.app.config["CLOCK"].set(now)
    assert asked() == {one.user_id, two.user_id, silent.user_id}, "nobody certified the pairs"
    assert "Rank your 2 applications" in own(one)
    market.certify(one, version)
    market.certify(two, version)
    assert asked() == {silent.user_id}
    for student in (one, two):
        assert "Rank your" not in own(student) and "Your list of pairs for Spring is certified" in own(
            student
        )
    assert "Rank your" not in own(given) and "Rank your 2 applications" in own(silent)
    market.withdraw(given, market.slots[0], day=5)
    assert given.user_id in asked() and "Rank your 1 application" in own(given), "the place fell away"


@pytest.mark.both_databases
def test_two_coordinators_at_once_remind_once(app: Flask, make: Factory, scene: Scene) -> None:
    actor = make.actor(scene.coordinator)

    def press() -> int:
        with app.app_context(), transaction():
            round_ = rounds.coordinated(actor, scene.round.id, lock=True)
            return reminders.send(actor, round_, ReminderKind.NO_LIST, link="/", now=make.now())

    assert sorted(run_together([press, press])) == [0, 2]
    assert len(outbox(app)) == 2
    with app.app_context():
        events = list(db.session.scalars(sa.select(AuditEvent).where(AuditEvent.action == "reminded")))
    assert [event.change for event in events] == [{"kind": "no-list", "people": 2}]
