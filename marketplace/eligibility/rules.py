"""The rules of eligibility: for a student and a slot, eligible or exactly why not. The one place they stand.

Pure. The slot page, the search, applying, ranking, the facility's tiers, the coordinator's pages and the
sealed input of the match all ask :class:`Book`; tests hold it against a plain statement of the same rules.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import lru_cache

from marketplace.agreements.cover import MISSING, Cover, Terms, cover
from marketplace.conflicts.models import Side
from marketplace.eligibility.facts import (
    Asked,
    Hindrance,
    Policy,
    Reason,
    SlotFacts,
    Stay,
    StudentFacts,
    Verdict,
)
from marketplace.requirements.models import Due, Standing
from marketplace.rounds.models import AgreementRule
from marketplace.vocabulary import Modality

FINE = Verdict()
_OURS = Hindrance(Reason.CONFLICT)
_THEIRS = Hindrance(Reason.CONFLICT_THEIRS)
_EMPLOYER = Hindrance(Reason.EMPLOYER)
_FULL = Hindrance(Reason.OUT_OF_STATE)
_CLOSED = Hindrance(Reason.SLOT_CLOSED)
_NOT_ENROLLED = Hindrance(Reason.NOT_ENROLLED)
_UNVERIFIED = Hindrance(Reason.UNVERIFIED)
_NO_AGREEMENT = Hindrance(Reason.AGREEMENT, "none")
_PLACED = Hindrance(Reason.PLACED)
_DATES = Hindrance(Reason.DATES)
_TERM = Hindrance(Reason.TERM)
#: What the code of an agreement's hindrance says.
PENDING, ENDS, NONE = "pending", "ends", "none"


#: Where a set of requirements looks alike: school, site if any set names it, modality.
_Place = tuple[int, int | None, Modality]
_Lacks = tuple[tuple[Hindrance, ...], tuple[Hindrance, ...]]


class Book:
    """Everything the rules need besides the pair itself; asks that repeat are answered from memory.

    One book is for one look at the facts: a student's facts must not change while it is in use.
    """

    def __init__(
        self,
        policy: Policy,
        *,
        terms: Iterable[Terms] = (),
        asked: Iterable[Asked] = (),
        stays: Iterable[Stay] = (),
    ) -> None:
        self.policy = policy
        self._terms: dict[tuple[int, int], list[Terms]] = {}
        for each in terms:
            for facility_id in each.facilities:
                self._terms.setdefault((each.school_id, facility_id), []).append(each)
        self._asked: dict[int, list[Asked]] = {}
        for item in asked:
            self._asked.setdefault(item.school_id, []).append(item)
        #: Sites that a set names; at all others a school asks the same.
        self._special = {item.site_id for items in self._asked.values() for item in items}
        self._stays: dict[tuple[int, int], list[Stay]] = {}
        for stay in stays:
            self._stays.setdefault((stay.programme_id, stay.site_id), []).append(stay)
        self._covers: dict[tuple[int, int, date, date], Cover] = {}
        self._kinds: dict[_Place, tuple[tuple[str, Due], ...]] = {}
        self._lacks: dict[tuple[int, _Place, date], _Lacks] = {}
        self._peaks: dict[tuple[int, int, date, date], int] = {}

    def judge(self, student: StudentFacts, slot: SlotFacts) -> Verdict:
        """The verdict on one pair."""
        blocks: list[Hindrance] = []
        gates: list[Hindrance] = []
        notes: list[Hindrance] = []
        if not slot.open:
            blocks.append(_CLOSED)
        if not student.taking_part:
            blocks.append(_NOT_ENROLLED)
        if not slot.verified:
            gates.append(_UNVERIFIED)
        if student.missing:
            gates.append(Hindrance(Reason.PROFILE))
        self._conflicts(student, slot, blocks)
        self._agreement(student, slot, blocks, notes)
        if self.full(student, slot):
            blocks.append(_FULL)
        if student.held and _placed_then(student, slot):
            blocks.append(_PLACED)
        if self._asked:
            lacking, later = self._lacking(student, slot)
            blocks += lacking
            notes += later
        if slot.credentials:
            unheld = (code for code in slot.credentials if code not in student.credentials)
            notes += [Hindrance(Reason.CREDENTIAL, code) for code in unheld]
        if _away(student, slot):
            notes.append(_DATES)
        if student.field or student.modalities or student.term:
            _course(student, slot, blocks, notes)
        if slot.hours < student.hours:
            notes.append(_hours(slot.hours, student.hours))
        if not (blocks or gates or notes):
            return FINE
        return Verdict(tuple(blocks), tuple(gates), tuple(notes))

    def cover(self, student: StudentFacts, slot: SlotFacts) -> Cover:
        """What the agreements say about the pair's placement, to its last day."""
        key = (student.programme_id, slot.site_id, slot.starts_on, slot.ends_on)
        found = self._covers.get(key)
        if found is None:
            known = self._terms.get((student.school_id, slot.facility_id), ())
            mine = [t for t in known if t.applies(student.programme_id, slot.facility_id, slot.site_id)]
            found = self._covers[key] = cover(mine, slot.starts_on, slot.ends_on) if mine else MISSING
        return found

    def full(self, student: StudentFacts, slot: SlotFacts) -> bool:
        """Whether the site, in another state, holds as many of the programme's students as it may."""
        if not out_of_state(student.school_state, slot.state):
            return False
        return self.peak(student.programme_id, slot) >= student.limit

    def peak(self, programme_id: int, slot: SlotFacts) -> int:
        """The most students of a programme at the slot's site on any one day of the slot's dates."""
        stays = self._stays.get((programme_id, slot.site_id))
        if not stays:
            return 0
        key = (programme_id, slot.site_id, slot.starts_on, slot.ends_on)
        if key not in self._peaks:
            self._peaks[key] = _peak(stays, slot.starts_on, slot.ends_on)
        return self._peaks[key]

    def kinds(self, school_id: int, slot: SlotFacts) -> tuple[tuple[str, Due], ...]:
        """What the slot asks of the school's students: of every set that fits, the earlier due of a kind."""
        return self._kinds_at(self._place(school_id, slot))

    def _place(self, school_id: int, slot: SlotFacts) -> _Place:
        return school_id, slot.site_id if slot.site_id in self._special else None, slot.modality

    def _kinds_at(self, place: _Place) -> tuple[tuple[str, Due], ...]:
        found = self._kinds.get(place)
        if found is None:
            school_id, site_id, modality = place
            due: dict[str, Due] = {}
            for item in self._asked.get(school_id, ()):
                fits = item.site_id in (None, site_id) and item.modality in (None, modality)
                if fits and due.get(item.kind) is not Due.MATCH:
                    due[item.kind] = item.due
            found = self._kinds[place] = tuple(sorted(due.items()))
        return found

    def _conflicts(self, student: StudentFacts, slot: SlotFacts, blocks: list[Hindrance]) -> None:
        sides = student.excluded.get(slot.facility_id)
        if sides:
            blocks.append(_OURS if Side.STUDENT in sides else _THEIRS)
        if student.employers.get(slot.facility_id) == "":
            blocks.append(_EMPLOYER)

    def _agreement(
        self, student: StudentFacts, slot: SlotFacts, blocks: list[Hindrance], notes: list[Hindrance]
    ) -> None:
        policy = self.policy
        if policy.rule is AgreementRule.UNCHECKED:
            return
        found = self.cover(student, slot)
        if found.covered:
            return
        if found.pending:
            code, on = PENDING, found.expected_on
        else:
            code, on = (ENDS, found.runs_out_on) if found.runs_out_on else (NONE, None)
        if policy.rule is AgreementRule.EXCLUDE:
            blocks.append(Hindrance(Reason.AGREEMENT, code, on) if on or code != NONE else _NO_AGREEMENT)
        else:
            notes.append(Hindrance(Reason.AGREEMENT, code, policy.due_on or on))

    def _lacking(self, student: StudentFacts, slot: SlotFacts) -> _Lacks:
        """What is asked and not cleared to the last day: what blocks, and what is due later."""
        place = self._place(student.school_id, slot)
        key = (student.id, place, slot.ends_on)
        found = self._lacks.get(key)
        if found is None:
            lacks = [
                (Hindrance(Reason.REQUIREMENT, kind, on), due)
                for kind, due in self._kinds_at(place)
                for cleared, on in [_cleared(student, kind, slot.ends_on)]
                if not cleared
            ]
            blocks = tuple(each for each, due in lacks if due is Due.MATCH)
            found = self._lacks[key] = blocks, tuple(each for each, due in lacks if due is not Due.MATCH)
        return found


