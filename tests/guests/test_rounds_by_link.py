"""Choose, certify, confirm and read results by link: never without the code, never before the release."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
import sqlalchemy as sa
from flask import Flask

from marketplace.accounts.models import User
from marketplace.applications.models import Disclosure
from marketplace.db import db, transaction
from marketplace.facilities.models import Facility
from marketplace.links import services as links
from marketplace.links.models import LinkToken, Purpose
from marketplace.links.services import Subject
from marketplace.rankings import queries
from marketplace.rankings.models import RankList
from marketplace.results.models import HostAnswer
from marketplace.rounds.models import Round
from marketplace.runs import nightly
from marketplace.runs.models import Placement
from marketplace.slots.models import Slot
from marketplace.students.models import Student
from tests.conftest import new_client
from tests.factories import Factory, sign_in
from tests.guests.conftest import Post
from tests.support.client import StrictClient
from tests.support.clock import Clock

SECRET_NAME = "Zelda Canary"


@dataclass
class Market:
    """A round in ranking: one slot, its contact without a password, two applicants, a coordinator."""

    app: Flask
    make: Factory
    facility: Facility
    slot: Slot
    round: Round
    students: list[Student]
    contact: User
    coordinator: User

    def current(self) -> RankList | None:
        """The newest version of the slot's list."""
        with self.app.app_context():
            found = queries.current(queries.Owner(self.round.id, slot_id=self.slot.id))
            db.session.expunge_all()
            return found

    def in_force(self) -> RankList | None:
        """The certified version of the slot's list."""
        with self.app.app_context():
            found = queries.in_force(queries.Owner(self.round.id, slot_id=self.slot.id))
            db.session.expunge_all()
            return found

    def ended(self) -> list[str]:
        """What was said where a placement ended."""
        query = sa.select(Placement.end_note).where(Placement.ended_at.is_not(None))
        with self.app.app_context():
            return list(db.session.scalars(query))

    @property
    def about(self) -> Subject:
        return Subject(self.facility.id, self.slot.id, self.round.id)


@pytest.fixture
def market(app: Flask, make: Factory) -> Market:
    programme, facility = make.programme(), make.facility("Fictional Bay Hospital")
    slot = make.slot(facility, "Coding and records")
    students = [make.student(programme, SECRET_NAME), make.student(programme, "Ada Example")]
    round_ = make.round(programme.school, programmes=[programme], slots=[slot], students=students)
    for student in students:
        make.student_list(round_, student, [slot])
    contact = make.contact(facility, "Cleo Contact")
    with app.app_context(), transaction() as session:
        session.execute(sa.update(User).where(User.id == contact.id).values(password=None))
    coordinator = make.coordinator(programme.school, "Dee Coordinator")
    return Market(app, make, facility, slot, round_, students, contact, coordinator)


SendLink = Callable[..., str]


def step_up(client: StrictClient, page: str, address: str, post: Post) -> None:
    """Have the code sent, and type it."""
    client.submit(page, button="Send me the code")
    client.submit(page, {"code": post.code(address)}, button="Go on")


def test_nothing_of_a_student_before_the_code(
    client: StrictClient, market: Market, send_link: SendLink, post: Post
) -> None:
    page = send_link(Purpose.RANK, market.contact.email, market.about)
    sub = (f"{page}/certify", f"{page}/applicants/1", f"{page}/applicants/2")
    for address in (page, *sub):
        text = client.get(address, follow_redirects=True).get_data(as_text=True)
        assert SECRET_NAME not in text and "a code from your mail" in text
    assert client.post(page, data={"save": "draft", "base_version": "0"}).status_code == 302
    assert market.current() is None
    step_up(client, page, market.contact.email, post)
    assert SECRET_NAME in client.get(page).get_data(as_text=True)
    other = new_client(market.app)
    assert SECRET_NAME not in other.get(page).get_data(as_text=True), "the code counts for one browser"


