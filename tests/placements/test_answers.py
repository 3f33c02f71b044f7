"""After release both sides confirm or decline by a date; silence is a to-do; one place per course block."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
import sqlalchemy as sa

from marketplace.db import db, transaction
from marketplace.eligibility import queries as eligibility
from marketplace.eligibility.facts import Hindrance, Reason
from marketplace.errors import DomainError, NotFound
from marketplace.mail.models import OutboxMessage
from marketplace.placements import answers, reminders, repairs, requests, todo
from marketplace.placements.models import Side
from marketplace.rounds.models import Round
from marketplace.runs.models import Origin, Placement
from marketplace.slots.models import Slot
from tests.conftest import new_client
from tests.factories import Factory, sign_in
from tests.placements.after import RELEASED, Released
from tests.rounds.market import DAY, START
from tests.support.client import StrictClient
from tests.support.clock import Clock


def test_a_release_begins_a_placement_for_everyone_placed(released: Released) -> None:
    one, two, three, four = released.students
    held = [released.standing(student) for student in (one, two)]
    assert [p and (p.slot_id, p.state, p.origin) for p in held] == [
        (slot.id, "proposed", Origin.MATCH) for slot in released.slots
    ]
    assert released.standing(three) is None and released.standing(four) is None
    due = held[0].answer_by.astimezone(released.round.zone)  # type: ignore[union-attr]
    closing = released.round.ranking_closes_at.astimezone(released.round.zone)
    made = released.at(RELEASED).astimezone(released.round.zone)
    assert due.time() == closing.time(), "the round's closing hour, in its zone"
    assert (due.date() - made.date()).days == released.round.confirm_days


@pytest.mark.both_databases
def test_it_is_confirmed_once_both_sides_have(released: Released) -> None:
    one, _two, *_ = released.students
    released.confirm(one)
    assert released.state(one) == "proposed"
    released.host_confirms(released.slots[0])
    assert released.state(one) == "confirmed"
    released.confirm(one, day=11)
    found = released.standing(one)
    assert found and found.student_confirmed_at == START + 10 * DAY, "a second click changes nothing"


def test_who_declines_says_why_and_the_place_is_open(released: Released) -> None:
    one, *_ = released.students
    with pytest.raises(DomainError, match="missing"):
        released.decline(one, reason=" ")
    before = len(released.told(released.coordinator))
    released.decline(one)
    assert released.state(one) == "declined"
    assert [place.open for place in released.board().places] == [1, 0]
    assert released.told(released.coordinator)[before:] == ["Spring: a placement was declined"]
    reason = "I moved away."
    bodies = released.read(lambda: db.session.scalars(sa.select(OutboxMessage.body)).all())
    assert not any(reason in body or one.user.name in body for body in bodies)
    with pytest.raises(NotFound):
        released.confirm(one)


def test_the_pages_of_the_round_say_what_happened_since(released: Released, clock: Clock) -> None:
    """A student who declined is not told "you are placed" alone; the round's own page says who waits."""
    one, two, *_ = released.students
    released.decline(one)
    released.confirm(two)
    actor = released.make.actor(two)
    with released.committed():
        requests.ask_as_student(actor, released.round_id, reason="I move.", now=released.at(10))
    clock.set(released.at(10.1))
    pages = {}
    for who, path in ((one, "/result"), (two, "/result"), (released.coordinator, "")):
        client = new_client(released.make.app)
        sign_in(client, who)
        pages[who] = client.get(f"/rounds/{released.round_id}{path}").text
    assert "since then it has changed" in pages[one] and "Declined by the student" in pages[one]
    assert "since then it has changed" not in pages[two]
    page = pages[released.coordinator]
    assert "1 request about a placement" in page and "Nothing needs you" not in page


def test_who_confirmed_is_bound(released: Released) -> None:
    one, two, *_ = released.students
    released.confirm(one)
    with pytest.raises(DomainError, match="bound"):
        released.decline(one)
    released.host_confirms(released.slots[1])
    with pytest.raises(DomainError, match="bound"):
        released.refuse(two)


def test_a_host_declines_one_student_and_the_student_comes_first(released: Released) -> None:
    one, *_ = released.students
    released.refuse(one)
    assert released.state(one) == "refused"
    seekers = released.board().seekers
    assert seekers[0].first and seekers[0].row.student_id == one.id
    assert [s.first for s in seekers] == [True, False, False]


def test_silence_after_the_date_declines_nothing_and_is_a_coordinators_to_do(released: Released) -> None:
    one, two, *_ = released.students
    released.confirm(one)
    released.host_confirms(released.slots[0])
    late = released.at(RELEASED + 30)
    actor = released.make.actor(released.coordinator)
    with released.make.app.test_request_context():
        assert [p.student_id for p in released.board().silent(late)] == [two.id]
        items = todo.contribute(actor, late)
        assert len(items) == 1 and "1 placement is not confirmed" in items[0].title
        assert todo.contribute(actor, released.at(RELEASED + 1)) == []
    assert released.state(two) == "proposed"


