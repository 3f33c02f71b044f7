"""Clearing: open places for those without one, displaced students first, in fast rounds."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from marketplace.accounts.models import User
from marketplace.applications.models import Consent
from marketplace.capacities import sharing
from marketplace.db import db
from marketplace.errors import Conflict, DomainError, WrongPhase
from marketplace.guests import invitations
from marketplace.mail.models import OutboxMessage
from marketplace.placements import clearing, requests, todo
from marketplace.rounds.models import Round
from marketplace.rounds.phases import Phase
from marketplace.runs.models import Origin
from marketplace.schools.models import School
from tests.factories import Factory, sign_in
from tests.placements.after import RELEASED, Cleared
from tests.rounds.market import DAY, START
from tests.support.client import StrictClient
from tests.support.clock import Clock


@pytest.fixture
def cleared(make: Factory) -> Cleared:
    return Cleared(make)


@pytest.mark.both_databases
def test_capacity_raised_after_release_goes_to_clearing(cleared: Cleared) -> None:
    _one, _two, three, four = cleared.students
    second = cleared.slots[1]
    with pytest.raises(DomainError, match="nothing_open"):
        cleared.open()
    cleared.raise_capacity(second, 3)
    cleared.open()
    assert cleared.phase is Phase.CLEARING
    assert cleared.offered(three) == [second.id] == cleared.offered(four)
    cleared.choose(three, second)
    cleared.choose(four, second)
    assert cleared.settle(day=13.9) == 0, "the window is open for two days"
    assert cleared.settle() == 1
    for student in (three, four):
        found = cleared.standing(student)
        assert found and (found.slot_id, found.origin, found.state) == (
            second.id,
            Origin.CLEARING,
            "proposed",
        )
    assert cleared.settle(day=15) == 0


def test_displaced_students_come_first_whatever_the_lottery_and_the_tiers_say(cleared: Cleared) -> None:
    one, two, three, _four = cleared.students
    second = cleared.slots[1]
    cleared.refuse(one)
    cleared.decline(two)
    cleared.open()
    for student in (three, one):
        cleared.choose(student, second)
    assert cleared.offered(two) == [cleared.slots[0].id], "who declined a place is not offered it again"
    cleared.settle()
    assert cleared.standing(one) and not cleared.standing(three)


def test_facilities_consent_as_in_the_round(cleared: Cleared) -> None:
    one, two, three, four = cleared.students
    first, second = cleared.slots
    cleared.decline(one)
    cleared.open()
    assert cleared.offered(three) == [] == cleared.offered(four), "slot 1 named students 1 and 2 only"
    assert cleared.offered(two) == [], "who holds a place has nothing to choose"
    with pytest.raises(DomainError, match="not_offered"):
        cleared.choose(three, first)
    assert second.id not in cleared.offered(one)


def test_a_place_not_applied_to_needs_the_signed_consent(cleared: Cleared) -> None:
    *_others, four = cleared.students
    second = cleared.slots[1]
    cleared.raise_capacity(second, 2)
    cleared.open()
    count = sa.select(sa.func.count()).select_from(Consent)
    before = cleared.read(lambda: db.session.scalar(count))
    with pytest.raises(DomainError, match="signature"):
        cleared.choose(four, second, sign=False)
    cleared.choose(four, second)
    assert cleared.read(lambda: db.session.scalar(count)) == (before or 0) + 1


def test_a_round_is_not_closed_while_students_choose(
    cleared: Cleared, client: StrictClient, clock: Clock
) -> None:
    cleared.raise_capacity(cleared.slots[1], 2)
    cleared.open()
    with pytest.raises(Conflict, match="clearing_open"):
        cleared.close(day=13)
    clock.set(START + 13 * DAY)
    sign_in(client, cleared.coordinator)
    said = client.post(f"/rounds/{cleared.round_id}/close", follow_redirects=True).text
    assert "Close the round once these are given out" in said and "Students choose until" in said
    cleared.settle()
    cleared.close(day=15)
    assert cleared.phase is Phase.CLOSED


def test_a_round_closes_by_itself_only_when_no_window_is_open(cleared: Cleared) -> None:
    cleared.raise_capacity(cleared.slots[1], 2)
    cleared.open(day=RELEASED + 89)
    assert cleared.acts(RELEASED + 90) == []
    assert cleared.phase is Phase.CLEARING
    cleared.acts(RELEASED + 91)
    assert cleared.acts(RELEASED + 92) == ["closed"]


def test_a_window_left_open_by_a_closed_round_is_on_no_page(
    cleared: Cleared, client: StrictClient, clock: Clock
) -> None:
    """As it is in rounds that were closed over their clearing."""
    *_others, four = cleared.students
    cleared.raise_capacity(cleared.slots[1], 2)
    cleared.open()
    with cleared.committed():
        db.session.get_one(Round, cleared.round_id).phase = Phase.CLOSED
    clock.set(START + 13 * DAY)
    with cleared.make.app.test_request_context():
        assert todo.contribute(cleared.make.actor(four), cleared.at(13)) == []
    sign_in(client, four)
    assert "Places are open" not in client.get(f"/rounds/{cleared.round_id}/placement").text


def test_a_window_that_closed_takes_no_choice(cleared: Cleared) -> None:
    *_others, four = cleared.students
    cleared.raise_capacity(cleared.slots[1], 2)
    cleared.open()
    with pytest.raises(DomainError, match="clearing_open"):
        cleared.open()
    with pytest.raises(WrongPhase):
        cleared.choose(four, cleared.slots[1], day=14)
    cleared.settle()
    assert "Spring: no place this time" in cleared.told(four)
    cleared.open(day=15)
    assert cleared.read(lambda: len(clearing.all_of(cleared.round_id))) == 2


def test_who_chose_nothing_is_not_told_that_others_were_preferred(cleared: Cleared) -> None:
    """Two want one place; student 1, who lost theirs, looks on."""
    one, _two, three, four = cleared.students
    cleared.refuse(one)
    cleared.raise_capacity(cleared.slots[1], 2)
    cleared.open()
    for student in (three, four):
        cleared.choose(student, cleared.slots[1])
    cleared.settle()
    query = sa.select(OutboxMessage.recipient, OutboxMessage.body).where(
        OutboxMessage.subject == "Spring: no place this time"
    )
    said = {address: body for address, body in cleared.read(lambda: db.session.execute(query).all())}
    (loser,) = (s.user.email for s in (three, four) if cleared.standing(s) is None)
    assert said.keys() == {one.user.email, loser}
    assert "No place that you chose" in said[loser] and "you had chosen none" in said[one.user.email]
    assert all("\nSign in: http" in body for body in said.values()), "where to go on stands in every mail"


def test_lottery_numbers_stay_the_rounds(make: Factory) -> None:
    """Two want one place, and the slot takes anyone: the better number of the round has it."""
    from marketplace.rounds import lottery
    from marketplace.runs import matching_adapter
    from marketplace.runs.queries import official_run

    market = Cleared(make)
    _one, _two, three, four = market.students
    market.raise_capacity(market.slots[1], 2)
    market.open()
    market.choose(three, market.slots[1])
    market.choose(four, market.slots[1])
    market.settle()
    students, _slots = market.codes()
    codes = {i: code for code, i in students.items()}

    def seed() -> str:
        run = official_run(market.round_id)
        assert run and run.result
        return matching_adapter.read_result(run.result).lottery.seed

    drawn = market.read(seed)
    better = min((three, four), key=lambda s: lottery.number(drawn, codes[s.id]))
    assert market.standing(better) is not None
    assert sum(1 for s in (three, four) if market.standing(s)) == 1


def test_nothing_on_pages_or_in_mail_names_another_student(
    cleared: Cleared, client: StrictClient, clock: Clock
) -> None:
    """Canary: a student's pages and everybody's mail after the release hold no other student's name."""
    one, two, three, four = cleared.students
    cleared.refuse(one)
    cleared.confirm(two)
    with cleared.committed():
        requests.ask_as_student(
            cleared.make.actor(two), cleared.round_id, reason="We move.", now=cleared.at(11)
        )
    cleared.raise_capacity(cleared.slots[1], 2)
    cleared.open()
    cleared.choose(three, cleared.slots[1])
    clock.set(START + 13 * DAY)
    sign_in(client, four)
    pages = ["placement", "clearing", "result"]
    for page in pages:
        text = client.get(f"/rounds/{cleared.round_id}/{page}").text
        for other in (one, two, three):
            assert other.user.name not in text, page
    cleared.settle(day=20)
    names = [student.user.name for student in cleared.students]
    since = cleared.at(RELEASED) - timedelta(hours=1)
    query = sa.select(OutboxMessage).where(OutboxMessage.created_at > since)
    mails = cleared.read(lambda: db.session.scalars(query).all())
    assert len(mails) > 10
    for mail in mails:
        assert not any(name in mail.body + mail.subject for name in names), mail.subject