@pytest.mark.both_databases
def test_a_wrong_code_opens_nothing_and_wears_the_right_one_out(
    client: StrictClient, market: Market, send_link: SendLink, post: Post
) -> None:
    page = send_link(Purpose.RANK, market.contact.email, market.about)
    client.submit(page, button="Send me the code")
    right = post.code(market.contact.email)
    wrong = f"{(int(right) + 1) % 1_000_000:06d}"
    for _ in range(links.CODE_TRIES):
        client.submit(page, {"code": wrong}, button="Go on")
    client.submit(page, {"code": right}, button="Go on")
    assert SECRET_NAME not in client.get(page).get_data(as_text=True)
    client.submit(page, button="Send me another code")
    client.submit(page, {"code": post.code(market.contact.email)}, button="Go on")
    assert SECRET_NAME in client.get(page).get_data(as_text=True)


def test_a_code_and_its_pass_end(
    client: StrictClient, market: Market, send_link: SendLink, post: Post, clock: Clock
) -> None:
    page = send_link(Purpose.RANK, market.contact.email, market.about)
    client.submit(page, button="Send me the code")
    clock.advance(minutes=16)
    client.submit(page, {"code": post.code(market.contact.email)}, button="Go on")
    assert SECRET_NAME not in client.get(page).get_data(as_text=True)
    step_up(client, page, market.contact.email, post)
    clock.advance(hours=5)
    assert SECRET_NAME not in client.get(page).get_data(as_text=True)


def test_codes_are_few_and_kept_as_digests(
    client: StrictClient, market: Market, send_link: SendLink, post: Post
) -> None:
    page = send_link(Purpose.RANK, market.contact.email, market.about)
    secret = page.rsplit("/", 1)[-1]
    for _ in range(links.CODES_A_TOKEN + 3):
        client.post(f"/link/{secret}/code")
    sent = [m for m in post.all(market.contact.email) if "Your code is" in m.body]
    assert len(sent) == links.CODES_A_TOKEN
    code = post.code(market.contact.email)
    with market.app.app_context():
        kept = db.session.scalars(sa.select(LinkToken.code_sha256)).one()
        assert kept != code and len(kept or "") == 64


def test_a_contact_without_an_account_chooses_and_certifies(
    client: StrictClient, market: Market, send_link: SendLink, post: Post
) -> None:
    page = send_link(Purpose.RANK, market.contact.email, market.about)
    step_up(client, page, market.contact.email, post)
    first, second = market.students
    client.submit(
        page,
        {f"tier-{second.id}": "1", f"tier-{first.id}": "", "rest": "nobody"},
        button="Review and certify",
    )
    assert market.in_force() is None
    answer = client.submit(f"{page}/certify", button="Certify this list")
    assert "Your list is certified" in answer.get_data(as_text=True)
    saved = market.in_force()
    assert saved is not None and queries.tiers(saved) == [[second.id]] and not saved.then_any
    assert saved.saved_by_id == market.contact.id
    with market.app.app_context():
        assert db.session.execute(sa.select(sa.func.count()).select_from(Disclosure)).scalar_one() >= 2


@pytest.mark.both_databases
def test_the_night_mails_each_link_once_and_only_to_whom_has_no_account(
    app: Flask, market: Market, make: Factory, post: Post, clock: Clock
) -> None:
    signs_in = make.contact(market.facility)
    for _ in range(3):
        with app.app_context():
            assert nightly.run(clock(), wall=clock()).failures == []
        clock.advance(hours=1)
    assert len([m for m in post.all(market.contact.email) if "/rank/" in m.body]) == 1
    assert [m for m in post.all(signs_in.email) if "/rank/" in m.body] == []


@pytest.mark.both_databases
def test_the_result_is_read_only_after_release_and_confirmed(
    client: StrictClient, market: Market, send_link: SendLink, post: Post
) -> None:
    page = send_link(Purpose.RESULT, market.contact.email, market.about)
    market.make.decide(market.round)
    secret = page.rsplit("/", 1)[-1]
    client.post(f"/link/{secret}/code")
    client.post(f"/link/{secret}/check", data={"code": post.code(market.contact.email)})
    text = client.get(page).get_data(as_text=True)
    assert "Results are not out yet" in text and "filled" not in text
    assert not any(student.user.name in text for student in market.students)
    assert client.post(page, data={"answer": "confirmed"}).status_code == 404
    market.make.release(market.round, market.coordinator)
    placed = client.get(page).get_data(as_text=True)
    assert sum(student.user.name in placed for student in market.students) == 1
    client.submit(page, {}, button="Yes, we expect them")
    assert "You confirmed on" in client.get(page).get_data(as_text=True)
    with market.app.app_context():
        assert db.session.scalars(sa.select(HostAnswer.answer)).one().value == "confirmed"


