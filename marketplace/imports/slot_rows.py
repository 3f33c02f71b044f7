"""A row of a file of slots: typed columns into values of a slot. Optional columns the file lacks stay out,
so that importing again never blanks them."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from marketplace import vocabulary
from marketplace.cells import Row, fold
from marketplace.slots.forms import least
from marketplace.slots.models import Slot
from marketplace.tables import Layout, Values
from marketplace.vocabulary import Modality

LAYOUT = Layout(
    {
        "facility": ("facility", "facilityname", "organisation", "organization"),
        "site": ("site", "sitename"),
        "zip": ("zip", "zipcode"),
        "title": ("title", "slot"),
        "role": ("role",),
        "starts_on": ("firstday", "start", "startdate", "startson"),
        "ends_on": ("lastday", "end", "enddate", "endson"),
        "hours": ("hours", "hoursinall"),
        "capacity": ("places", "capacity"),
        "minimum": ("atleast", "minimum", "minimumplaces"),
        "modality": ("where", "wheretheworkhappens", "modality"),
        "task_areas": ("taskareas", "tasks"),
        "description": ("whatthestudentwilldo", "description"),
        "weekdays": ("daysandtimes", "days"),
        "preceptor_name": ("preceptor",),
        "ehr": ("recordsystem", "ehr"),
        "reference": ("yournumber", "reference", "number"),
    },
    required=("facility", "title", "role", "starts_on", "ends_on", "hours"),
)
HINTS = (
    ("Facility", True, _("The name of a verified facility that works with your school")),
    ("Site", False, _("If the facility has several: the site's name")),
    ("ZIP", False, _("Or the site's ZIP code")),
    ("Title", True, _("Up to 120 characters")),
    ("Role", True, _("As on the form of a slot, such as Coder")),
    ("First day", True, _("2027-01-11 or 1/11/2027")),
    ("Last day", True, _("2027-01-11 or 1/11/2027")),
    ("Hours", True, _("In all, for one student")),
    ("Places", False, _("1 unless you say otherwise")),
    ("At least", False, _("If it runs only with several students, how many")),
    ("Where", False, _("On site, Hybrid or Remote; On site unless you say otherwise")),
    ("Task areas", False, _("Several with semicolons: Clinical coding; Release of information")),
    ("What the student will do", False, _("Needed before the facility can post")),
    ("Days and times", False, _("Such as Tue and Thu mornings")),
    ("Preceptor", False, _("Who supervises")),
    ("Record system", False, _("Such as Epic")),
    ("Your number", False, _("Names the slot in your list, so that you can change its title or dates later")),
)
_TEXTS = {"description": 2000, "weekdays": 120, "preceptor_name": 120, "ehr": 60}


def parse(row: Row) -> Values:
    """A checked row: where, the reference, and the slot's fields under ``slot``."""
    slot: Values = {"title": row.text("title", most=120, required=True)}
    slot["role"] = row.one_of("role", dict(vocabulary.ROLES.choices()))
    slot["starts_on"], slot["ends_on"] = row.day("starts_on"), row.day("ends_on")
    if slot["starts_on"] and slot["ends_on"] and slot["ends_on"] < slot["starts_on"]:
        row.wrong("ends_on", gettext("it is before the first day"), gettext("check both dates"))
    if row.text("hours", most=40, required=True):
        slot["hours"] = _whole(row, "hours", 2000)
    slot |= _optional(row)
    place = {name: row.text(name, most=200, required=name == "facility") for name in ("facility", "site")}
    return {**place, "zip": row.zip(), "reference": row.text("reference", most=60), "slot": slot}


def _optional(row: Row) -> Values:
    found: Values = {name: row.text(name, most=most) for name, most in _TEXTS.items() if name in row.headings}
    if "capacity" in row.headings:
        found["capacity"] = _whole(row, "capacity", 200) or 1
    if "minimum" in row.headings:
        found["minimum"] = least(_whole(row, "minimum", 200))
    if "modality" in row.headings:
        words = dict(vocabulary.enum_choices(Modality))
        found["modality"] = Modality(row.one_of("modality", words, default="on-site") or "on-site")
    if "task_areas" in row.headings:
        found["task_areas"] = _task_areas(row)
    return found


def _whole(row: Row, name: str, most: int) -> int | None:
    number = row.number(name, least=1, most=most, whole=True)
    return None if number is None else int(number)


def _task_areas(row: Row) -> list[str]:
    words = dict(vocabulary.TASK_AREAS.choices())
    known = {fold(each): code for code, label in words.items() for each in (code, label)}
    parts = [part.strip() for part in re.split(r"[;|]", row.text("task_areas", most=600)) if part.strip()]
    for part in parts:
        if fold(part) not in known:
            mend = gettext("write some of: %(choice)s", choice="; ".join(words.values()))
            row.wrong("task_areas", gettext("%(value)s is not in the list", value=repr(part)), mend)
    return sorted({known[fold(part)] for part in parts if fold(part) in known})


def key(values: Values) -> tuple[Any, ...] | None:
    """The reference, else what tells two slots apart."""
    if values["reference"]:
        return ("number", fold(values["reference"]))
    slot = values["slot"]
    if not slot["title"]:
        return None
    place = (fold(values["facility"]), fold(values["site"]), values["zip"])
    return (*place, fold(slot["title"]), str(slot["starts_on"]))


def plain(fields: Values) -> Values:
    """A slot's fields as JSON holds them."""
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in fields.items()}


def stands(slot: Slot, names: Values) -> Values:
    """The fields of a slot that `names` has, as JSON holds them."""
    return plain({name: getattr(slot, name) for name in names})
