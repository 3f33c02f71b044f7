"""The three kinds of file that can be imported: public facilities, programmes, ZIP centres.

Facilities: the "Hospital General Information" file as the Centers for Medicare & Medicaid Services (CMS)
publish it, under its headings of several years, and a layout of our own with coordinates.
"""

from __future__ import annotations

import re

from marketplace.cells import Row
from marketplace.directory import index
from marketplace.directory.imports import Kind
from marketplace.directory.models import FacilityListing, ProgrammeListing
from marketplace.facilities.models import PostalArea
from marketplace.tables import Layout, Values


def facility(row: Row) -> Values:
    """A facility listing, of the CMS file or of our own layout."""
    source, source_id = _identity(row)
    latitude, longitude = row.position()
    beds = row.number("beds", least=0, most=20_000, whole=True)
    row.number("rating", least=1, most=5, whole=True)
    if row.cells.get("emergency", "").lower() not in {"", "yes", "no", "true", "false", "y", "n"}:
        row.wrong(
            "emergency", f"{row.cells['emergency']!r} is neither Yes nor No", "write Yes, No or nothing"
        )
    return {
        "source": source,
        "source_id": source_id,
        "name": row.text("name", most=200, required=True),
        "address": row.text("address", most=200),
        "city": row.text("city", most=80),
        "state": row.state(),
        "zip": row.zip(),
        "county": row.text("county", most=80),
        "phone": _phone(row),
        "kind": row.text("kind", most=80),
        "ownership": row.text("ownership", most=80),
        "website": row.website(),
        "beds": None if beds is None else int(beds),
        "latitude": latitude,
        "longitude": longitude,
        "position_source": row.text("position_source", most=30),
    }


def _identity(row: Row) -> tuple[str, str]:
    given = row.text("facility_id", most=40, required=True)
    source = row.text("source", most=20) or "CMS"
    bare = given.removeprefix(f"{source}:")
    if re.fullmatch(r"[\d.]+[eE]\+?\d+", bare):
        row.wrong("facility_id", f"{given!r} was rounded by a spreadsheet", "copy it from the source as text")
    elif source == "CMS" and given and not re.fullmatch(r"[0-9A-Z]{6}", bare):
        short = re.fullmatch(r"\d{5}", bare)
        mend = f"write 0{bare}" if short else "a CMS id has six digits or letters"
        row.wrong("facility_id", f"{given!r} is no CMS id", mend)
    return source, bare


def _phone(row: Row) -> str:
    value = row.text("phone", most=40)
    digits = re.sub(r"\D", "", value)
    digits = digits[1:] if len(digits) == 11 and digits[0] == "1" else digits
    if value and (len(digits) != 10 or re.search(r"[A-Za-z]", value)):
        row.wrong("phone", f"{value!r} is no US telephone number", "write ten digits, or nothing")
    return f"({digits[:3]}) {digits[3:6]}-{digits[6:]}" if digits else ""


def programme(row: Row) -> Values:
    """A programme listing. What a page says about accreditation is left alone: no page proves it today."""
    latitude, longitude = row.position()
    return {
        "school": row.text("school", most=200, required=True),
        "programme": _without_accreditation(row, "programme", required=True),
        "level": row.text("level", most=60, required=True),
        "unitid": row.text("unitid", most=12),
        "city": row.text("city", most=80),
        "state": row.state(),
        "zip": row.zip(),
        "latitude": latitude,
        "longitude": longitude,
        "website": row.website(),
        "evidence_grade": row.text("evidence_grade", most=2),
        "evidence_date": row.text("evidence_date", most=60).replace("n/d", ""),
        "evidence_url": row.text("evidence_url", most=500, required=True),
        "hours_on_page": row.text("hours_on_page", most=200),
        "note": _without_accreditation(row, "note"),
    }


def _without_accreditation(row: Row, name: str, *, required: bool = False) -> str:
    """A cell without what it says about accreditation: an old page is no proof of it today."""
    given = row.text(name, most=200 if required else 500, required=required)
    left = re.sub(r"\s*\([^()]*accredit[^()]*\)", "", given, flags=re.IGNORECASE)
    left = left if required or "accredit" not in left.lower() else ""
    if left != given:
        row.odd(name, f"{given!r} speaks of accreditation", "left out: this directory can't vouch for it")
    return left


def postal_area(row: Row) -> Values:
    """The centre of a ZIP code area; those of the armed forces lie abroad."""
    code = row.zip(required=True)
    latitude, longitude = row.position(anywhere=True)
    if not row.problems and latitude is None:
        row.wrong("lat", "a centre needs coordinates", "fill in latitude and longitude")
    return {
        "zip": code,
        "city": row.text("city", most=80),
        "state": row.text("state", most=2).upper(),
        "latitude": latitude,
        "longitude": longitude,
    }


FACILITIES = Kind(
    FacilityListing,
    Layout(
        {
            "facility_id": ("facilityid", "providerid"),
            "source": ("source",),
            "name": ("facilityname", "hospitalname", "name"),
            "address": ("address",),
            "city": ("citytown", "city"),
            "state": ("state",),
            "zip": ("zipcode", "zip"),
            "county": ("countyparish", "countyname", "county"),
            "phone": ("telephonenumber", "phonenumber", "phone"),
            "kind": ("hospitaltype", "facilitytype"),
            "ownership": ("hospitalownership", "ownership"),
            "emergency": ("emergencyservices", "emergency"),
            "rating": ("hospitaloverallrating", "cmsrating"),
            "beds": ("beds",),
            "website": ("website",),
            "lat": ("lat", "latitude"),
            "lon": ("lon", "longitude"),
            "position_source": ("geosource",),
        },
        required=("facility_id", "name", "state"),
    ),
    ("source", "source_id"),
    facility,
    index=index.put_rows,
)
PROGRAMMES = Kind(
    ProgrammeListing,
    Layout(
        {
            "school": ("school",),
            "programme": ("program", "programme"),
            "level": ("level",),
            "unitid": ("unitid",),
            "city": ("city",),
            "state": ("state",),
            "zip": ("zip", "zipcode"),
            "lat": ("lat", "latitude"),
            "lon": ("lon", "longitude"),
            "website": ("website",),
            "evidence_grade": ("evidencelevel", "evidencegrade"),
            "evidence_date": ("evidencedate",),
            "evidence_url": ("evidenceurl",),
            "hours_on_page": ("ppehoursonpage", "hoursonpage"),
            "note": ("note",),
        },
        required=("school", "programme", "level", "state", "evidence_url"),
    ),
    ("school", "programme", "level"),
    programme,
    index=index.put_programme_rows,
)
ZIPS = Kind(
    PostalArea,
    Layout(
        {
            "zip": ("zip", "zipcode", "zcta"),
            "lat": ("lat", "latitude"),
            "lon": ("lon", "long", "longitude"),
            "city": ("city",),
            "state": ("state",),
        },
        required=("zip", "lat", "lon"),
    ),
    ("zip",),
    postal_area,
    stamped=False,
)
