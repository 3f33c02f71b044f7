"""Importing public listings: real layouts, every kind of damage, nothing half done."""

from __future__ import annotations

import csv
import io
import time
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from marketplace.db import db
from marketplace.directory.models import FacilityListing, ProgrammeListing
from marketplace.facilities.models import PostalArea

CMS_HEADINGS = [
    "Facility ID",
    "Facility Name",
    "Address",
    "City/Town",
    "State",
    "ZIP Code",
    "County/Parish",
    "Telephone Number",
    "Hospital Type",
    "Hospital Ownership",
    "Emergency Services",
    "Meets criteria for birthing friendly designation",
    "Hospital overall rating",
    "Hospital overall rating footnote",
    *(
        f"{group} {what}"
        for group in ("MORT", "Safety", "READM", "Pt Exp", "TE")
        for what in (
            "Group Measure Count",
            "Facility Measure Count",
            "Measures Better",
            "Measures Worse",
            "Note",
        )
    ),
]
GOOD = {
    "Facility ID": "240002",
    "Facility Name": "ESSENTIA EXAMPLE, DULUTH",
    "Address": "407 EAST THIRD STREET",
    "City/Town": "DULUTH",
    "State": "MN",
    "ZIP Code": "55805",
    "County/Parish": "ST. LOUIS",
    "Telephone Number": "(218) 555-0100",
    "Hospital Type": "Acute Care Hospitals",
    "Hospital Ownership": "Voluntary non-profit - Private",
    "Emergency Services": "Yes",
    "Hospital overall rating": "4",
}
OURS = "facility_id,source,name,state,website,beds,lat,lon\n"


def cms(*changes: dict[str, str], headings: list[str] | None = None) -> str:
    """The CMS file with one row per change of GOOD."""
    text = io.StringIO()
    writer = csv.DictWriter(text, headings or CMS_HEADINGS, restval="", lineterminator="\n")
    writer.writeheader()
    for number, change in enumerate(changes):
        writer.writerow({**GOOD, "Facility ID": f"24{number:04}", **change})
    return text.getvalue()


@pytest.fixture
def run(app: Flask, tmp_path: Path) -> Any:
    """Run ``flask GROUP import`` on a file of this content."""

    def command(content: str | bytes, *options: str, group: str = "facilities") -> Any:
        file = tmp_path / "file.csv"
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return app.test_cli_runner().invoke(args=[group, "import", str(file), *options])

    return command


def stored(app: Flask, model: type = FacilityListing) -> list[Any]:
    with app.app_context():
        return list(db.session.scalars(sa.select(model).order_by(sa.inspect(model).primary_key[0])))


def test_the_cms_file_is_read_by_its_headings(run, app):
    assert len(CMS_HEADINGS) == 39
    result = run(cms({}))
    assert result.exit_code == 0 and "1 added" in result.output
    row = stored(app)[0]
    assert (row.source, row.source_id, row.name) == ("CMS", "240000", "ESSENTIA EXAMPLE, DULUTH")
    assert (row.city, row.state, row.zip, row.phone) == ("DULUTH", "MN", "55805", "(218) 555-0100")
    assert (row.kind, row.county) == ("Acute Care Hospitals", "ST. LOUIS")


@pytest.mark.parametrize(
    "content",
    [
        cms({}, headings=list(reversed(CMS_HEADINGS))).encode(),
        b"\xef\xbb\xbf" + cms({}).replace("\n", "\r\n").encode(),
        cms({"Address": "1 Peña Street"}).encode("cp1252"),
        cms({}).replace(",", ";").replace("EXAMPLE;", "EXAMPLE,").encode(),
        cms({}).replace("City/Town", "City").replace("Telephone Number", "Phone Number").encode(),
        cms({}).replace("Facility ID", " facility  id ").encode(),
        (cms({}) + "\n\n,,\n".replace(",,", "")).encode(),
    ],
    ids=["any order", "mark and CRLF", "cp1252", "semicolons", "older headings", "spacing", "blank lines"],
)
def test_the_same_file_in_other_clothes(run, app, content):
    result = run(content)
    assert result.exit_code == 0, result.output + result.stderr
    row = stored(app)[0]
    assert (row.source_id, row.city, row.phone) == ("240000", "DULUTH", "(218) 555-0100")
    assert "�" not in row.address


