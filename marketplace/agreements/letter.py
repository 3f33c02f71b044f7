"""The template text of an agreement as a tagged PDF (PDF/UA-1), so that a screen reader can read it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from pathlib import Path

import typst

from marketplace.agreements.models import Agreement
from marketplace.filters import day

SOURCE = Path(__file__).with_name("template.typ")


def pdf(agreement: Agreement, *, on: date) -> bytes:
    """The PDF; needs school, programmes, facilities and sites loaded."""
    inputs = {
        "made": day(on),
        "school": agreement.school.name,
        "party": agreement.party,
        "programmes": _listed(each.name for each in agreement.programmes) or "all programmes of School",
        "facilities": _listed(each.name for each in agreement.facilities),
        "sites": _listed(f"{s.facility.name}, {s.name}" for s in agreement.sites) or "all sites of these",
        "starts_on": day(agreement.starts_on) if agreement.starts_on else "",
        "ends_on": day(agreement.ends_on) if agreement.ends_on else "",
        "notice_days": str(agreement.notice_days),
        "survives": "yes" if agreement.survives else "no",
    }
    return _compiled(tuple(inputs.items()))


@lru_cache(maxsize=16)
def _compiled(inputs: tuple[tuple[str, str], ...]) -> bytes:
    made = typst.compile(SOURCE, sys_inputs=dict(inputs), format="pdf", pdf_standards="ua-1")
    assert isinstance(made, bytes)
    return made


def _listed(names: Iterable[str]) -> str:
    return "; ".join(names)
