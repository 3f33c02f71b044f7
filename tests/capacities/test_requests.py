"""Places that a round counts on change only with its coordinator's consent, and in public."""

from __future__ import annotations

import time

import pytest
import sqlalchemy as sa

from marketplace.capacities import queries, services
from marketplace.capacities.models import CapacityRequest
from marketplace.db import db
from marketplace.errors import Conflict, DomainError, NotFound, WrongPhase
from marketplace.mail.models import OutboxMessage
from marketplace.rounds import changes
from marketplace.rounds import queries as rounds
from marketplace.slots import services as slots
from marketplace.slots.models import Slot
from tests.factories import Factory, sign_in
from tests.rounds.market import DAY, START, Market, address
from tests.support.client import StrictClient
from tests.support.clock import Clock
from tests.support.threads import run_together, while_held

pytestmark = pytest.mark.both_databases


@pytest.fixture
def market(make: Factory) -> Market:
    """A round that counts on its slots."""
    market = Market(make)
    market.acts(1)
    return market


def ask(
    market: Market, capacity: int = 3, *, minimum: int = 0, reason: str = "A second desk.", day: float = 2
) -> int:
    actor = market.make.actor(market.contact)
    with market.committed():
        (made,) = services.ask(
            actor,
            market.slots[0].id,
            capacity=capacity,
            minimum=minimum,
            reason=reason,
            now=START + day * DAY,
        )
        return made.id


def decide(
    market: Market,
    request: int,
    *,
    approve: bool = True,
    answer: str = "",
    day: float = 3,
    wait: float = 0,
) -> bool:
    """Decide, and commit so many seconds later."""
    actor = market.make.actor(market.coordinator)
    with market.committed():
        round_ = rounds.coordinated(actor, market.round_id)
        changed = services.decide(
            actor, round_, request, approve=approve, answer=answer, now=START + day * DAY
        )
        time.sleep(wait)
        return changed


def capacity(market: Market) -> int:
    return market.read(lambda: db.session.get_one(Slot, market.slots[0].id).capacity)


def outbox(market: Market, prefix: str, news: str) -> list[str]:
    query = sa.select(OutboxMessage.recipient).where(
        OutboxMessage.key.startswith(prefix), OutboxMessage.key.contains(f":{news}:")
    )
    return market.read(lambda: list(db.session.scalars(query)))


def test_a_facility_can_not_change_them_alone(market: Market) -> None:
    actor = market.make.actor(market.contact)
    for fields in ({"capacity": 3}, {"minimum": 1}):
        with pytest.raises(DomainError, match="slot_in_round"), market.committed():
            slots.edit(actor, market.slots[0].id, now=START + 2 * DAY, **fields)


def test_approved_it_changes_is_public_and_mailed(market: Market, client: StrictClient) -> None:
    request = ask(market, 3, minimum=2)
    assert outbox(market, f"capacity:{request}:", "asked") == [address(market.coordinator)]
    assert capacity(market) == 1
    assert decide(market, request)
    assert capacity(market) == 3
    (entry,) = market.read(lambda: changes.log(market.round))
    assert entry.title == "A second desk."
    assert "1 place" in entry.text and "3 places, at least 2 or none" in entry.text
    assert "A second desk." in client.get(f"/rounds/{market.round_id}/rules").text
    assert outbox(market, f"capacity:{request}:", "answered") == [address(market.contact)]
    assert len([m for m in market.mail() if ":changed:" in m.key]) == 5
    with pytest.raises(Conflict):
        decide(market, request)


def test_declined_it_stays_and_the_facility_reads_why(market: Market) -> None:
    request = ask(market)
    with pytest.raises(DomainError, match="missing"):
        decide(market, request, approve=False)
    assert not decide(market, request, approve=False, answer="Too late for this term.")
    assert capacity(market) == 1 and not market.read(lambda: changes.log(market.round))
    ask(market, 2, day=4)


