"""Figures of a released round, on the page and as files: right, free of formulas, for coordinators."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections import Counter

import pytest
import sqlalchemy as sa

from marketplace.accounts.models import User
from marketplace.coordination import preassigning, statistics
from marketplace.db import db
from marketplace.rounds import queries as rounds
from marketplace.runs.models import Assignment
from marketplace.sheets import guarded
from tests.factories import Factory, sign_in
from tests.rounds.market import DAY, START, Market
from tests.support.client import StrictClient


@pytest.fixture
def market(make: Factory) -> Market:
    """Seven students of whom one has no list; three places at two slots, one of two places."""
    market = Market(make, students=7, slots=2)
    a, b = market.slots
    with market.committed():
        db.session.execute(sa.text("UPDATE slot SET capacity = 2 WHERE id = :id"), {"id": b.id})
        db.session.get_one(User, market.students[0].user_id).name = '=HYPERLINK("http://x")'
    for student in market.students[:6]:
        market.apply(student)
    market.acts(4)
    for number, student in enumerate(market.students[:6]):
        market.rank(student, *((a, b) if number % 2 else (b, a)))
    for slot in market.slots:
        market.tier(slot, then_any=True)
    market.nightly(8)
    return market


def test_the_figures_are_what_a_recount_gives(market: Market) -> None:
    market.release()
    found = market.read(lambda: statistics.of_round(market.round))
    rows = market.read(lambda: db.session.scalars(sa.select(Assignment)).all())
    ranks = Counter(row.rank for row in rows)
    assert (found.placed, found.in_run, found.places, found.no_list) == (3, 6, 3, 1)
    (programme,), (kind,) = found.programmes, found.kinds
    assert list(programme.choices) == [ranks[1], ranks[2], 0] == list(kind.choices)
    assert programme.unmatched == ranks[None] == 3 and programme.name == market.programme.name
    assert (kind.placed, kind.places) == (3, 3)


def test_the_page_shows_pictures_with_tables(market: Market, client: StrictClient) -> None:
    sign_in(client, market.coordinator)
    path = f"/rounds/{market.round_id}/statistics"
    assert client.get(path).status_code == 404, "embargo"
    market.release()
    page = client.get(path).text
    assert page.count('class="chart"') == 2 == page.count("<table")
    assert "3 of 6 students in the match are placed" in page
    assert "1 student had no list and is not counted above." in page


def test_files_hold_the_same_and_no_formula(market: Market, client: StrictClient) -> None:
    market.release()
    sign_in(client, market.coordinator)
    text = client.get(f"/rounds/{market.round_id}/statistics.csv").text
    rows = list(csv.reader(io.StringIO(text)))
    assert rows[0] == ["table", "group", "figure", "value"]
    assert ["By programme", market.programme.name, "Unmatched", "3"] in rows
    placements = client.get(f"/rounds/{market.round_id}/results.csv").text
    names = [row[0] for row in csv.reader(io.StringIO(placements))]
    assert '\'=HYPERLINK("http://x")' in names and not [name for name in names if name.startswith("=")]
    answer = client.get(f"/rounds/{market.round_id}/results.xlsx")
    book = zipfile.ZipFile(io.BytesIO(answer.get_data()))
    pages = [book.read(name).decode() for name in book.namelist() if "worksheets/sheet" in name]
    assert len(pages) == 3 and not [page for page in pages if "<f>" in page]
    assert "=HYPERLINK" in book.read("xl/sharedStrings.xml").decode(), "as text"
    assert re.search(r"<v>3</v>", pages[1]), "numbers are numbers"


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r", "\n", " =", "  @"])
def test_no_text_cell_begins_like_a_formula(sign: str) -> None:
    assert guarded(f"{sign}1+1") == f"'{sign}1+1"


def test_participants_and_other_schools_find_none_of_it(
    make: Factory, market: Market, client: StrictClient
) -> None:
    market.release()
    for person in (market.students[0], market.contact, make.coordinator(), make.operator()):
        client.delete_cookie("session")
        sign_in(client, person)
        for name in ("statistics", "statistics.csv", "results.csv", "results.xlsx"):
            assert client.get(f"/rounds/{market.round_id}/{name}").status_code == 404


def test_a_place_given_before_the_match_is_nobody_s_choice(make: Factory, client: StrictClient) -> None:
    market = Market(make, students=2, slots=1)
    given, other = market.students
    market.everyone_applies()
    market.acts(4)
    market.rank(other, *market.slots)
    actor = market.make.actor(market.coordinator)
    with market.committed():
        round_ = rounds.coordinated(actor, market.round_id, lock=True)
        reason = "Agreed with the site."
        preassigning.name(actor, round_, given.id, market.slots[0].id, reason=reason, now=START + 5 * DAY)
    market.nightly(8)
    market.release()
    (group,) = market.read(lambda: statistics.of_round(market.round)).programmes
    assert (group.given, list(group.choices), group.placed, group.unmatched) == (1, [0, 0, 0], 1, 1)
    sign_in(client, given)
    page = client.get(f"/rounds/{market.round_id}/result").text
    assert "gave you this place before the match" in page and "opening.json" not in page
    client.delete_cookie("session")
    sign_in(client, other)
    page = client.get(f"/rounds/{market.round_id}/result").text
    assert "No place was open to you there" in page and given.user.name not in page
    client.delete_cookie("session")
    sign_in(client, market.coordinator)
    page = client.get(f"/rounds/{market.round_id}/statistics").text
    assert "1 student was given a place before the match" in page
