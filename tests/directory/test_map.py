"""The map of hosts and the list beside it say the same."""

from __future__ import annotations

import re

import pytest

from marketplace.directory import maps
from marketplace.us_states import STATES
from tests.factories import Factory
from tests.support.client import StrictClient


@pytest.mark.both_databases
def test_the_map_and_the_list_say_the_same(client: StrictClient, make: Factory) -> None:
    hosts = {"MN": 4, "OH": 1, "AK": 12, "DC": 2}
    for state, count in hosts.items():
        for _ in range(count):
            make.site(make.facility(), state=state)
    make.site(make.facility(verified=False), state="TX")
    twice = make.facility()
    make.site(twice, state="HI"), make.site(twice, state="HI"), make.site(twice, state="OH")
    page = client.get("/directory/map").text
    drawn = dict(re.findall(r"<title>([^<:]+): (\d+) facilit", page))
    rows = re.findall(r'state=[A-Z]{2}"[^>]*>([^<]+)</a>.*?(\d+)</td>', page, re.S)
    assert (
        drawn
        == dict(rows)
        == {"Minnesota": "4", "Ohio": "2", "Alaska": "12", "Hawaii": "1"} | {"District of Columbia": "2"}
    )
    for state, count in {**hosts, "OH": 2, "HI": 1}.items():
        assert f">{count}<" in client.get(f"/directory/facilities?state={state}").text


def test_without_hosts_the_map_says_so(client: StrictClient) -> None:
    assert "No facility hosts here yet" in client.get("/directory/map").text


def test_every_state_is_drawn_inside_the_frame() -> None:
    assert set(maps.paths()) <= set(STATES) and len(maps.paths()) >= 51
    for code, path in maps.paths().items():
        assert re.fullmatch(r"(M[-\d.,L]+Z)+", path), code
        for x, y in re.findall(r"([-\d.]+),([-\d.]+)", path):
            assert -60 <= float(x) <= 975 and 0 <= float(y) <= 610, code


def test_shades_rise_with_the_count() -> None:
    assert [maps.shade(n) for n in (0, 1, 2, 3, 9, 10, 29, 30, 500)] == [0, 1, 1, 2, 2, 3, 3, 4, 4]
