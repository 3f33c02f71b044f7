"""The pages of a couple: asking without probing, one list of two people, nothing for anybody else."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa

from marketplace import clock
from marketplace.applications.models import Application
from marketplace.couples import queries
from marketplace.db import db
from marketplace.mail.models import OutboxMessage
from marketplace.rounds.models import Round
from marketplace.students.models import Student
from tests.factories import Factory, sign_in
from tests.support.client import StrictClient

pytestmark = pytest.mark.both_databases


class Two:
    """Two students of a round with couples, and a place."""

    def __init__(self, make: Factory) -> None:
        programme = make.programme()
        self.make = make
        self.p, self.q = make.student(programme, "Pat"), make.student(programme, "Quinn")
        self.a, self.b = make.slot(title="Slot A"), make.slot(title="Slot B")
        self.round = make.round(
            programme.school, programmes=[programme], slots=[self.a, self.b], students=[self.p, self.q]
        )
        with make.app.app_context():
            db.session.get_one(Round, self.round.id).couples = True
            db.session.commit()
        for student in (self.p, self.q):
            for slot in (self.a, self.b):
                make.application(self.round, student, slot)
        self.url = f"/rounds/{self.round.id}/couple"

    def mails(self) -> list[str]:
        with self.make.app.app_context():
            return [m.recipient for m in db.session.query(OutboxMessage).order_by(OutboxMessage.id)]


@pytest.fixture
def two(make: Factory) -> Two:
    return Two(make)


def signed_in(client: StrictClient, student: Student) -> None:
    client.post("/sign-out")
    sign_in(client, student)


def ask(client: StrictClient, two: Two, email: str) -> str:
    signed_in(client, two.p)
    client.post(f"{two.url}/invite", data={"email": email})
    page = client.get(two.url).get_data(as_text=True)
    client.post(f"{two.url}/leave", data={})
    return re.sub(r'value="[^"]*"', "", page.replace(email, "ADDRESS"))


def test_the_answer_is_the_same_whether_or_not_anybody_has_the_address(
    client: StrictClient, two: Two, make: Factory
) -> None:
    foreign = make.student()
    pages = {ask(client, two, email) for email in (two.q.user.email, foreign.user.email, "no@one.example")}
    assert len({page.partition('<div class="stack">')[2].partition("</main")[0] for page in pages}) == 1
    assert two.mails() == [two.q.user.email]


def test_only_so_many_invitations_a_round(client: StrictClient, two: Two) -> None:
    for number in range(5):
        ask(client, two, f"no{number}@one.example")
    assert client.post(f"{two.url}/invite", data={"email": two.q.user.email}).status_code == 422
    assert two.mails() == []


def test_two_make_certify_and_leave_a_list_without_javascript(client: StrictClient, two: Two) -> None:
    signed_in(client, two.p)
    client.post(f"{two.url}/invite", data={"email": two.q.user.email})
    signed_in(client, two.q)
    page = client.get(two.url).get_data(as_text=True)
    assert "Pat asks you" in page
    couple_id = page.partition("/couple/invitations/")[2].partition('"')[0]
    client.post(f"{two.url}/invitations/{couple_id}", data={"answer": "confirm"})
    client.post(
        f"{two.url}/pairs", data={"base_version": "0", "add": "1", "mine": two.a.id, "theirs": two.b.id}
    )
    client.post(
        f"{two.url}/pairs",
        data={"base_version": "1", "order": ["1"], "rank-1": "1", "add": "1", "mine": "", "theirs": two.a.id},
    )
    client.post(f"{two.url}/pairs", data={"base_version": "2", "order": ["1", "2"], "move": "up:2"})
    stale = {"base_version": "2", "order": ["2", "1"]}
    answer = client.post(f"{two.url}/pairs", data=stale | {"rank-2": "2", "rank-1": "1"})
    assert answer.status_code == 409
    mine = answer.text.partition("The list you had in this window")[2].partition("</section>")[0]
    had = f'value="{two.b.id}-{two.a.id}"', f'value="{two.a.id}-"'
    assert 0 < mine.index(had[0]) < mine.index(had[1]), "by the numbers of the page that was shown"
    assert 'name="base_version" value="3"' in mine and "Use this list instead" in mine
    nowhere = {"base_version": "3", "order": ["1", "2"], "rank-1": "2", "rank-2": "1", "add": "1"}
    answer = client.post(f"{two.url}/pairs", data=nowhere | {"mine": "", "theirs": ""})
    assert answer.status_code == 422
    kept = answer.text.partition("The list you had in this window")[2].partition("</section>")[0]
    assert kept.count('name="pair"') == 2 and "Use this list instead" in kept, "all but the pair refused"
    assert client.post(f"{two.url}/pairs", data=stale | {"pair": "1:2"}).status_code == 404
    with two.make.app.app_context():
        saved = queries.current(int(couple_id))
        assert saved is not None and saved.version == 3
        assert saved.pairs == [(two.a.id, None), (two.b.id, two.a.id)]
    client.post(f"{two.url}/certify", data={"version": "3", "apart": "1"})
    assert "waits for you" not in client.get(two.url).get_data(as_text=True)
    signed_in(client, two.p)
    assert "waits for you" in client.get(two.url).get_data(as_text=True)
    assert client.post(f"{two.url}/certify", data={"version": "2"}).status_code == 409
    client.post(f"{two.url}/certify", data={"version": "3"})
    with two.make.app.app_context():
        counted = queries.in_force(int(couple_id))
        assert counted is not None and counted.version == 3 and not counted.apart
    ranking = client.get(f"/rounds/{two.round.id}/ranking").get_data(as_text=True)
    assert "Your list of pairs counts" in ranking
    client.post(f"{two.url}/leave", data={})
    assert "Ask your partner" in client.get(two.url).get_data(as_text=True)


def test_a_pair_whose_place_fell_away_leaves_by_a_new_version_that_can_be_certified(
    client: StrictClient, two: Two
) -> None:
    couple_id = a_couple(client, two)
    place = {"base_version": "0", "add": "1", "mine": two.a.id, "theirs": two.b.id}
    client.post(f"{two.url}/pairs", data=place)
    place = {"base_version": "1", "order": ["1"], "add": "1", "mine": two.b.id, "theirs": two.a.id}
    client.post(f"{two.url}/pairs", data=place)
    with two.make.app.app_context():
        query = sa.update(Application).where(
            Application.student_id == two.q.id, Application.slot_id == two.b.id
        )
        db.session.execute(query.values(withdrawn_at=clock.now()))
        db.session.commit()
    assert client.post(f"{two.url}/certify", data={"version": "2"}).status_code == 422
    client.post(f"{two.url}/pairs", data={"base_version": "2", "order": ["2"], "save": "certify"})
    with two.make.app.app_context():
        saved = queries.current(couple_id)
        assert saved is not None and (saved.version, saved.pairs) == (3, [(two.b.id, two.a.id)])
    assert client.post(f"{two.url}/certify", data={"version": "3"}).status_code == 302


def a_couple(client: StrictClient, two: Two) -> int:
    """Pat asked and Quinn confirmed; Pat is signed in."""
    signed_in(client, two.p)
    client.post(f"{two.url}/invite", data={"email": two.q.user.email})
    signed_in(client, two.q)
    couple_id = client.get(two.url).text.partition("/couple/invitations/")[2].partition('"')[0]
    client.post(f"{two.url}/invitations/{couple_id}", data={"answer": "confirm"})
    signed_in(client, two.p)
    return int(couple_id)


def test_a_round_without_couples_has_no_such_page(client: StrictClient, two: Two) -> None:
    with two.make.app.app_context():
        db.session.get_one(Round, two.round.id).couples = False
        db.session.commit()
    signed_in(client, two.p)
    assert client.get(two.url).status_code == 404
    assert client.post(f"{two.url}/invite", data={"email": two.q.user.email}).status_code == 404
