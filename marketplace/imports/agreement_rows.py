"""A row of a file of agreements: typed columns into values of an agreement. Optional columns the file lacks
stay out, so that importing again never blanks them."""

from __future__ import annotations

import re
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from marketplace.agreements.models import Stage
from marketplace.agreements.words import stage_label
from marketplace.cells import Row, fold
from marketplace.tables import Layout, Values

LAYOUT = Layout(
    {
        "facilities": ("facility", "facilities", "with", "organisation", "organization"),
        "stage": ("howfaritis", "stage", "status"),
        "starts_on": ("firstday", "start", "startdate", "startson", "effective", "effectivedate"),
        "ends_on": ("lastday", "end", "enddate", "endson", "expires", "expirationdate"),
        "programmes": ("programmes", "programs", "programme", "program"),
        "sites": ("sites", "site"),
        "party": ("whosigns", "whosignsforthem", "party", "signedby"),
        "notice_days": ("noticedays", "notice", "noticetoendit"),
        "survives": ("studentsmayfinish", "survivalclause", "survives"),
        "requested_on": ("askedforon", "requestedon", "requested"),
        "target_on": ("signatureexpected", "expectedon", "expected"),
        "lead_days": ("signingtakes", "signingusuallytakes", "leaddays"),
        "owner": ("whoseestoit", "owner", "coordinator"),
        "note": ("note", "notes"),
        "school": ("school", "college"),
    },
    required=("facilities", "stage"),
)
HINTS = (
    ("Facility", True, _("The name of a verified facility; of a health system all, with semicolons")),
    ("How far it is", True, _("Not asked for yet, Requested, In review or Signed")),
    ("First day", False, _("In force from; needed of a signed one: 2027-01-11 or 1/11/2027")),
    ("Last day", False, _("Empty: until notice is given")),
    ("Programmes", False, _("Several with semicolons; empty: every programme of your school")),
    ("Sites", False, _("Names or ZIP codes, with semicolons; empty: every site")),
    ("Who signs", False, _("Who signs for them, if it is not the facility itself")),
    ("Notice days", False, _("60 unless you say otherwise")),
    ("Students may finish", False, _("Yes or No, when it ends; Yes unless you say otherwise")),
    ("Asked for on", False, _("When it was requested")),
    ("Signature expected", False, _("The day you aim at")),
    ("Signing takes", False, _("Days it usually takes here, 120 unless you say otherwise")),
    ("Who sees to it", False, _("A coordinator's e-mail address")),
    ("Note", False, _("For your school alone")),
    ("School", False, _("Only if you coordinate several")),
)
_DATES = ("starts_on", "ends_on", "requested_on", "target_on")
_MOST_DAYS = 730


def parse(row: Row) -> Values:
    """A checked row: whom it names, and the agreement's fields under ``agreement``."""
    stages = {stage.value: str(stage_label(stage)) for stage in Stage}
    stage = row.one_of("stage", stages)
    found: Values = {"stage": Stage(stage)} if stage else {}
    for name in _DATES:
        if name in row.headings:
            found[name] = row.day(name, required=False)
    _check_dates(row, found)
    return {
        "facilities": _several(row, "facilities", required=True),
        "programmes": _several(row, "programmes"),
        "sites": _several(row, "sites"),
        "owner": row.text("owner", most=254).lower(),
        "school": row.text("school", most=160),
        "agreement": found | _optional(row),
    }


def _check_dates(row: Row, found: Values) -> None:
    first, last = found.get("starts_on"), found.get("ends_on")
    if first and last and last < first:
        row.wrong("ends_on", gettext("it is before the first day"), gettext("check both dates"))
    broken = any(problem.column == row.headings.get("starts_on") for problem in row.problems)
    if found.get("stage") is Stage.ACTIVE and first is None and not broken:
        said = gettext("a signed agreement has no first day")
        row.wrong("starts_on", said, gettext("write the day it came into force"))


def _optional(row: Row) -> Values:
    found: Values = {}
    for name, most in (("party", 160), ("note", 2000)):
        if name in row.headings:
            found[name] = row.text(name, most=most)
    for name, least, usual in (("notice_days", 0, 60), ("lead_days", 1, 120)):
        if name in row.headings:
            number = row.number(name, least=least, most=_MOST_DAYS, whole=True)
            found[name] = usual if number is None else int(number)
    if "survives" in row.headings:
        found["survives"] = (
            row.one_of("survives", {"yes": gettext("Yes"), "no": gettext("No")}, default="yes") == "yes"
        )
    return found


def _several(row: Row, name: str, *, required: bool = False) -> list[str]:
    text = row.text(name, most=1000, required=required)
    return [part.strip() for part in re.split(r"[;|]", text) if part.strip()]


def key(values: Values) -> tuple[Any, ...] | None:
    """What tells two agreements apart: with whom, for whom, and from when."""
    if not values["facilities"]:
        return None
    named = [";".join(sorted(fold(each) for each in values[what])) for what in ("facilities", "programmes")]
    first = values["agreement"].get("starts_on")
    return (*named, fold(values["school"]), str(first) if first else "")
