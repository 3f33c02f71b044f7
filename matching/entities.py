"""The parts of a problem as plain immutable records. Checked nowhere here: :mod:`matching.reading` does that.

Tiers are best first; identifiers within one tier are tied. Low level: imports nothing of ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

Tiers = tuple[tuple[str, ...], ...]
Pair = tuple[str | None, str | None]

NO_TYPES: Final[Mapping[str, str]] = MappingProxyType({})


class Student(NamedTuple):
    """A student and the tiers of slots acceptable to them; ``types`` maps a type to this student's value."""

    id: str
    preferences: Tiers = ()
    types: Mapping[str, str] = NO_TYPES


class Quota(NamedTuple):
    """Upper bounds on students per value of one type; a value that is not named is unbounded."""

    type: str
    maximum: Mapping[str, int]


class Slot(NamedTuple):
    """A posted position. Where a facility owns it, the facility's list orders its students and this one is
    empty."""

    id: str
    capacity: int = 1
    minimum: int = 0
    preferences: Tiers = ()
    then_any: bool = False
    quota: Quota | None = None


class Facility(NamedTuple):
    """A capacity and one priority list shared by several slots (SPA-S: the slots are projects, it is the
    lecturer)."""

    id: str
    slots: tuple[str, ...]
    capacity: int = 1
    preferences: Tiers = ()
    then_any: bool = False
    quota: Quota | None = None


class Couple(NamedTuple):
    """Two students with one list of ordered pairs of slots, best first; ``None`` is unplaced."""

    id: str
    members: tuple[str, str]
    preferences: tuple[Pair, ...]


class Ineligible(NamedTuple):
    """A pair that may not be formed, with the reason code that explanations and audits quote."""

    student: str
    slot: str
    reason: str


class Lottery(NamedTuple):
    """The seed (64 lower-case hexadecimal digits) and whether a student has one number or one per slot."""

    seed: str
    mode: str


class Entities(NamedTuple):
    """A whole problem, in the order of its file."""

    name: str
    students: tuple[Student, ...]
    slots: tuple[Slot, ...]
    facilities: tuple[Facility, ...]
    couples: tuple[Couple, ...]
    preassigned: tuple[tuple[str, str], ...]
    ineligible: tuple[Ineligible, ...]
    lottery: Lottery