def test_a_question_about_the_result_reaches_the_coordinator(
    client: StrictClient, market: Market, send_link: SendLink, post: Post
) -> None:
    market.make.decide(market.round)
    market.make.release(market.round, market.coordinator)
    page = send_link(Purpose.RESULT, market.contact.email, market.about)
    step_up(client, page, market.contact.email, post)
    refused = client.submit(page, {"note": "  "}, button="Tell the coordinator")
    assert refused.status_code == 422 and "Say what is wrong" in refused.get_data(as_text=True)
    client.submit(page, {"note": "Our dates moved."}, button="Tell the coordinator")
    assert any("Our dates moved." in m.body for m in post.all(market.coordinator.email))


@pytest.mark.both_databases
def test_a_host_by_link_declines_one_student(
    client: StrictClient, market: Market, send_link: SendLink, post: Post, make: Factory
) -> None:
    """After the code, with a reason that the coordinator reads, and not once it was confirmed."""
    market.make.decide(market.round)
    page = send_link(Purpose.RESULT, market.contact.email, market.about)
    assert client.get(f"{page}/decline/1").status_code == 302, "neither code nor result"
    market.make.release(market.round, market.coordinator)
    with market.app.app_context():
        (held,) = db.session.scalars(sa.select(Placement.id)).all()
    decline = f"{page}/decline/{held}"
    for method in ("GET", "POST"):
        early = client.open(decline, method=method, headers={"X-CSRFToken": client.csrf_token()})
        assert early.status_code == 302 and early.headers["Location"].endswith(page), "no code, nothing"
    assert market.ended() == []
    step_up(client, page, market.contact.email, post)
    assert f"{decline}" in client.get(page).text and "Ask to be released" not in client.get(page).text
    assert client.submit(decline, {"reason": "  "}, button="Decline").status_code == 422
    assert client.get(f"{page}/decline/{held + 1}").status_code == 404
    answer = client.submit(decline, {"reason": "Our trainer left."}, button="Decline", follow_redirects=True)
    assert "Declined. The coordinator reads why" in answer.text and market.ended() == ["Our trainer left."]
    assert any("a placement was declined" in m.subject for m in post.all(market.coordinator.email))
    assert client.get(decline).status_code == 404, "it stands no more"


def test_a_host_by_link_who_confirmed_is_bound(
    client: StrictClient, market: Market, send_link: SendLink, post: Post
) -> None:
    market.make.decide(market.round)
    market.make.release(market.round, market.coordinator)
    page = send_link(Purpose.RESULT, market.contact.email, market.about)
    step_up(client, page, market.contact.email, post)
    client.submit(page, {}, button="Yes, we expect them")
    assert "/decline/" not in client.get(page).text
    assert client.post(f"{page}/decline/1", data={"reason": "No desk."}).status_code == 302
    assert market.ended() == []


@pytest.mark.both_databases
def test_a_facility_asks_a_coordinator_to_enter_its_list(
    client: StrictClient, market: Market, post: Post
) -> None:
    """Entered on its behalf, in force only after the facility confirms by its own link."""
    first, second = market.students
    desk = f"/rounds/{market.round.id}/slots/{market.slot.id}/on-behalf"
    coordinator = sign_in(new_client(market.app), market.coordinator)
    fields = {f"tier-{first.id}": "1", f"tier-{second.id}": "2", "rest": "nobody"}
    coordinator.submit(desk, fields, button="Save and ask the facility to confirm")
    assert market.in_force() is None, "not in force yet"
    page = post.link(market.contact.email)
    assert page.startswith("/confirm/")
    step_up(client, page, market.contact.email, post)
    assert market.in_force() is None, "reading is not confirming"
    client.submit(page, button="Certify this list")
    saved = market.in_force()
    assert saved is not None and queries.tiers(saved) == [[first.id], [second.id]]
    assert saved.saved_by_id == market.contact.id
    assert "This list is in force" in client.get(page).get_data(as_text=True)