def test_it_is_asked_once_with_a_reason_and_taken_back(market: Market) -> None:
    with pytest.raises(DomainError, match="missing"):
        ask(market, reason=" ")
    with pytest.raises(DomainError, match="unchanged"):
        ask(market, 1)
    with pytest.raises(DomainError, match="minimum_above_places"):
        ask(market, 2, minimum=3)
    request = ask(market)
    with pytest.raises(DomainError, match="waiting"):
        ask(market, 4)
    with market.committed():
        services.take_back(market.make.actor(market.contact), market.slots[0].id, now=START + 2 * DAY)
    with pytest.raises(NotFound):
        decide(market, request)
    ask(market, 4, day=2.5)


def test_nothing_changes_while_the_result_is_sealed_and_afterwards_it_goes_to_clearing(
    market: Market,
) -> None:
    request = ask(market)
    market.everyone_applies()
    for student in market.students:
        market.rank(student, *market.slots)
    market.acts(8)
    with pytest.raises(WrongPhase):
        decide(market, request, day=8.5)
    market.acts(8)
    market.release()
    assert decide(market, request, day=10) and capacity(market) == 3
    with pytest.raises(DomainError, match="fewer"):
        ask(market, 2, day=10)


def test_fewer_asked_before_the_release_are_not_approved_over_who_is_placed(
    market: Market, client: StrictClient, clock: Clock
) -> None:
    with market.committed():
        db.session.get_one(Slot, market.slots[0].id).capacity = 3
    request = ask(market, 1)
    market.everyone_applies()
    for student in market.students:
        market.rank(student, market.slots[0])
    market.acts(8)
    market.acts(8)
    market.release()
    with pytest.raises(DomainError, match="placed") as refused:
        decide(market, request, day=10)
    assert refused.value.details["places"] == 3 and capacity(market) == 3
    clock.set(START + 10 * DAY)
    sign_in(client, market.coordinator)
    page = f"/rounds/{market.round_id}/places"
    answer = client.post(f"{page}/{request}", data={"decision": "approve"})
    assert answer.status_code == 422 and "More students are placed here" in answer.text
    assert not decide(market, request, approve=False, answer="They are placed.", day=10)


class Shared:
    """A slot of the market that another school's round counts on, too."""

    def __init__(self, market: Market) -> None:
        self.market, make = market, market.make
        school = make.school("Another school")
        self.round_id = make.round(school, slots=[market.slots[0]]).id
        self.coordinator = make.actor(make.coordinator(school))

    def ask(self, places: int = 3) -> tuple[int, int]:
        """The wish's two requests: the market's round's and the other's."""
        market = self.market
        actor, slot_id = market.make.actor(market.contact), market.slots[0].id
        with market.committed():
            made = services.ask(
                actor, slot_id, capacity=places, minimum=0, reason="Desks.", now=START + 2 * DAY
            )
            mine, second = (each.id for each in made)
        return mine, second

    def decide(
        self, request: int, *, approve: bool = True, answer: str = "", day: float = 4, wait: float = 0
    ) -> bool:
        """The other school decides, and commits so many seconds later."""
        with self.market.committed():
            round_ = rounds.coordinated(self.coordinator, self.round_id)
            changed = services.decide(
                self.coordinator, round_, request, approve=approve, answer=answer, now=START + day * DAY
            )
            time.sleep(wait)
            return changed


def test_every_round_that_counts_on_it_has_to_agree(market: Market) -> None:
    shared = Shared(market)
    mine, second = shared.ask()
    assert not decide(market, mine) and capacity(market) == 1
    with pytest.raises(NotFound):
        decide(market, second)
    assert shared.decide(second)
    assert capacity(market) == 3
    for round_id in (market.round_id, shared.round_id):
        rows = market.read(lambda i=round_id: queries.of_round(i))  # type: ignore[misc]
        assert [row.approved for row in rows] == [True]


