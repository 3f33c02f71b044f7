"""How slots look in a list, ready for the template: each word is made once, each address from a prefix."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from flask import url_for
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _

from marketplace import filters
from marketplace.slots.finding import Hit
from marketplace.vocabulary import TASK_AREAS, Modality, Pay, SlotKind, label


@dataclass(frozen=True, slots=True)
class Card:
    """The words of one slot card; ``url`` leads to the slot."""

    id: int
    title: str
    url: str
    facility: str
    place: str
    distance: str
    hours: str
    dates: str
    places: str
    tags: tuple[str, ...]
    kept: bool


def cards(hits: list[Hit]) -> list[Card]:
    """The cards of a list."""
    prefix, locale = url_for("slots.detail", slot_id=0)[:-1], str(get_locale())
    return [_card(hit, prefix, locale) for hit in hits]


def _card(hit: Hit, prefix: str, locale: str) -> Card:
    remote = hit.modality is Modality.REMOTE
    return Card(
        id=hit.id,
        title=hit.title,
        url=f"{prefix}{hit.id}",
        facility=hit.facility,
        place=_place(hit.city, hit.state, remote, locale),
        distance="" if remote or hit.miles is None else _miles(round(hit.miles), locale),
        hours=_hours(hit.hours, locale),
        dates=_dates(hit.starts_on, hit.ends_on, locale),
        places=_places(hit.capacity, locale),
        tags=_tags(hit.kind, hit.modality, hit.pay, hit.ehr, tuple(hit.task_areas), locale),
        kept=hit.kept,
    )


# Lists repeat the same few words; finding a translation for each again is what made them slow.
@lru_cache(maxsize=4096)
def _place(city: str, state: str, remote: bool, locale: str) -> str:
    place = f"{city}, {state}"
    return _("Remote, from %(place)s", place=place) if remote else place


@lru_cache(maxsize=4096)
def _miles(miles: int, locale: str) -> str:
    return filters.miles(miles)


@lru_cache(maxsize=4096)
def _hours(hours: int, locale: str) -> str:
    return ngettext("%(num)d hour", "%(num)d hours", hours)


@lru_cache(maxsize=4096)
def _dates(starts_on: date, ends_on: date, locale: str) -> str:
    return filters.dates(starts_on, ends_on)


@lru_cache(maxsize=512)
def _places(count: int, locale: str) -> str:
    return filters.places(count)


@lru_cache(maxsize=4096)
def _tags(
    kind: SlotKind, modality: Modality, pay: Pay, ehr: str, tasks: tuple[str, ...], locale: str
) -> tuple[str, ...]:
    shape = () if kind is SlotKind.TERM else (label(kind),)
    system = (ehr,) if ehr else ()
    return (*shape, label(modality), label(pay), *system, *(TASK_AREAS.label(code) for code in tasks))
