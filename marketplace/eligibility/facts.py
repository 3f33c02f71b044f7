"""What the rules of eligibility look at: plain facts of a student, a slot and a round. Pure.

What is made once a pair or once a slot is a named tuple: rounds have tens of thousands of pairs.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from marketplace.conflicts.models import Side
from marketplace.requirements.models import Due, Standing
from marketplace.rounds.models import AgreementRule
from marketplace.vocabulary import Modality


class Reason(StrEnum):
    """Why a pair can't be formed, or what should be mended. The stored code of ineligible pairs."""

    SLOT_CLOSED = "slot-closed"
    NOT_ENROLLED = "not-enrolled"
    UNVERIFIED = "unverified"
    PROFILE = "profile"
    CONFLICT = "conflict"
    CONFLICT_THEIRS = "conflict-theirs"
    EMPLOYER = "employer"
    AGREEMENT = "agreement"
    OUT_OF_STATE = "out-of-state"
    PLACED = "placed"
    REQUIREMENT = "requirement"
    CREDENTIAL = "credential"
    DATES = "dates"
    FIELD = "field"
    MODALITY = "modality"
    HOURS = "hours"
    TERM = "term"


class Hindrance(NamedTuple):
    """One thing in the way. ``code``: the requirement, credential, field, modality or state of the agreement
    it is about, or the hours "80/120"; ``on``: the day that counts (an agreement expected, a requirement's
    expiry, a drop-dead date)."""

    reason: Reason
    code: str = ""
    on: date | None = None

    @property
    def recorded(self) -> str:
        """The reason as a round's file keeps it: it tells nobody which side excluded a pair."""
        return (Reason.CONFLICT if self.reason is Reason.CONFLICT_THEIRS else self.reason).value


_KEEPS_OUT = frozenset({Reason.CONFLICT, Reason.CONFLICT_THEIRS, Reason.EMPLOYER, Reason.PLACED})


class Verdict(NamedTuple):
    """``blocks``: the pair can't be matched. ``gates``: the student can't apply yet. ``notes``: good to know,
    decided by people or due later. Eligible means: nothing blocks."""

    blocks: tuple[Hindrance, ...] = ()
    gates: tuple[Hindrance, ...] = ()
    notes: tuple[Hindrance, ...] = ()

    @property
    def eligible(self) -> bool:
        """Whether the match may form the pair, as things stand."""
        return not self.blocks

    @property
    def may_apply(self) -> bool:
        """Whether the student may apply: what time and papers can mend need not be mended before."""
        return not self.gates and all(each.reason not in _KEEPS_OUT for each in self.blocks)


@dataclass(frozen=True, slots=True)
class Checked:
    """The newest entry of a requirement that someone checked."""

    standing: Standing
    expires_on: date | None = None


class Held(NamedTuple):
    """A place that a student has confirmed, by whatever round."""

    round_id: int
    slot_id: int
    starts_on: date
    ends_on: date


@dataclass(frozen=True, slots=True)
class StudentFacts:
    """A student. ``taking_part`` is false once they left the round, or before a school took them in.

    ``field`` is empty for health information. ``hours`` are what the course (else the programme) asks for, 0
    if not known; ``modalities`` what it allows (none named: all); ``term`` its first and last day. ``held``
    are the person's confirmed places of other rounds: within one round a place can be exchanged.
    """

    id: int
    programme_id: int
    school_id: int
    school_state: str = ""
    limit: int = 10
    taking_part: bool = True
    missing: tuple[str, ...] = ()
    available_from: date | None = None
    available_until: date | None = None
    credentials: frozenset[str] = frozenset()
    excluded: Mapping[int, frozenset[Side]] = dataclasses.field(default_factory=dict)
    employers: Mapping[int, str] = dataclasses.field(default_factory=dict)
    checked: Mapping[str, Checked] = dataclasses.field(default_factory=dict)
    field: str = ""
    hours: int = 0
    modalities: frozenset[Modality] = frozenset()
    term: tuple[date, date] | None = None
    held: tuple[Held, ...] = ()


class SlotFacts(NamedTuple):
    """A slot. ``open`` is false once it is closed or out of the round."""

    id: int
    facility_id: int
    site_id: int
    state: str
    starts_on: date
    ends_on: date
    modality: Modality
    credentials: tuple[str, ...] = ()
    open: bool = True
    verified: bool = True
    hours: int = 0
    open_to: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """One item of one requirement set."""

    school_id: int
    site_id: int | None
    modality: Modality | None
    kind: str
    due: Due


@dataclass(frozen=True, slots=True)
class Stay:
    """A placement that stands: a student of a programme is at a site between two days."""

    student_id: int
    programme_id: int
    site_id: int
    starts_on: date
    ends_on: date


@dataclass(frozen=True, slots=True)
class Policy:
    """What the round says about agreements; without a round a missing one is only noted."""

    rule: AgreementRule | None = None
    due_on: date | None = None