def test_where_another_school_declines_its_words_and_names_stay_there(
    market: Market, client: StrictClient
) -> None:
    shared = Shared(market)
    mine, second = shared.ask()
    assert not shared.decide(second, approve=False, answer="Our Morgan is on leave.")
    (row,) = market.read(lambda: queries.of_round(market.round_id))
    assert (row.id, row.approved, row.answer, row.decided_by_id) == (mine, False, "", None)
    sign_in(client, market.coordinator)
    page = client.get(f"/rounds/{market.round_id}/places").text
    assert "Another round declined it." in page and "Morgan" not in page
    client.post("/sign-out")
    sign_in(client, market.contact)
    page = client.get(f"/posting/{market.slots[0].id}/places").text
    assert "Another round declined it." in page and "Our Morgan is on leave." in page


def test_two_rounds_that_approve_at_once_change_it_once(market: Market) -> None:
    shared = Shared(market)
    mine, second = shared.ask()
    jobs = [lambda: decide(market, mine, wait=0.3), lambda: shared.decide(second, wait=0.3)]
    assert sorted(run_together(jobs)) == [False, True]
    assert capacity(market) == 3


@pytest.mark.parametrize("guarded", [True, False])
def test_a_wish_approved_a_moment_ago_is_not_taken_back(
    market: Market, monkeypatch: pytest.MonkeyPatch, guarded: bool
) -> None:
    """It stays in the public record; on PostgreSQL it would be gone if nobody held it."""
    request = ask(market)
    coordinator, contact = market.make.actor(market.coordinator), market.make.actor(market.contact)

    def approve() -> None:
        round_ = rounds.coordinated(coordinator, market.round_id)
        services.decide(coordinator, round_, request, approve=True, answer="", now=START + 3 * DAY)

    def take_back() -> None:
        services.take_back(contact, market.slots[0].id, now=START + 3 * DAY)

    if not guarded:
        unheld = lambda _actor, slot_id: queries.of_slot(slot_id)  # noqa: E731
        monkeypatch.setattr(queries, "held_waiting", unheld)
        monkeypatch.setattr(slots, "own", lambda _actor, slot_id: db.session.get_one(Slot, slot_id))
    assert while_held(market.committed, approve, take_back, seconds=0.5) == (
        "not_found" if guarded or db_is_sqlite(market) else "done"
    )
    kept = market.read(lambda: [row.approved for row in queries.of_slot(market.slots[0].id)])
    assert kept == ([True] if guarded or db_is_sqlite(market) else [])


def db_is_sqlite(market: Market) -> bool:
    """Its writers come one after another by themselves."""
    return bool(market.read(lambda: db.engine.dialect.name == "sqlite"))


def test_the_pages(market: Market, client: StrictClient) -> None:
    sign_in(client, market.contact)
    page = f"/posting/{market.slots[0].id}/places"
    answer = client.submit(page, {"capacity": "5", "reason": ""}, button="Send the request")
    assert answer.status_code == 422 and "Say why" in answer.text and 'value="5"' in answer.text
    client.submit(page, {"capacity": "5", "reason": "Two desks more."}, button="Send the request")
    assert "Waiting for an answer" in client.get(page).text
    client = client.application.test_client()  # type: ignore[assignment]
    sign_in(client, market.coordinator)
    assert "1 facility asks for other places" in client.get("/").text
    page = f"/rounds/{market.round_id}/places"
    (request,) = market.read(lambda: db.session.scalars(sa.select(CapacityRequest.id)).all())
    action = f"{page}/{request}"
    answer = client.submit(page, {"answer": ""}, action=action, button=f"Decline {market.slots[0].title}")
    assert answer.status_code == 422 and "the facility reads it" in answer.text
    client.submit(page, {"answer": "Fine."}, action=action, button=f"Approve {market.slots[0].title}")
    assert capacity(market) == 5