def test_a_student_chooses_on_the_page(cleared: Cleared, client: StrictClient, clock: Clock) -> None:
    *_others, four = cleared.students
    second = cleared.slots[1]
    cleared.raise_capacity(second, 2)
    cleared.open()
    clock.set(START + 13 * DAY)
    sign_in(client, four)
    address = f"/rounds/{cleared.round_id}/clearing"
    page = client.get(address)
    assert second.title in page.text and "What you agree to" in page.text
    refused = client.post(address, data={f"choice-{second.id}": "1", "signature": "Somebody"})
    assert refused.status_code == 422 and "Type your name" in refused.text and "Somebody" in refused.text
    client.post(address, data={f"choice-{second.id}": "1", "signature": four.user.name})
    assert '<option value="1" selected>' in client.get(address).text


def test_a_host_without_an_account_gets_a_link_again_for_whoever_comes_later(cleared: Cleared) -> None:
    *_others, four = cleared.students
    with cleared.committed():
        db.session.get_one(User, cleared.contact.id).password = None

    def links(day: float) -> int:
        with cleared.committed():
            return invitations.send_due(cleared.at(day))

    assert (links(10), links(10.5)) == (2, 0), "one for each slot, once"
    cleared.raise_capacity(cleared.slots[1], 2)
    cleared.open()
    cleared.choose(four, cleared.slots[1])
    cleared.settle()
    assert (links(15), links(15.5)) == (1, 0), "for the slot to which somebody came"


