"""Phases follow one table; what is allowed when is decided by the server's time alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from flask import Flask

from marketplace.db import db
from marketplace.errors import DomainError, WrongPhase
from marketplace.rounds import changes, policies, queries
from marketplace.rounds import services as rounds
from marketplace.rounds.models import Round
from marketplace.rounds.phases import PUBLISHED, REHEARSABLE, TRANSITIONS, Phase, may_follow
from marketplace.rounds.times import NoSuchTime, to_instant, to_local
from marketplace.runs.nightly import night_of
from tests.factories import Factory
from tests.rounds.market import DAY, START, Market, calendar

WAY = [
    Phase.DRAFT,
    Phase.RECRUITING,
    Phase.APPLYING,
    Phase.RANKING,
    Phase.LOCKED,
    Phase.COMPUTED,
    Phase.RELEASED,
    Phase.CLEARING,
    Phase.CLOSED,
    Phase.ARCHIVED,
]
CALLED_OFF = {(phase, Phase.CANCELLED) for phase in WAY[:6]}
ALLOWED = {*pairwise(WAY), *CALLED_OFF}
ALLOWED |= {(Phase.RELEASED, Phase.CLOSED), (Phase.CANCELLED, Phase.ARCHIVED)}
#: A decided run that two people supersede: the one way back, and only before the release.
ALLOWED |= {(Phase.COMPUTED, Phase.LOCKED)}


def test_the_table_is_the_way_and_only_superseding_goes_back() -> None:
    assert {(a, b) for a in Phase for b in Phase if may_follow(a, b)} == ALLOWED
    assert set(TRANSITIONS) == set(Phase)


def test_a_released_round_is_never_called_off_or_run_again() -> None:
    after = {b for a, b in ALLOWED if a in PUBLISHED}
    assert after <= {Phase.CLEARING, Phase.CLOSED, Phase.ARCHIVED}
    assert not REHEARSABLE & PUBLISHED


@pytest.mark.parametrize(("current", "following"), sorted(ALLOWED))
def test_moves_that_may_follow_happen(app: Flask, make: Factory, current: Phase, following: Phase) -> None:
    round_ = make.round(phase=current)
    with app.app_context():
        row = db.session.get_one(Round, round_.id)
        rounds.move(None, row, following, now=START)
        assert row.phase is following


@pytest.mark.parametrize("current", list(Phase))
def test_moves_that_may_not_are_refused(app: Flask, make: Factory, current: Phase) -> None:
    round_ = make.round(phase=current)
    with app.app_context():
        row = db.session.get_one(Round, round_.id)
        for following in Phase:
            if (current, following) not in ALLOWED:
                with pytest.raises(WrongPhase):
                    rounds.move(None, row, following, now=START)
        assert row.phase is current


#: A local time as a form gives it.
naive = datetime.fromisoformat
MOMENT = timedelta(microseconds=1)
OPEN = (Phase.RECRUITING, Phase.APPLYING, Phase.RANKING)


@pytest.mark.parametrize("phase", list(Phase))
@pytest.mark.parametrize(
    ("what", "opens", "closes"),
    [
        (policies.accepts_applications, "applying_opens_at", "applying_closes_at"),
        (policies.accepts_lists, "ranking_opens_at", "ranking_closes_at"),
    ],
)
def test_the_deadline_is_the_arrival_s_whatever_the_nightly_job_did(
    phase: Phase, what: object, opens: str, closes: str
) -> None:
    """Open from its instant, closed from its instant on, also where the phase lags behind."""
    round_ = Round(phase=phase, time_zone="America/Chicago", **calendar())
    assert callable(what)
    first, end = getattr(round_, opens), getattr(round_, closes)
    instants = [first - MOMENT, first, end - MOMENT, end]
    expected = [False, True, True, False] if phase in OPEN else [False] * 4
    assert [what(round_, instant) for instant in instants] == expected


def test_a_late_nightly_job_opens_nothing_longer(make: Factory) -> None:
    """It did not run for days: the list of the last second counts, the one of the first second after not."""
    market = Market(make, students=2)
    for student in market.students:
        market.apply(student, day=6 - 1e-6)
    deadline = (market.round.ranking_closes_at - START) / DAY
    market.rank(market.students[0], market.slots[0], day=deadline - 1e-9)
    with pytest.raises(WrongPhase):
        market.rank(market.students[1], market.slots[0], day=deadline)
    with pytest.raises(WrongPhase):
        market.apply(market.students[0], day=6)
    assert market.phase is Phase.RECRUITING
    assert market.acts(12) == ["opened applications", "opened ranking", "locked", "decided"]
    (run,) = market.runs()
    assert run.totals == {"placed": 1}


@pytest.mark.parametrize(
    ("local", "zone", "instant"),
    [
        # the evening before and after the clocks change, by hand from the zones' offsets
        (naive("2027-03-13T23:59"), "America/Chicago", datetime(2027, 3, 14, 5, 59, tzinfo=UTC)),
        (naive("2027-03-14T23:59"), "America/Chicago", datetime(2027, 3, 15, 4, 59, tzinfo=UTC)),
        (naive("2026-10-31T23:59"), "America/New_York", datetime(2026, 11, 1, 3, 59, tzinfo=UTC)),
        (naive("2026-11-01T23:59"), "America/New_York", datetime(2026, 11, 2, 4, 59, tzinfo=UTC)),
        (naive("2026-11-01T01:30"), "America/New_York", datetime(2026, 11, 1, 5, 30, tzinfo=UTC)),
        (naive("2026-11-01T01:30"), "America/Phoenix", datetime(2026, 11, 1, 8, 30, tzinfo=UTC)),
    ],
)
def test_deadlines_on_days_when_the_clocks_change(local: datetime, zone: str, instant: datetime) -> None:
    assert to_instant(local, ZoneInfo(zone)) == instant
    assert to_local(instant, ZoneInfo(zone)) == local


def test_a_time_that_the_clocks_skip_is_refused() -> None:
    with pytest.raises(NoSuchTime):
        to_instant(naive("2027-03-14T02:30"), ZoneInfo("America/Denver"))


@pytest.mark.parametrize(
    ("instant", "night"),
    [
        (datetime(2027, 3, 14, 7, 59, tzinfo=UTC), "2027-03-13"),  # 01:59, a minute before the gap
        (datetime(2027, 3, 14, 8, 0, tzinfo=UTC), "2027-03-14"),  # 03:00, right after it
        (datetime(2026, 11, 1, 6, 30, tzinfo=UTC), "2026-10-31"),  # 01:30 for the first time
        (datetime(2026, 11, 1, 7, 30, tzinfo=UTC), "2026-10-31"),  # 01:30 again
        (datetime(2026, 11, 1, 8, 0, tzinfo=UTC), "2026-11-01"),  # 02:00
    ],
)
def test_every_night_has_one_date_also_when_the_clocks_change(instant: datetime, night: str) -> None:
    assert night_of(Round(time_zone="America/Chicago"), instant) == night


def test_no_date_is_missed_or_doubled_over_a_year() -> None:
    """A job at 03:30 local every day, in every zone that changes its clocks, meets each night once."""
    for name in ("America/New_York", "America/Phoenix", "Pacific/Honolulu", "Europe/Berlin"):
        zone = ZoneInfo(name)
        first = naive("2026-01-01T03:30")
        nights = [
            night_of(Round(time_zone=name), (first + timedelta(days=n)).replace(tzinfo=zone).astimezone(UTC))
            for n in range(365)
        ]
        assert nights == [(first + timedelta(days=n)).date().isoformat() for n in range(365)]


WRONG_CALENDARS = [
    ("applying_opens_at", {"applying_opens_at": -1}),
    ("applying_closes_at", {"applying_closes_at": 1}),
    ("ranking_opens_at", {"ranking_opens_at": 0.5}),
    ("ranking_closes_at", {"ranking_closes_at": 4}),
    ("ranking_closes_at", {"ranking_closes_at": 5.9}),
    ("release_planned_at", {"release_planned_at": 7.9}),
]


@pytest.mark.parametrize(("field", "days"), WRONG_CALENDARS)
def test_a_calendar_out_of_order_names_its_field(make: Factory, field: str, days: dict[str, float]) -> None:
    with pytest.raises(DomainError) as caught:
        Market(make, **days)
    assert (caught.value.reason, caught.value.details) == ("calendar", {"field": field})


def test_each_stage_opens_on_its_day_and_not_before(make: Factory) -> None:
    market = Market(make)
    assert market.acts(1 - 1e-9) == [] and market.phase is Phase.RECRUITING
    assert "opened applications" in market.acts(1) and market.phase is Phase.APPLYING
    assert "opened ranking" not in market.acts(4 - 1e-9)
    assert "opened ranking" in market.acts(4) and market.phase is Phase.RANKING
    assert "locked" not in market.acts(8 - 1e-9)
    assert market.acts(8) == ["locked", "decided"] and market.phase is Phase.COMPUTED
    assert market.acts(30) == [], "nothing is released by itself"


def test_a_cancelled_round_is_left_alone_and_everyone_told(make: Factory) -> None:
    market = Market(make)
    market.nightly(1)
    actor = make.actor(market.coordinator)
    with market.committed():
        round_ = queries.coordinated(actor, market.round_id, lock=True)
        changes.call_off(actor, round_, reason="The programme ends.", now=START + 2 * DAY)
    assert market.acts(8) == [] and market.phase is Phase.CANCELLED
    assert len(market.mail("cancelled")) == 5 and not market.mail("locked")