def test_importing_again_updates_and_never_doubles(run, app):
    run(cms({}, {}))
    assert "0 added, 0 updated, 2 unchanged" in run(cms({}, {})).output
    assert "1 added, 1 updated, 1 unchanged" in run(cms({}, {"Facility Name": "NEW NAME"}, {})).output
    assert [row.name for row in stored(app)][1] == "NEW NAME"
    assert len(stored(app)) == 3


def test_a_file_without_a_column_leaves_what_is_known(run, app):
    run(OURS + "CMS:240000,CMS,OLD,MN,www.example.org,120,46.8,-92.1\n")
    run(cms({}))
    row = stored(app)[0]
    assert (row.name, row.website, row.beds, row.latitude) == (
        "ESSENTIA EXAMPLE, DULUTH",
        "www.example.org",
        120,
        46.8,
    )


def test_a_dry_run_writes_nothing(run, app):
    result = run(cms({}), "--dry-run")
    assert result.exit_code == 0 and "nothing was written. Would be 1 added" in result.output
    assert stored(app) == []


ROW_DAMAGE = {
    "no id": ({"Facility ID": ""}, "Facility ID", "empty"),
    "id rounded": ({"Facility ID": "2.4E+05"}, "Facility ID", "rounded by a spreadsheet"),
    "id lost its zero": ({"Facility ID": "24001"}, "Facility ID", "write 024001"),
    "id of something else": ({"Facility ID": "LOT-7"}, "Facility ID", "no CMS id"),
    "id twice": ({"Facility ID": "240000"}, "Facility ID", "already stands in line 2"),
    "no name": ({"Facility Name": " "}, "Facility Name", "empty"),
    "name is a blank word": ({"Facility Name": "N/A"}, "Facility Name", "says nothing"),
    "name too long": ({"Facility Name": "X" * 201}, "Facility Name", "at most 200"),
    "control character": ({"Facility Name": "A\x07B"}, "Facility Name", "control character"),
    "decoded wrongly": ({"Address": "PeÃ±a Street"}, "Address", "decoded wrongly"),
    "lost characters": ({"Address": "Pe�a Street"}, "Address", "decoded wrongly"),
    "formula": ({"Facility Name": '=HYPERLINK("x")'}, "Facility Name", "formula"),
    "formula error": ({"Facility Name": "#REF!"}, "Facility Name", "spreadsheet error"),
    "unknown state": ({"State": "ZZ"}, "State", "no state"),
    "state in words": ({"State": "Minnesota"}, "State", "write MN"),
    "no state": ({"State": ""}, "State", "empty"),
    "short ZIP": ({"ZIP Code": "5580"}, "ZIP Code", "no ZIP code"),
    "ZIP with letters": ({"ZIP Code": "5580O"}, "ZIP Code", "no ZIP code"),
    "short telephone": ({"Telephone Number": "555-0100"}, "Telephone Number", "no US telephone"),
    "telephone in words": ({"Telephone Number": "1-800-HOSPITAL"}, "Telephone Number", "no US telephone"),
    "rating out of range": ({"Hospital overall rating": "7"}, "Hospital overall rating", "between 1 and 5"),
    "rating in words": ({"Hospital overall rating": "good"}, "Hospital overall rating", "no number"),
    "neither yes nor no": ({"Emergency Services": "maybe"}, "Emergency Services", "neither Yes nor No"),
}


def test_twenty_kinds_of_damage_are_each_named_and_nothing_is_written(run, app, tmp_path):
    content = cms({}, *(change for change, _, _ in ROW_DAMAGE.values()))
    content += "240900,CUT ROW,MN\n" + cms({"Facility ID": "240901"}).splitlines()[1] + ",one,more\n"
    result = run(content, "--report", str(tmp_path / "flaws.csv"))
    assert result.exit_code == 1
    damaged = len(ROW_DAMAGE) + 2
    assert damaged >= 20
    assert f"Nothing was written: {damaged} of" in result.output
    assert stored(app) == []
    with (tmp_path / "flaws.csv").open(encoding="utf-8-sig") as file:
        flaws = list(csv.DictReader(file))
    for line, (name, (_, column, says)) in enumerate(ROW_DAMAGE.items(), start=3):
        found = [flaw for flaw in flaws if int(flaw["line"]) == line]
        assert len(found) == 1, (name, found)
        assert found[0]["column"] == column, name
        assert says in found[0]["what"] + found[0]["how to mend it"], (name, found)
        assert found[0]["how to mend it"], name
    assert [flaw["what"] for flaw in flaws[-2:]] == ["3 cells, 39 expected", "41 cells, 39 expected"]