def four_choose(market: Cleared, places: int) -> None:
    """Slot 2 gets more places; student 1, who was refused by slot 1, chooses it, and so do 3 and 4."""
    one, _two, three, four = market.students
    market.refuse(one)
    market.raise_capacity(market.slots[1], places)
    market.open()
    for student in (one, three, four):
        market.choose(student, market.slots[1])
    market.settle()


def test_clearing_keeps_to_the_shares_of_schools_counting_who_is_there(make: Factory) -> None:
    class Shared(Cleared):
        def play(self) -> None:
            contact, second = self.make.actor(self.contact), self.slots[1]
            self.raise_capacity(second, 3)
            with self.committed():
                sharing.share(contact, second.id, {self.school.id: 3}, now=self.at(0.5))
            self.raise_capacity(second, 1)
            super().play()

    market = Shared(make)
    one, two, three, four = market.students
    four_choose(market, 5)
    there = [s for s in (one, two, three, four) if market.standing(s)]
    assert len(there) == 3 and one in there and two in there, (
        "three of the school, two of them since clearing"
    )


def test_clearing_keeps_to_the_limit_in_another_state_over_both_its_passes(make: Factory) -> None:
    market = Cleared(make)
    one, two, three, four = market.students
    with market.committed():
        db.session.execute(sa.update(School).values(state="MN", out_of_state_limit=2))
    four_choose(market, 5)
    assert market.standing(one) and market.standing(two)
    assert not market.standing(three) and not market.standing(four), "the one who came first filled the limit"
