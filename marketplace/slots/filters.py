"""What a search of slots asks for. Values only; reading them from an address is search_form.py's work."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from marketplace.vocabulary import EhrAccess, Modality, Pay


class Sort(StrEnum):
    """The order of the results. By relevance needs words, by distance an origin; else soonest first."""

    RELEVANCE = "relevance"
    SOONEST = "soonest"
    NEAREST = "nearest"
    NEWEST = "newest"


@dataclass(frozen=True, slots=True)
class Filters:
    """What is searched for. Empty fields don't filter; ``held`` None: credentials don't matter."""

    text: str = ""
    task: str = ""
    role: str = ""
    kind: str = ""
    speciality: str = ""
    modalities: tuple[Modality, ...] = ()
    pay: tuple[Pay, ...] = ()
    ehr: str = ""
    access: tuple[EhrAccess, ...] = ()
    state: str = ""
    hours_from: int | None = None
    hours_to: int | None = None
    starts_from: date | None = None
    ends_by: date | None = None
    held: tuple[str, ...] | None = None
    within: int | None = None
    remote_too: bool = False
    sort: Sort = Sort.SOONEST
    visible_since: datetime | None = None
