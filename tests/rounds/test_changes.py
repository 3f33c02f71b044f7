"""An announced round changes only for a reason, which everyone in it is told and everyone can read."""

from __future__ import annotations

from datetime import timedelta

import pytest

from marketplace.errors import DomainError
from marketplace.rounds import changes, queries
from marketplace.rounds.models import RoundChange
from tests.factories import Factory, sign_in
from tests.rounds.market import DAY, START, Market, address, calendar
from tests.support.client import StrictClient

pytestmark = pytest.mark.both_databases


@pytest.fixture
def market(make: Factory) -> Market:
    return Market(make)


def revise(market: Market, *, day: float = 2, reason: str = "A storm.", **changed: object) -> None:
    actor = market.make.actor(market.coordinator)
    with market.committed():
        round_ = queries.coordinated(actor, market.round_id, lock=True)
        fields = {
            "name": round_.name,
            "time_zone": round_.time_zone,
            "calendar": calendar(),
            "use_last_draft": round_.use_last_draft,
            "programme_ids": [market.programme.id],
        }
        changes.revise(actor, round_, reason=reason, now=START + day * DAY, **{**fields, **changed})


def logged(market: Market) -> list[changes.Entry]:
    return market.read(lambda: changes.log(market.round))


def refusal(market: Market, **changed: object) -> tuple[str, str]:
    with pytest.raises(DomainError) as refused:
        revise(market, **changed)  # type: ignore[arg-type]
    assert not logged(market) and not market.mail("changed:1")
    return refused.value.reason, refused.value.details["field"]


def test_everyone_is_told_what_changed_and_why(market: Market, client: StrictClient) -> None:
    revise(market, calendar=calendar(ranking_closes_at=9), use_last_draft=False)
    (entry,) = logged(market)
    assert entry.title == "A storm."
    assert [line.label for line in entry.lines] == [
        "Lists close",
        "A last draft counts where nothing was certified",
    ]
    told = {m.recipient: m.body for m in market.mail() if ":changed:" in m.key}
    everyone = {*map(address, market.students), address(market.contact), address(market.coordinator)}
    assert set(told) == everyone
    assert all("A storm." in body and "Lists close: Wed, Nov 11" in body for body in told.values())
    page = client.get(f"/rounds/{market.round_id}/rules").text
    assert "A storm." in page and "(was: Tue, Nov 10" in page and market.coordinator.name not in page


def test_nothing_changed_is_no_change(market: Market) -> None:
    revise(market, reason="")
    assert not logged(market)


def test_a_draft_needs_no_reason_and_has_no_log(make: Factory) -> None:
    market = Market(make, announce=False)
    revise(market, reason="", name="Summer")
    assert market.round.name == "Summer" and not logged(market)


def test_without_a_reason_nothing_changes(market: Market) -> None:
    assert refusal(market, name="Summer", reason=" ") == ("missing", "reason")
    assert market.round.name == "Spring"


def test_what_has_happened_stays(market: Market) -> None:
    moved = calendar(applying_opens_at=0.5)
    assert refusal(market, calendar=moved) == ("begun", "applying_opens_at")
    late = calendar(applying_closes_at=1.5)
    assert refusal(market, calendar=late) == ("past", "applying_closes_at")


def test_a_deadline_that_passed_does_not_forbid_moving_a_later_one(market: Market) -> None:
    """Applications closed on day 6; the lists may still get another day."""
    market.acts(1)
    moved = calendar(ranking_opens_at=6.5, ranking_closes_at=9)
    revise(market, calendar=calendar(ranking_opens_at=6.5), day=2)
    revise(market, calendar=moved, day=6.2)
    assert market.round.ranking_closes_at == moved["ranking_closes_at"]
    assert len(logged(market)) == 2


def test_programmes_are_added_but_never_dropped(market: Market, make: Factory) -> None:
    other = make.programme(market.school)
    assert refusal(market, programme_ids=[other.id]) == ("programme_in_round", "programmes")
    newcomer = make.student(other, "Newcomer")
    revise(market, programme_ids=[market.programme.id, other.id])
    assert newcomer.id in market.codes()[0].values()


def test_the_page_asks_why_and_keeps_what_was_typed(market: Market, client: StrictClient) -> None:
    sign_in(client, market.coordinator)
    page = f"/rounds/{market.round_id}/edit"
    answer = client.submit(page, {"name": "Autumn"}, button="Save")
    assert answer.status_code == 422
    assert "say why it changes" in answer.text and "Autumn" in answer.text
    client.submit(page, {"name": "Autumn", "reason": "Wrong season"}, button="Save")
    assert [entry.title for entry in logged(market)] == ["Wrong season"]


def test_two_minutes_are_a_change_and_seconds_are_not(market: Market) -> None:
    stages = calendar()
    stages["ranking_closes_at"] += timedelta(seconds=30)
    revise(market, calendar=stages)
    assert not logged(market)
    stages["ranking_closes_at"] += timedelta(minutes=2)
    revise(market, calendar=stages)
    assert len(logged(market)) == 1
    assert market.read(lambda: queries.db.session.query(RoundChange).count()) == 1
