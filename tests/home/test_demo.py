"""The demonstration's earlier round: whoever signs in as its student reads a released result with reasons."""

from __future__ import annotations

import pytest
from flask import Flask

from marketplace.demo import data
from marketplace.demo.earlier import make_earlier_round
from marketplace.demo.papers import make_agreements
from marketplace.demo.people import make_hosts, make_people
from marketplace.demo.scene import DAY, address, midnight, notes, sign_ins
from marketplace.rounds import lottery
from tests.results.reading import words
from tests.support.client import StrictClient
from tests.support.clock import Clock

#: A lottery in which, with silent hosts, the first student had no place.
UNLUCKY = f"{1:064x}"


def test_a_newcomer_reads_a_released_result_at_once(
    app: Flask, client: StrictClient, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the lottery: with this one nothing was built, as a place to be confirmed was not given."""
    monkeypatch.setattr(lottery, "new_secret", lambda: UNLUCKY)
    start = midnight(clock()) - 42 * DAY
    with app.app_context():
        scene = make_people(start)
        make_hosts(scene, start)
        make_agreements(scene, [host.name for host in data.HOSTS], start)
        round_id = make_earlier_round(scene, start)
    app.config |= {"DEMO": True, "DEMO_SIGN_INS": sign_ins(), "DEMO_NOTES": notes()}
    page = words(client.get("/").text)
    assert f"{address(data.PLACED)} A student whose result is out, with the reasons" in page
    client.post("/sign-in", data={"email": address(data.PLACED), "password": data.PASSWORD})
    assert "Your result of Short placements is out" in client.get("/").text
    result = words(client.get(f"/rounds/{round_id}/result").text)
    assert (
        result.count("The places went to students with a higher priority there or a better lottery number")
        == 2
    )
    assert result.count("Placed here") == 1 and "your choice number 3" in result