def test_what_was_not_shown_is_not_confirmed(client: StrictClient, market: Market, post: Post) -> None:
    """A list that changed after the link was sent needs another confirmation."""
    first, second = market.students
    desk = f"/rounds/{market.round.id}/slots/{market.slot.id}/on-behalf"
    coordinator = sign_in(new_client(market.app), market.coordinator)
    coordinator.submit(desk, {f"tier-{first.id}": "1"}, button="Save and ask the facility to confirm")
    page = post.link(market.contact.email)
    step_up(client, page, market.contact.email, post)
    form = client.form(page, button="Certify this list").filled({}, "Certify this list")
    coordinator.submit(desk, {f"tier-{second.id}": "1"}, button="Save and ask the facility to confirm")
    assert client.post(page, data=form).status_code == 409
    assert market.in_force() is None


@pytest.mark.parametrize("certified", [True, False])
def test_a_coordinator_never_sees_the_facilitys_own_list(market: Market, certified: bool) -> None:
    chosen = market.students[0]
    market.make.slot_list(market.round, market.slot, market.contact, [[chosen]], certify=certified)
    coordinator = sign_in(new_client(market.app), market.coordinator)
    desk = f"/rounds/{market.round.id}/slots/{market.slot.id}/on-behalf"
    form = coordinator.form(desk, button="Save and ask the facility to confirm").filled(
        {}, "Save and ask the facility to confirm"
    )
    assert form[f"tier-{chosen.id}"] in ("", [""])


def test_a_contact_who_is_none_any_more_opens_nothing(
    client: StrictClient, market: Market, send_link: SendLink, post: Post
) -> None:
    page = send_link(Purpose.RANK, market.contact.email, market.about)
    step_up(client, page, market.contact.email, post)
    with market.app.app_context(), transaction() as session:
        session.execute(sa.text("DELETE FROM membership WHERE user_id = :id"), {"id": market.contact.id})
    assert client.get(page).status_code == 404


def test_mail_bounces_and_the_mended_address_gets_one_link(
    client: StrictClient, make: Factory, market: Market, post: Post
) -> None:
    """Seen on the sender's to-do list, address mended, resent once; the old link is dead."""
    coordinator = sign_in(new_client(market.app), market.coordinator)
    coordinator.submit("/links", {"email": "tpyo@clinic.example"}, button="Send the link")
    old = post.link("tpyo@clinic.example")
    with market.app.app_context(), transaction() as session:
        session.execute(
            sa.text("UPDATE outbox_message SET error = 'no such mailbox' WHERE key LIKE 'link:%'")
        )
    assert "could not be delivered" in coordinator.get("/").get_data(as_text=True)
    with market.app.app_context():
        link_id = db.session.execute(sa.text("SELECT max(id) FROM email_link")).scalar_one()
    for _ in range(2):
        coordinator.submit(f"/links/{link_id}", {"email": "typo@clinic.example"}, button="Save and send")
    assert len(post.all("typo@clinic.example")) == 1
    assert client.get(old).status_code == 410
    assert client.get(post.link("typo@clinic.example")).status_code == 200
    assert "could not be delivered" not in coordinator.get("/").get_data(as_text=True)


def test_a_link_taken_back_is_dead_for_good(client: StrictClient, market: Market, post: Post) -> None:
    coordinator = sign_in(new_client(market.app), market.coordinator)
    coordinator.submit("/links", {"email": "host@clinic.example"}, button="Send the link")
    page = post.link("host@clinic.example")
    coordinator.submit("/links", button="Take back host@clinic.example")
    assert client.get(page).status_code == 410
    client.post(f"/link/{page.rsplit('/', 1)[-1]}/new")
    assert len(post.all("host@clinic.example")) == 1