@pytest.mark.parametrize(
    ("row", "column", "says"),
    [
        ("X:1,X,A,MN,,-5,,", "beds", "between 0"),
        ("X:1,X,A,MN,,12.5,,", "beds", "no whole number"),
        ("X:1,X,A,MN,,,46.8,", "lon", "without the other"),
        ("X:1,X,A,MN,,,146.8,-92", "lat", "not in the United States"),
        ("X:1,X,A,MN,,,46.8,92.1", "lat", "not in the United States"),
        ("X:1,X,A,MN,,,-92.1,46.8", "lat", "swap"),
        ('X:1,X,A,MN,,,"46,8","-92,1"', "lat", "decimal point"),
        ("X:1,X,A,MN,javascript:alert(1),,,", "website", "no web address"),
    ],
)
def test_damage_of_our_own_layout(run, app, tmp_path, row, column, says):
    result = run(OURS + row + "\n", "--report", str(tmp_path / "flaws.csv"))
    flaws = (tmp_path / "flaws.csv").read_text(encoding="utf-8-sig")
    assert result.exit_code == 1 and stored(app) == []
    assert f"2,{column}," in flaws and says in flaws


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b"PK\x03\x04workbook", "Excel workbook"),
        (b"\xff\xfeF\x00a\x00", "UTF-16"),
        (b"%PDF-1.7", "PDF"),
        (cms({}).encode() + b"\x00", "NUL byte"),
        (cms({}).encode() + b"24\x81\xf1", "neither UTF-8 nor Windows-1252"),
        (cms({}).replace("State", "Land").encode(), "column is missing"),
        (cms({}).replace("County/Parish", "State").encode(), "stands twice"),
        (
            cms({}).replace("DULUTH", 'DU"LUTH').replace('"ESSENTIA', 'x"ESSENTIA').encode() + b'"open',
            "quotation",
        ),
        (cms().encode(), "no rows"),
        (b"<html><body>Sign in</body></html>", "column is missing"),
    ],
)
def test_a_file_that_is_none_is_refused_as_a_whole(run, app, tmp_path, content, says):
    result = run(content, "--report", str(tmp_path / "flaws.csv"))
    assert result.exit_code == 1 and "Nothing was written" in result.output
    assert "How to mend it" in result.stderr
    assert says in (tmp_path / "flaws.csv").read_text(encoding="utf-8-sig")
    assert stored(app) == []


def test_good_rows_alone_on_request(run, app):
    result = run(cms({}, {"State": "ZZ"}, {}), "--skip-rejected")
    assert result.exit_code == 0 and "2 added" in result.output and "1 rejected" in result.output
    assert len(stored(app)) == 2


def test_a_line_is_counted_where_its_row_begins(run, tmp_path):
    content = cms({"Address": "two\nlines"}, {"State": "ZZ"})
    run(content, "--report", str(tmp_path / "flaws.csv"))
    assert "4,State," in (tmp_path / "flaws.csv").read_text(encoding="utf-8-sig")


@pytest.mark.both_databases
def test_the_real_files_are_read_whole_and_again_without_doubles(run, app, real_data):
    data = (real_data / "facilities.csv").read_bytes()
    started = time.perf_counter()
    first = run(data)
    took = time.perf_counter() - started
    assert "6194 added, 0 updated, 0 unchanged, 0 rejected, of 6194 rows" in first.output, first.stderr
    assert took < 60
    assert "0 added, 0 updated, 6194 unchanged" in run(data).output
    assert len(stored(app)) == 6194


def test_the_real_programmes_and_zips_are_read(run, app, real_data, tmp_path):
    flaws = tmp_path / "flaws.csv"
    programmes = (real_data / "him_programs.csv").read_bytes()
    done = run(programmes, "--report", str(flaws), group="programmes")
    assert "62 added" in done.output and "read as 07110" in flaws.read_text(encoding="utf-8-sig")
    assert "62 unchanged" in run(programmes, group="programmes").output
    rows = stored(app, ProgrammeListing)
    assert all(row.evidence_url for row in rows)
    assert not [row for row in rows if "accredit" in f"{row.programme} {row.note}".lower()]
    lines = (real_data / "zip_centroids.csv").read_bytes().splitlines(keepends=True)
    assert "400 added" in run(b"".join(lines[:401]), group="zips").output
    assert "400 unchanged" in run(b"".join(lines[:401]), group="zips").output
    assert len(stored(app, PostalArea)) == 400
