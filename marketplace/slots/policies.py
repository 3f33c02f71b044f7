"""What may be done with a slot. Holds what higher features say about a slot without importing them.

A round that has begun to rely on a slot fixes parts of it. Rounds stand above slots, so they register a
function here (features.py) and services ask through :func:`held`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from flask import Flask, current_app

from marketplace.errors import DomainError
from marketplace.slots.models import Slot, SlotState
from marketplace.vocabulary import (
    ADJACENT_FIELDS,
    CREDENTIALS,
    ROLES,
    SKILLS,
    SPECIALITIES,
    TASK_AREAS,
    SlotKind,
)

#: No slot ends and no round decides later than that: a year was mistyped.
FARTHEST = timedelta(days=5 * 366)
_KEY = "practicum-slot-holds"
_TELL = "practicum-slot-terms"


class Hold(StrEnum):
    """A part of a slot that a round has fixed."""

    CAPACITY = "capacity"
    CLOSING = "closing"
    #: Who may come, and what a silent facility means: it changes for a reason that rounds make public.
    TERMS = "terms"


_LISTS = {
    "task_areas": TASK_AREAS,
    "specialities": SPECIALITIES,
    "open_to": ADJACENT_FIELDS,
    "credentials": CREDENTIALS,
    "skills": SKILLS,
}


@dataclass(frozen=True, slots=True)
class Shape:
    """What a slot of a kind may look like: days from the first to the last, places, hours."""

    days: tuple[int, int] = (1, 3660)
    places: tuple[int, int] = (1, 200)
    hours: tuple[int, int] = (1, 2000)


SHAPES = {
    SlotKind.TERM: Shape(),
    SlotKind.HALF_DAY: Shape(places=(1, 1)),
    SlotKind.GO_LIVE: Shape(days=(5, 21), places=(2, 200), hours=(1, 240)),
    SlotKind.SHADOW_DAY: Shape(days=(1, 1), hours=(4, 8)),
}

Ask = Callable[[int], frozenset[Hold]]
#: Given a slot, the names of what changed with [before, after], the reason and the instant.
Tell = Callable[[Slot, Mapping[str, tuple[Any, Any]], str, datetime], None]


def register_holds(app: Flask, ask: Ask) -> None:
    """Have `ask` say which parts of a slot are fixed."""
    app.extensions.setdefault(_KEY, []).append(ask)


def held(slot_id: int) -> frozenset[Hold]:
    """The parts of a slot that may not change now."""
    asks: list[Ask] = current_app.extensions.get(_KEY, [])
    return frozenset().union(*(ask(slot_id) for ask in asks))


def register_terms(app: Flask, tell: Tell) -> None:
    """Have `tell` make public what changed of a slot that rounds count on."""
    app.extensions.setdefault(_TELL, []).append(tell)


def explain(slot: Slot, changed: Mapping[str, tuple[Any, Any]], *, reason: str, now: datetime) -> None:
    """Make a change of a held slot's terms public. Raises DomainError("missing") without a reason."""
    if not changed or Hold.TERMS not in held(slot.id):
        return
    if not reason.strip():
        raise DomainError("missing", field="reason")
    tells: list[Tell] = current_app.extensions.get(_TELL, [])
    for tell in tells:
        tell(slot, changed, reason.strip()[:300], now)


def require_free(slot_id: int, part: Hold) -> None:
    """Raise DomainError("slot_in_round") where a round has fixed `part`."""
    if part in held(slot_id):
        raise DomainError("slot_in_round", field=part.value)


def check_values(slot: Slot) -> None:
    """Refuse values that no slot may have, drafts included. Raises DomainError with the field's name."""
    if not slot.title:
        raise DomainError("missing", field="title")
    if slot.role not in ROLES.codes():
        raise DomainError("unknown_code", field="role")
    for name, known in _LISTS.items():
        if not set(getattr(slot, name)) <= known.codes():
            raise DomainError("unknown_code", field=name)
    if slot.ends_on < slot.starts_on:
        raise DomainError("ends_before_start", field="ends_on")
    for name, most in (("hours", 2000), ("capacity", 200)):
        if not 1 <= getattr(slot, name) <= most:
            raise DomainError("out_of_range", field=name, least=1, most=most)
    if slot.fee is not None and not 0 <= slot.fee <= 5000:
        raise DomainError("out_of_range", field="fee", least=0, most=5000)
    if not 0 <= slot.minimum <= slot.capacity:
        raise DomainError("minimum_above_places", field="minimum")


def check_ready(slot: Slot, today: date) -> None:
    """Refuse to show a slot that says too little, or that has begun. Raises DomainError."""
    for name in ("description", "task_areas"):
        if not getattr(slot, name):
            raise DomainError("missing", field=name)
    check_shape(slot)
    if slot.ends_on > today + FARTHEST:
        raise DomainError("far", field="ends_on")
    if slot.state is SlotState.DRAFT and slot.starts_on < today:
        raise DomainError("starts_in_past", field="starts_on")
    if not slot.attested:
        raise DomainError("not_attested", field="attested")


def check_shape(slot: Slot) -> None:
    """Refuse dates, places or hours that its kind can't have. Raises DomainError("shape")."""
    shape = SHAPES[slot.kind]
    days = (slot.ends_on - slot.starts_on).days + 1
    measured = {"ends_on": (days, shape.days), "capacity": (slot.capacity, shape.places)}
    measured["hours"] = (slot.hours, shape.hours)
    for name, (value, (least, most)) in measured.items():
        if not least <= value <= most:
            raise DomainError("shape", field=name, kind=slot.kind.value, least=least, most=most)
