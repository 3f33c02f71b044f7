"""The placement sheet: the page's facts as a tagged PDF (PDF/UA-1), for the student's papers."""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache
from pathlib import Path

import typst

from marketplace.filters import dates, day, instant
from marketplace.rounds.models import Round
from marketplace.runs.models import Placement

SOURCE = Path(__file__).with_name("sheet.typ")


def pdf(placement: Placement, round_: Round, *, on: date) -> bytes:
    """The PDF; needs the student with user and programme, slot, facility and site loaded."""
    slot, student = placement.slot, placement.student
    site = slot.site
    inputs = {
        "made": day(on),
        "school": round_.school.name,
        "round": round_.name,
        "student": student.user.name,
        "programme": student.programme.name,
        "facility": slot.facility.name,
        "title": slot.title,
        "address": f"{site.address}, {site.city}, {site.state} {site.zip}",
        "dates": dates(slot.starts_on, slot.ends_on),
        "weekdays": slot.weekdays or "–",
        "hours": str(slot.hours),
        "preceptor": slot.preceptor_name or "–",
        "said": _said(placement.student_confirmed_at, round_),
        "host": _said(placement.host_confirmed_at, round_),
    }
    return _compiled(tuple(inputs.items()))


def _said(at: datetime | None, round_: Round) -> str:
    return f"confirmed {instant(at, round_.zone)}" if at else "no answer yet"


@lru_cache(maxsize=16)
def _compiled(inputs: tuple[tuple[str, str], ...]) -> bytes:
    made = typst.compile(SOURCE, sys_inputs=dict(inputs), format="pdf", pdf_standards="ua-1")
    assert isinstance(made, bytes)
    return made
