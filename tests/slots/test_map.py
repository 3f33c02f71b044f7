"""The map of a search, the table under it and the list say the same."""

from __future__ import annotations

import html
import random
import re
from urllib.parse import urlencode

import pytest
from flask import Flask

from marketplace.slots import by_state, finding, plan
from marketplace.us_states import STATES
from tests.factories import Factory
from tests.slots import market
from tests.support.client import StrictClient
from tests.support.clock import Clock
from tests.support.scale import counted

SEARCHES: list[dict[str, str]] = [
    {},
    {"q": "coding"},
    {"task": "release-of-information"},
    {"modality": "remote", "pay": "unpaid"},
    {"zip": "43215", "within": "250"},
    {"zip": "43215", "within": "100", "remote_too": "y", "sort": "nearest"},
    {"state": "MN"},
    {"q": "zebra coding"},
]


def total_of(page: str) -> str:
    """What the heading over the results says."""
    return re.search(r"<h2>((?:More than )?\d+ slots?)</h2>", page).group(1)  # type: ignore[union-attr]


def on_the_map(page: str) -> dict[str, tuple[str, str]]:
    """State to what the map says of it and where it leads."""
    drawn = re.findall(r'<a href="([^"]+)" aria-label="([^":]+): ([^"]+)"><title>\2: \3</title>', page)
    return {name: (said, html.unescape(url)) for url, name, said in drawn}


def in_the_table(page: str) -> dict[str, str]:
    """State to what the table says of it."""
    rows = re.findall(
        r'state=[A-Z]{2}[^"]*"[^>]*>([^<]+)</a>.*?>([^<>]*\d+)</td>', page.partition("<table")[2], re.S
    )
    return dict(rows)


@pytest.mark.both_databases
def test_list_and_map_say_the_same(app: Flask, clock: Clock) -> None:
    clock.set(market.NOW)
    app.test_client_class = None
    with app.app_context():
        market.build(600, seed=5)
        market.settle()
    client = app.test_client()
    for search in SEARCHES:
        page = client.get(f"/slots/map?{urlencode(search)}").text
        listed = client.get(f"/slots?{urlencode(search) or 'q='}").text
        assert total_of(page) == total_of(listed), search
        drawn, table = on_the_map(page), in_the_table(page)
        assert set(drawn) == set(table) and drawn, search
        for name, (said, url) in drawn.items():
            assert table[name] == said.removesuffix("s").removesuffix(" slot"), (search, name)
            assert total_of(client.get(url).text).lower() == said, (search, name)
        missing = sorted(code for code, name in STATES.items() if name not in drawn)
        for code in random.Random(3).sample(missing, 3):
            address = urlencode({**search, "state": code})
            assert search.get("state") or total_of(client.get(f"/slots?{address}").text) == "0 slots"


def test_of_many_slots_the_map_says_less_and_nothing_else(
    app: Flask, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (plan, finding, by_state):
        monkeypatch.setattr(module, "FEW", 200)
    monkeypatch.setattr(plan, "_intersection", plan._intersection.__wrapped__)
    clock.set(market.NOW)
    app.test_client_class = None
    with app.app_context():
        market.build(2500, seed=5)
    client = app.test_client()
    for search in ("", "?zip=60601&within=400", "?held=none&q=coding", "?starts_from=2027-05-01&pay=unpaid"):
        page = client.get(f"/slots/map{search}").text
        assert total_of(page) == total_of(client.get(f"/slots{search}").text) == "More than 100 slots"
        drawn, table = on_the_map(page), in_the_table(page)
        assert len(drawn) == len(table) > 10, search
        for name in random.Random(5).sample(sorted(drawn), 4):
            said, url = drawn[name]
            listed = total_of(client.get(url).text).lower()
            if said == "more than 10 slots":
                assert table[name] == "more than 10" and number_of(listed) > 10, (search, name)
            else:
                assert said == listed, (search, name)
    page = client.get("/slots/map?state=MN").text
    assert total_of(page) == total_of(client.get("/slots?state=MN").text)
    assert on_the_map(page)["Minnesota"][0] == total_of(page).lower()


def number_of(said: str) -> int:
    return int(re.findall(r"\d+", said)[0])


def test_the_map_keeps_the_filters_and_the_way_back(client: StrictClient, make: Factory) -> None:
    make.slot(title="Coding desk")
    page = client.get("/slots/map?q=coding&pay=unpaid").text
    assert 'href="/slots?q=coding&amp;pay=unpaid"' in page and "/slots/map?q=coding" in page
    assert 'href="/slots/map?q=coding&amp;pay=unpaid"' in client.get("/slots?q=coding&pay=unpaid").text
    assert "No slot matches" in client.get("/slots/map?q=zebra").text
    assert client.get("/slots/map?zip=abc&hours_from=lots").status_code == 200


def test_hidden_slots_are_not_on_the_map(client: StrictClient, make: Factory) -> None:
    make.slot(make.facility(verified=False))
    assert "Ohio" not in re.sub(r"<option.*?</option>", "", client.get("/slots/map").text)


def test_the_map_asks_a_fixed_number_of_queries(app: Flask, client: StrictClient, make: Factory) -> None:
    numbers = []
    for _ in range(2):
        for state in ("OH", "MN", "CA", "TX"):
            make.slot(site=make.site(state=state))
        with app.app_context(), counted() as seen:
            client.get("/slots/map?task=coding")
        numbers.append(len(seen))
    assert numbers[0] == numbers[1] <= 12, numbers