@pytest.mark.both_databases
def test_whoever_is_silent_is_reminded_once_before_the_date(released: Released) -> None:
    one, two, *_ = released.students
    released.confirm(one)
    held = released.standing(two)
    assert held is not None

    def run(at: object) -> int:
        with released.committed():
            return reminders.send(at)  # type: ignore[arg-type]

    assert run(held.answer_by - timedelta(days=3)) == 0
    assert run(held.answer_by - timedelta(days=1)) == 2, "both placements lack an answer"
    assert run(held.answer_by - timedelta(hours=1)) == 0
    assert released.told(two)[-1:] == ["Spring: please confirm your place"]
    assert "Spring: please confirm your place" not in released.told(one)
    subjects = released.told(released.contact)
    assert sum("please confirm who comes" in subject for subject in subjects) == 2, "one for each slot"


def test_a_coordinator_writes_down_what_was_said_on_the_telephone(released: Released) -> None:
    one, two, *_ = released.students
    actor = released.make.actor(released.coordinator)

    def record(student: object, side: Side, *, confirms: bool) -> None:
        held = released.standing(student)  # type: ignore[arg-type]
        assert held
        with released.committed():
            answers.record(
                actor,
                released.round_id,
                held.id,
                side,
                confirms=confirms,
                reason="by telephone",
                now=released.at(20),
            )

    record(one, Side.STUDENT, confirms=True)
    record(one, Side.HOST, confirms=True)
    assert released.state(one) == "confirmed"
    record(two, Side.HOST, confirms=False)
    assert released.state(two) == "refused"


def test_no_placement_ends_once_the_round_is_closed(
    released: Released, client: StrictClient, clock: Clock
) -> None:
    one, two, *_ = released.students
    released.close()
    held = released.standing(two)
    assert held is not None
    coordinator = released.make.actor(released.coordinator)
    with pytest.raises(DomainError, match="round_over"):
        released.decline(one, day=13)
    with pytest.raises(DomainError, match="round_over"):
        released.refuse(two, day=13)
    for side in Side:
        with pytest.raises(DomainError, match="round_over"), released.committed():
            answers.record(
                coordinator,
                released.round_id,
                held.id,
                side,
                confirms=False,
                reason="by telephone",
                now=released.at(13),
            )
    clock.set(START + 13 * DAY)
    sign_in(client, one)
    assert "placement/decline" not in client.get(f"/rounds/{released.round_id}/placement").text
    assert client.get(f"/rounds/{released.round_id}/placement/decline").status_code == 302
    client.delete_cookie("session")
    sign_in(client, released.contact)
    roster = f"/rounds/{released.round_id}/slots/{held.slot_id}/roster"
    page = client.get(roster).text
    assert two.user.name in page and "host this student" not in page
    assert client.get(f"{roster}/{held.id}/decline").status_code == 302
    client.delete_cookie("session")
    sign_in(client, released.coordinator)
    record = f"/rounds/{released.round_id}/placements/{held.id}/record/host"
    page = client.get(record).text
    assert "They confirm" in page and "They decline" not in page


def another_place(released: Released, *, days: int = 0) -> int:
    """Student 1 got a place in another round too, its dates moved by so many days."""
    make, one = released.make, released.students[0]
    old = released.slots[0]
    shift = timedelta(days=days)
    slot = make.slot(make.facility(), starts_on=old.starts_on + shift, ends_on=old.ends_on + shift)
    make.contact(slot.facility)
    other = make.round(
        released.school, programmes=[released.programme], slots=[slot], students=released.students
    )
    make.application(other, one, slot)
    make.student_list(other, one, [slot])
    make.decide(other)
    make.release(other, released.coordinator)
    return other.id


def test_two_rounds_one_confirmed_placement_per_student_and_course_block(
    released: Released, client: StrictClient, clock: Clock
) -> None:
    one = released.students[0]
    other = another_place(released)
    released.confirm(one)
    sign_in(client, one)
    page = client.get(f"/rounds/{other}/placement")
    assert "You hold another place on these days" in page.text
    answer = client.post(f"/rounds/{other}/placement/confirm", follow_redirects=True)
    assert "You have confirmed “Slot 1”" in answer.text
    later = another_place(released, days=400)
    client.post(f"/rounds/{later}/placement/confirm")
    with released.make.app.app_context():
        query = sa.select(Placement.round_id).where(Placement.student_confirmed_at.is_not(None))
        assert set(db.session.scalars(query)) == {released.round_id, later}


