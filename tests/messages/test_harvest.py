"""No page source gives away an address: every page is read as every role, and every address in it accounted
for. Who may see one at all stands here."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.access.world import World, build
from tests.factories import PASSWORD, Factory
from tests.support.client import StrictClient

ADDRESS = re.compile(r"[\w.+-]+(?:@|%40|&#64;|\s?\[at\]\s?)[\w-]+(?:\.[\w-]+)+", re.I)

#: Where a person sees the addresses that they typed themselves.
SENT = ("guests.sent_links", "guests.mend_link")
#: What a person may read besides their own address, and where.
MAY: dict[str, tuple[str, ...]] = {
    "anonymous": (),
    "no role": (),
    "student": (),
    "contact": ("facilities.contacts", "results.roster", *SENT),
    "coordinator": (
        "facilities.unverified",
        "identity.",
        "schools.",
        "coordination.results",
        "statistics.results_csv",
        "statistics.results_xlsx",
        "agreements.",
        "imports.",
        "requirements.",
        "placements.as_csv",
        "proposals.show",
        "returned.",
        *SENT,
    ),
    "operator": ("facilities.unverified", "identity.", "operators.", "mail.", "proposals.show"),
}
#: Whoever holds an invitation's link is whom it was sent to.
EVERYONE = ("invitations.accept",)
#: Examples in hints and placeholders.
EXAMPLES = re.compile(r"example\.(org|com|edu)$", re.I)


@pytest.fixture
def world(make: Factory) -> World:
    return build(make)


@pytest.mark.parametrize("role", list(MAY))
def test_no_page_gives_away_an_address(app: Flask, world: World, role: str) -> None:
    client = app.test_client()
    assert isinstance(client, StrictClient)
    client.checks_html = False
    own = ""
    if role != "anonymous":
        own = world.people[role].email.lower()
        assert client.post("/sign-in", data={"email": own, "password": PASSWORD}).status_code == 302
    read, given_away = 0, []
    for endpoint, path in addresses(app, world):
        response = FlaskClient.get(client, path)
        if response.status_code != 200:
            continue
        read += 1
        text = response.get_data().decode(errors="replace")  # PDFs too
        found = {each.lower() for each in ADDRESS.findall(text)} - {own}
        found = {text for text in found if not EXAMPLES.search(text)}
        if found and not endpoint.startswith((*MAY[role], *EVERYONE)):
            given_away.append((endpoint, path, sorted(found)))
    assert read > 8
    assert given_away == []


def test_the_search_finds_what_is_there(app: Flask, world: World) -> None:
    for text in ("a@b.org", "mailto:a.b+c@d-e.co.uk", "a%40b.org", "a&#64;b.org", "a [at] b.org"):
        assert ADDRESS.search(text), text


def addresses(app: Flask, world: World) -> list[tuple[str, str]]:
    """Every page with the objects of every kind of owner. A list: no request may run inside this context."""
    found: dict[str, str] = {}
    with app.test_request_context():
        for rule in app.url_map.iter_rules():
            if "GET" not in (rule.methods or ()) or rule.endpoint in {"static", "security.static"}:
                continue
            for name in ("own", "same", "done", "other"):
                known = world.values[name]
                _domain, path = rule.build({each: known[each] for each in rule.arguments}) or ("", "")
                if "sign-out" not in path:
                    found.setdefault(path, rule.endpoint)
    return [(endpoint, path) for path, endpoint in found.items()]
