"""What stands between a round and a full one, most effect first: the list that coordinators work from.

Finds; the sentences are in :mod:`marketplace.forecasts.words`. Nobody's order is told: a row says that a list
is short, never what is on it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from marketplace.eligibility import limits
from marketplace.eligibility.facts import Hindrance, Reason
from marketplace.forecasts.reading import Rows
from marketplace.gaps.queries import needed_by
from marketplace.rounds.models import Round
from marketplace.vocabulary import Silence

SHORT_LIST = 3
#: A slot is as good as full from this probability on, and a student is at risk below that one.
FULL, AT_RISK = 0.9, 0.5


class FixKind(StrEnum):
    """What is to mend. The order is that of rows of equal effect."""

    GIVEN = "given"
    BLOCKED = "blocked"
    AGREEMENT = "agreement"
    NO_ANSWER = "no-answer"
    NO_LIST = "no-list"
    FULL_SLOTS = "full-slots"
    NO_APPLICATION = "no-application"
    SHORT_LIST = "short-list"
    OUT_OF_STATE = "out-of-state"
    NO_APPLICANTS = "no-applicants"


@dataclass(frozen=True, slots=True)
class Fix:
    """One row: the students or places it concerns, and the last day on which mending helps.

    ``subject``: the facility, slot or site it is about; ``causes``: why these students can't be placed.
    """

    kind: FixKind
    due: date
    students: tuple[int, ...] = ()
    places: int = 0
    subject: int = 0
    causes: tuple[Hindrance, ...] = ()
    pressure: limits.Pressure | None = None

    @property
    def concerned(self) -> int:
        """How many students, or places where it is about places."""
        return len(self.students) or self.places

    @property
    def key(self) -> str:
        """The same on two nights if nothing changed but the days left."""
        what = ",".join(each.recorded + each.code for each in self.causes)
        who = ",".join(map(str, self.students)) or self.places
        return f"{self.kind.value} {self.subject} {what} {who}"


@dataclass(frozen=True)
class Expected:
    """A night's probabilities: of students to be placed, of slots to be full."""

    placed: Mapping[int, float]
    full: Mapping[int, float]


def find(rows: Rows, expected: Expected, now: datetime) -> list[Fix]:
    """Every row, by students (or places) concerned for each day left: many and soon come first."""
    today = now.astimezone(rows.round.zone).date()
    found = [fix for look in _LOOKS for fix in look(rows, expected) if fix.due >= today]
    order = list(FixKind)
    return sorted(
        found,
        key=lambda fix: (-fix.concerned / ((fix.due - today).days + 1), order.index(fix.kind), fix.subject),
    )


def keys(found: Iterable[Fix]) -> list[str]:
    """What a night's rows are remembered by."""
    return sorted(fix.key for fix in found)


def _lists_close(round_: Round) -> date:
    return round_.ranking_closes_at.astimezone(round_.zone).date()


def _applying_closes(round_: Round) -> date:
    return round_.applying_closes_at.astimezone(round_.zone).date()


def _of(kind: FixKind, due: date, students: Iterable[int]) -> list[Fix]:
    """One row about these students, none without any."""
    mine = tuple(sorted(students))
    return [Fix(kind, due, mine)] if mine else []


def _without_application(rows: Rows, _expected: Expected) -> list[Fix]:
    idle = [i for i in rows.programmes if not rows.applied.get(i)]
    return _of(FixKind.NO_APPLICATION, _applying_closes(rows.round), idle) if rows.applying else []


def _without_list(rows: Rows, _expected: Expected) -> list[Fix]:
    silent = [i for i in rows.seeking if rows.applied.get(i) and rows.listed(i) is None]
    return _of(FixKind.NO_LIST, _lists_close(rows.round), silent)


def _open_entries(rows: Rows, student_id: int) -> list[int]:
    """The entries of a student's list that may become a placement."""
    return [j for j in rows.listed(student_id) or () if not rows.blocks(student_id, j)]


def _short_lists(rows: Rows, _expected: Expected) -> list[Fix]:
    short = [
        i for i in rows.seeking if rows.listed(i) is not None and 0 < len(_open_entries(rows, i)) < SHORT_LIST
    ]
    return _of(FixKind.SHORT_LIST, _lists_close(rows.round), short)