def test_a_coordinator_reads_only_that_there_is_another_place(
    released: Released, client: StrictClient, clock: Clock
) -> None:
    """Where it is may be another school's business."""
    one = released.students[0]
    held, other = released.standing(one), another_place(released)
    with released.committed():
        elsewhere = answers.confirm(released.make.actor(one), other, now=released.at(10)).slot
        hidden = elsewhere.title, elsewhere.facility.name
    clock.set(START + 11 * DAY)
    sign_in(client, released.coordinator)
    assert held is not None
    record = f"/rounds/{released.round_id}/placements/{held.id}/record/student"
    client.post(record, data={"said": "confirms", "reason": "by telephone"})
    page = client.get(f"/rounds/{released.round_id}/placements").text
    assert "The student has confirmed another place on these days" in page
    assert not any(word in page for word in hidden)
    assert released.state(one) == "proposed"


@pytest.mark.both_databases
def test_two_rounds_confirmed_at_the_same_moment_hold_one_place(released: Released) -> None:
    one = released.students[0]
    rounds = [released.round_id, another_place(released)]
    actor = released.make.actor(one)
    outcomes: list[str] = []

    def confirm(round_id: int) -> None:
        try:
            with released.make.app.app_context(), transaction():
                answers.confirm(actor, round_id, now=released.at(10))
            outcomes.append("confirmed")
        except DomainError as error:
            outcomes.append(error.reason)

    threads = [threading.Thread(target=confirm, args=(each,)) for each in rounds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["confirmed", "overlaps"]
    with released.make.app.app_context():
        where = {
            p.slot_id: p
            for p in db.session.scalars(sa.select(Placement).where(Placement.student_id == one.id))
        }
        assert len(where) == 2
        (taken,) = (slot_id for slot_id, p in where.items() if p.student_confirmed_at is not None)
        (other,) = where.keys() - {taken}
        alone = eligibility.of_student(one.id, list(where))
        within = eligibility.of_student(one.id, list(where), db.session.get(Round, where[taken].round_id))
        beyond = eligibility.of_student(one.id, list(where), db.session.get(Round, where[other].round_id))
    placed = Hindrance(Reason.PLACED)
    assert placed in alone[other].blocks and not alone[other].may_apply and placed not in alone[taken].blocks
    assert placed not in within[other].blocks, "within a round a place can be exchanged"
    assert placed in beyond[other].blocks


def test_the_signed_in_host_confirms_on_the_roster(
    make: Factory, released: Released, client: StrictClient, clock: Clock
) -> None:
    clock.set(START + 10 * DAY)
    sign_in(client, released.contact)
    roster = f"/rounds/{released.round_id}/slots/{released.slots[0].id}/roster"
    page = client.get(roster)
    assert "Yes, we expect them" in page.text and "Can't host this student" in page.text
    assert client.post(f"{roster}/answer", data={"answer": "questioned"}).status_code == 422
    client.submit(roster, {}, button="Yes, we expect them")
    page = client.get(roster)
    assert "You confirmed on" in page.text and "Yes, we expect them" not in page.text
    held = released.standing(released.students[0])
    assert held and held.host_confirmed_at is not None


def test_a_host_confirms_only_whom_the_page_showed(
    released: Released, client: StrictClient, clock: Clock
) -> None:
    """A student who came between the look and the press waits for an answer of their own."""
    one, _two, three, _four = released.students
    first, held = released.slots[0], released.standing(one)
    assert held is not None
    with released.committed():
        db.session.get_one(Slot, first.id).capacity = 2
        round_ = db.session.get_one(Round, released.round_id)
        repairs.place(round_, three.id, first.id, origin=Origin.REPAIR, now=released.at(10))
    clock.set(START + 10 * DAY)
    sign_in(client, released.contact)
    roster = f"/rounds/{released.round_id}/slots/{first.id}/roster"
    client.post(f"{roster}/answer", data={"answer": "confirmed", "placement": [str(held.id)]})
    found = [released.standing(student) for student in (one, three)]
    assert [p and p.host_confirmed_at for p in found] == [START + 10 * DAY, None]
    client.submit(roster, {}, button="Yes, we expect them")
    assert "Yes, we expect them" not in client.get(roster).text


def test_a_swap_is_not_student_brokered(released: Released, client: StrictClient, clock: Clock) -> None:
    clock.set(START + 10 * DAY)
    one, two, *_ = released.students
    sign_in(client, one)
    page = client.get(f"/rounds/{released.round_id}/placement").text
    assert "Students can't swap places among themselves" in page and two.user.name not in page
    held = [released.standing(student) for student in (one, two)]
    posts = [rule.rule for rule in released.make.app.url_map.iter_rules() if "swap" in rule.rule]
    assert posts == [] and [p and p.slot_id for p in held] == [slot.id for slot in released.slots]
