"""``flask nightly``: what it prints, how it ends, and what it refuses."""

from __future__ import annotations

import pytest
from click.testing import Result
from flask import Flask

from marketplace.rounds.phases import Phase
from marketplace.runs import matching_adapter
from tests.factories import Factory
from tests.rounds.market import DAY, START, Market
from tests.support.clock import Clock


def run(app: Flask, *arguments: str) -> Result:
    return app.test_cli_runner().invoke(args=["nightly", *arguments])


@pytest.mark.both_databases
def test_says_what_it_did_one_act_a_line(app: Flask, make: Factory, clock: Clock) -> None:
    market = Market(make)
    market_id = market.round_id
    assert run(app).output == "nothing was due\n"
    clock.set(START + 1 * DAY)
    assert run(app).output.splitlines() == [
        f"round {market_id}: opened applications",
        f"round {market_id}: rehearsed 2026-11-03",
        "mail: 1 sent",  # the coordinator: what there is to mend
    ]
    assert run(app).output == "nothing was due\n"
    clock.set(START + 8 * DAY)
    last = run(app)
    assert last.output.splitlines() == [
        f"round {market_id}: opened ranking",
        f"round {market_id}: locked",
        f"round {market_id}: decided",
        "mail: 6 sent",  # 3 students, 1 contact and 1 coordinator: locked; the coordinator: to review
    ]
    assert last.exit_code == 0 and market.phase is Phase.COMPUTED


@pytest.mark.parametrize(
    ("instant", "night"),
    [
        ("2026-11-04T15:00", "2026-11-04"),  # UTC
        ("2026-11-04T15:00Z", "2026-11-04"),
        ("2026-11-04T07:59:59Z", "2026-11-03"),  # before two o'clock in Chicago
        ("2026-11-04T02:00-06:00", "2026-11-04"),
    ],
)
def test_now_names_an_instant(app: Flask, make: Factory, instant: str, night: str) -> None:
    market = Market(make)
    assert f"round {market.round_id}: rehearsed {night}" in run(app, "--now", instant).output


@pytest.mark.parametrize(
    "wrong", ["tomorrow", "", "2026-13-01", "2026-11-04T25:00", "0001-01-01T00:00+10:00"]
)
def test_refuses_what_is_no_instant(app: Flask, make: Factory, wrong: str) -> None:
    market = Market(make)
    result = run(app, "--now", wrong)
    assert result.exit_code == 2 and repr(wrong) in result.output and "--now" in result.output
    assert market.phase is Phase.RECRUITING and not market.runs()


@pytest.mark.both_databases
def test_one_failing_round_stops_no_other_and_shows(
    app: Flask, make: Factory, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, sound = Market(make, name="Broken"), Market(make, name="Sound")
    genuine = matching_adapter.build

    def build(round_: object) -> object:
        if getattr(round_, "id", None) == broken.round_id:
            raise RuntimeError("the disk is on fire")
        return genuine(round_)  # type: ignore[arg-type]

    monkeypatch.setattr(matching_adapter, "build", build)
    clock.set(START + 2 * DAY)
    result = run(app)
    assert result.exit_code == 1
    assert f"round {broken.round_id}: failed (RuntimeError at test_nightly_command.py:" in result.stderr
    assert f"round {sound.round_id}: rehearsed 2026-11-04" in result.stdout
