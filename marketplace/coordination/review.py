"""The official result in totals, as coordinators check it under embargo. Nobody's placement is in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from marketplace.accounts.models import User
from marketplace.coordination.queries import names
from marketplace.db import db
from marketplace.rounds import queries as rounds
from marketplace.rounds.models import Round, RoundStudent
from marketplace.runs import apart, holds, matching_adapter, superseding
from marketplace.runs.models import Hold, HoldCause, MatchRun
from marketplace.runs.queries import closures, codes, official_run
from marketplace.schools.models import Programme, School
from marketplace.slots.models import Slot

#: Choices that have a column of their own; later ones are counted together.
CHOICES = 3


@dataclass(frozen=True)
class Group:
    """A programme in the result: how many of it were in the match, placed, and at which choice."""

    name: str
    students: int
    placed: int
    choices: Sequence[int]
    later: int


@dataclass(frozen=True)
class Held:
    """A hold, with the name of whom it is about, and of whoever cleared it."""

    hold: Hold
    about: str
    cleared_by: str


@dataclass(frozen=True)
class Review:
    """The official result in totals."""

    run: MatchRun
    placed: int
    students: int
    places: int
    ranks: list[tuple[int, int]]
    kinds: list[tuple[str, int, int]]
    programmes: list[Group]
    unmatched: list[str]
    needs_placement: list[str]
    empty_slots: list[tuple[str, int]]
    closed: list[tuple[str, int, int]]
    holds: list[Held]

    @property
    def standing(self) -> int:
        """How many holds block the release."""
        return sum(1 for held in self.holds if held.hold.cleared_at is None)


def of_round(round_: Round) -> Review | None:
    """Totals of the official run, or None before it is done."""
    run = official_run(round_.id)
    if run is None or run.result is None:
        return None
    result = matching_adapter.read_result(run.result)
    students, slots = codes(round_.id)
    placed = {students[c]: slots[s] for c, s in result.assignment.items() if s is not None}
    in_run = {students[c] for c in result.assignment}
    people = [row for row in rounds.participants(round_.id) if row.withdrawn_at is None]
    hosts = {row.slot_id: row.slot for row in rounds.round_slots(round_.id)}
    filled = Counter(placed.values())
    got = apart.ranks(superseding.decided(run), result)  # of a couple the rank of their pair
    ranks = {students[code]: rank for code, rank in got.items()}
    closed = closures(run)
    return Review(
        run=run,
        placed=len(placed),
        students=len(in_run),
        places=sum(slot.capacity for slot in hosts.values()),
        ranks=sorted(Counter(ranks.values()).items()),
        kinds=_by_kind(list(hosts.values()), filled),
        programmes=_by_programme([row for row in people if row.student_id in in_run], placed, ranks),
        unmatched=[
            r.student.user.name for r in people if r.student_id in in_run and r.student_id not in placed
        ],
        needs_placement=[r.student.user.name for r in people if r.student_id not in in_run],
        empty_slots=[
            (_named(s), s.capacity - filled[s.id])
            for s in hosts.values()
            if filled[s.id] < s.capacity and s.id not in closed
        ],
        closed=[
            (_named(s), closed[s.id].had, closed[s.id].minimum) for s in hosts.values() if s.id in closed
        ],
        holds=[_held(hold) for hold in holds.of_run(run.id)],
    )


def held(round_: Round, hold_id: int) -> Held:
    """One hold of the result that waits. Raises NotFound."""
    return _held(holds.require(round_, hold_id))


def _held(hold: Hold) -> Held:
    """With its names; there are few holds, or the round has worse trouble than a slow page."""
    by = db.session.get(User, hold.cleared_by_id) if hold.cleared_by_id else None
    return Held(hold, _about(hold), by.name if by else "")


def _about(hold: Hold) -> str:
    if hold.cause is HoldCause.BLOCKING:
        return str(hold.subject_id)
    if hold.cause is HoldCause.PROGRAMME:
        return db.session.get_one(Programme, hold.subject_id).name
    if hold.cause is HoldCause.SCHOOL:
        return db.session.get_one(School, hold.subject_id).name
    if hold.cause is HoldCause.STUDENT_REVERSED:
        return names([hold.subject_id])[hold.subject_id]
    return db.session.get_one(Slot, hold.subject_id).title


def _named(slot: Slot) -> str:
    return f"{slot.facility.name}, {slot.title}"


def _by_kind(hosts: Sequence[Slot], filled: Counter[int]) -> list[tuple[str, int, int]]:
    places: Counter[str] = Counter()
    taken: Counter[str] = Counter()
    for slot in hosts:
        places[slot.facility.kind.value] += slot.capacity
        taken[slot.facility.kind.value] += filled[slot.id]
    return [(kind, taken[kind], places[kind]) for kind in sorted(places)]


def _by_programme(
    people: Sequence[RoundStudent], placed: Mapping[int, int], ranks: Mapping[int, int]
) -> list[Group]:
    members: dict[tuple[str, int], list[int]] = {}
    for row in people:
        programme = row.student.programme
        members.setdefault((programme.name, programme.id), []).append(row.student_id)
    found = []
    for (name, _id), ids in sorted(members.items()):
        got = Counter(ranks[i] for i in ids if i in ranks)
        choices = [got[rank] for rank in range(1, CHOICES + 1)]
        found.append(
            Group(name, len(ids), sum(i in placed for i in ids), choices, got.total() - sum(choices))
        )
    return found
