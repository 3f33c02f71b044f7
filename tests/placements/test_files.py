"""The student's sheet and calendar, the host's roster and the coordinator's table as files."""

from __future__ import annotations

import re

import pytest

from marketplace.placements import calendar
from tests.factories import Factory, sign_in
from tests.placements.after import Released
from tests.rounds.market import DAY, START
from tests.support.client import StrictClient
from tests.support.clock import Clock


@pytest.fixture(autouse=True)
def today(clock: Clock) -> None:
    clock.set(START + 10 * DAY)


def test_the_calendar_file_is_what_rfc_5545_asks(released: Released, client: StrictClient) -> None:
    one, _two, three, _four = released.students
    slot = released.slots[0]
    sign_in(client, one)
    answer = client.get(f"/rounds/{released.round_id}/placement/dates.ics")
    assert answer.mimetype == "text/calendar"
    raw = answer.get_data()
    lines = raw.decode().split("\r\n")
    assert lines[-1] == "" and b"\n" not in raw.replace(b"\r\n", b"")
    assert all(len(line.encode()) <= 75 for line in lines)
    whole = raw.decode().replace("\r\n ", "").split("\r\n")
    assert f"DTSTART;VALUE=DATE:{slot.starts_on:%Y%m%d}" in whole
    assert f"DTEND;VALUE=DATE:{slot.ends_on + DAY:%Y%m%d}" in whole, "the day after the last"
    assert "STATUS:TENTATIVE" in whole and whole[:2] == ["BEGIN:VCALENDAR", "VERSION:2.0"]
    assert sum(re.match(r"(UID|DTSTAMP):", line) is not None for line in whole) == 2
    client.post("/sign-out")
    sign_in(client, three)
    assert client.get(f"/rounds/{released.round_id}/placement/dates.ics").status_code == 404


@pytest.mark.parametrize("length", [1, 74, 75, 76, 149, 150, 500])
@pytest.mark.parametrize("letter", ["a", "é", "字", "🏥"])
def test_folding_loses_nothing_and_splits_no_character(letter: str, length: int) -> None:
    parts = list(calendar.fold(letter * length))
    assert parts[0] + "".join(part[1:] for part in parts[1:]) == letter * length
    assert all(len(part.encode()) <= 75 for part in parts)
    assert all(part.startswith(" ") for part in parts[1:])


def test_the_sheet_is_a_tagged_pdf(released: Released, client: StrictClient) -> None:
    sign_in(client, released.students[0])
    answer = client.get(f"/rounds/{released.round_id}/placement/sheet.pdf")
    assert answer.mimetype == "application/pdf" and answer.data.startswith(b"%PDF-")
    assert b"/StructTreeRoot" in answer.data


def test_roster_and_table_name_those_placed_and_nobody_else(
    make: Factory, released: Released, client: StrictClient
) -> None:
    one, two, three, _four = released.students
    sign_in(client, released.contact)
    roster = client.get(f"/rounds/{released.round_id}/slots/{released.slots[0].id}/roster.csv").text
    assert one.user.name in roster and two.user.name not in roster
    client.post("/sign-out")
    sign_in(client, released.coordinator)
    table = client.get(f"/rounds/{released.round_id}/placements.csv").text
    assert one.user.name in table and two.user.name in table and three.user.name not in table
    book = client.get(f"/rounds/{released.round_id}/placements.xlsx")
    assert book.data.startswith(b"PK")