def _fallen(rows: Rows, _expected: Expected) -> list[Fix]:
    """Places given before the match that it could not form any more."""
    return _of(FixKind.GIVEN, _lists_close(rows.round), rows.fallen)


def _full_slots(rows: Rows, expected: Expected) -> list[Fix]:
    """Students whose every open entry is likely full, and who likely go without."""
    stuck = []
    for i in rows.seeking:
        entries = _open_entries(rows, i)
        full = entries and all(expected.full.get(j, 0.0) >= FULL for j in entries)
        if full and expected.placed.get(i, 0.0) < AT_RISK:
            stuck.append(i)
    return _of(FixKind.FULL_SLOTS, _lists_close(rows.round), stuck)


def _unanswered(rows: Rows, _expected: Expected) -> list[Fix]:
    """Slots that take nobody unless they answer, each with whoever applied and could be placed there."""
    waiting: dict[int, list[int]] = {}
    mute = {each.id for each in rows.offers if each.silence is Silence.NONE and each.id not in rows.answers}
    for student_id, slots in rows.applied.items():
        for slot_id in slots & mute:
            if not rows.blocks(student_id, slot_id):
                waiting.setdefault(slot_id, []).append(student_id)
    due = _lists_close(rows.round)
    return [
        Fix(FixKind.NO_ANSWER, due, tuple(sorted(students)), subject=slot_id)
        for slot_id, students in sorted(waiting.items())
    ]


def _agreements(rows: Rows, _expected: Expected) -> list[Fix]:
    """Facilities whose missing agreement keeps applicants out, each with how many."""
    kept: dict[int, set[int]] = {}
    for student_id, slots in rows.applied.items():
        for slot_id in slots:
            if any(each.reason is Reason.AGREEMENT for each in rows.blocks(student_id, slot_id)):
                kept.setdefault(rows.rules.slots[slot_id].facility_id, set()).add(student_id)
    due = needed_by(rows.round)
    return [
        Fix(FixKind.AGREEMENT, due, tuple(sorted(students)), subject=facility_id)
        for facility_id, students in sorted(kept.items())
    ]


def _blocked(rows: Rows, _expected: Expected) -> list[Fix]:
    """Students who can't be placed anywhere they listed (or applied), grouped by why."""
    groups: dict[tuple[Hindrance, ...], list[int]] = {}
    for i in rows.seeking:
        mine = rows.listed(i)
        wanted = mine if mine is not None else sorted(rows.applied.get(i, ()))
        found = [rows.blocks(i, j) for j in wanted]
        if found and all(found):
            causes = {each for blocks in found for each in blocks}
            groups.setdefault(tuple(sorted(causes, key=str)), []).append(i)
    due = _lists_close(rows.round)
    return [
        Fix(FixKind.BLOCKED, due, tuple(sorted(students)), causes=causes)
        for causes, students in sorted(groups.items(), key=str)
    ]


def _pressures(rows: Rows, _expected: Expected) -> list[Fix]:
    """Sites in another state that near the limit of a programme's students."""
    found = limits.pressures(rows.rules, {each.id: each.capacity for each in rows.offers})
    due = _lists_close(rows.round)
    return [
        Fix(FixKind.OUT_OF_STATE, due, places=each.places, subject=each.site_id, pressure=each)
        for each in found
        if each.warned
    ]


def _unwanted(rows: Rows, _expected: Expected) -> list[Fix]:
    """The places that nobody applied to, in one row, while somebody still can."""
    wanted = {slot_id for slots in rows.applied.values() for slot_id in slots}
    places = sum(each.capacity for each in rows.offers if each.id not in wanted)
    if not places or not rows.applying:
        return []
    return [Fix(FixKind.NO_APPLICANTS, _applying_closes(rows.round), places=places)]


_LOOKS: Sequence[Callable[[Rows, Expected], list[Fix]]] = (
    _fallen,
    _blocked,
    _agreements,
    _unanswered,
    _without_list,
    _full_slots,
    _without_application,
    _short_lists,
    _pressures,
    _unwanted,
)