def _course(student: StudentFacts, slot: SlotFacts, blocks: list[Hindrance], notes: list[Hindrance]) -> None:
    """The student's field and course: what can't be blocks, what people can arrange is noted."""
    if student.field and student.field not in slot.open_to:
        blocks.append(Hindrance(Reason.FIELD, student.field))
    if student.modalities and slot.modality not in student.modalities:
        blocks.append(Hindrance(Reason.MODALITY, slot.modality.value))
    if student.term is not None and not (
        student.term[0] <= slot.starts_on and slot.ends_on <= student.term[1]
    ):
        notes.append(_TERM)


@lru_cache(maxsize=1000)
def _hours(offered: int, asked: int) -> Hindrance:
    return Hindrance(Reason.HOURS, f"{offered}/{asked}")


def _cleared(student: StudentFacts, kind: str, end: date) -> tuple[bool, date | None]:
    """Whether a requirement is cleared to the end; if it was but expires before, the day it does."""
    entry = student.checked.get(kind)
    if entry is None or entry.standing is not Standing.CLEARED:
        return False, None
    return entry.expires_on is None or entry.expires_on >= end, entry.expires_on


def out_of_state(school_state: str, site_state: str) -> bool:
    """Whether a site is in another state than the school, as far as both are known."""
    return bool(school_state and site_state and school_state != site_state)


def _away(student: StudentFacts, slot: SlotFacts) -> bool:
    late = student.available_from is not None and student.available_from > slot.starts_on
    return late or (student.available_until is not None and student.available_until < slot.ends_on)


def _placed_then(student: StudentFacts, slot: SlotFacts) -> bool:
    """Whether the student has confirmed another place on some of the slot's days."""
    return any(
        held.starts_on <= slot.ends_on and slot.starts_on <= held.ends_on and held.slot_id != slot.id
        for held in student.held
    )


def _peak(stays: list[Stay], start: date, end: date) -> int:
    """How many stays overlap on the fullest day: it is the first day of one of them, or `start`."""
    inside = [stay for stay in stays if stay.starts_on <= end and stay.ends_on >= start]
    days = {max(stay.starts_on, start) for stay in inside}
    return max((sum(1 for s in inside if s.starts_on <= day <= s.ends_on) for day in days), default=0)
