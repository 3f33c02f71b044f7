"""A problem as solvers want it: small integers, mutually acceptable pairs only, one strict order after the
lottery.

Solvers import this; :mod:`matching.stability` and whatever else checks solvers never does.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import chain

from matching.collector import paused
from matching.entities import Tiers
from matching.hashing import Tag, lottery_number, seeded
from matching.problem import Problem

UNPLACED = -1


@dataclass(frozen=True)
class IndexedCouple:
    """Members as student indices; pairs of slot indices, best first, -1 for unplaced, acceptable pairs only.

    ``ranks[k]`` is the 0-based position of ``preferences[k]`` in the couple's own list.
    """

    members: tuple[int, int]
    preferences: list[tuple[int, int]]
    ranks: list[int]


@dataclass(frozen=True)
class Indexed:
    """The internal arrays every solver gets.

    Students are 0 … n-1 and slots 0 … m-1 in the order of the problem; -1 is "none". A pair appears iff each
    accepts the other and it is not ineligible; slots' lists also hold the members of couples that name them.
    ``capacity`` and ``facility_capacity`` are what preassigned students leave.

    Attributes
    ----------
    student_slots : list of list of int
        Each student's slots, best first, own ties broken by H(0x01, student, slot). Empty for preassigned
        students and members of couples.
    student_tiers : list of list of int
        Parallel to it: the 0-based tier of each entry in the student's list as the problem gives it.
    slot_students, slot_tiers : list of list of int
        The slot's candidates, best first, ties broken by lottery number, and their 0-based tiers
        (``then_any`` is one more tier). A facility's slots are ordered by the facility's list.
    slot_rank : list of dict
        ``slot_rank[j][i]``: position of student i in the strict order that governs slot j; smaller is better.
        For a facility's slots these are positions in the facility's order, so they compare across its slots.
    fixed : list of int
        The slot a student is preassigned to, or -1.
    facility_of : list of int
        The facility that owns a slot, or -1.
    """

    problem: Problem
    student_slots: list[list[int]]
    student_tiers: list[list[int]]
    slot_students: list[list[int]]
    slot_tiers: list[list[int]]
    slot_rank: list[dict[int, int]]
    capacity: list[int]
    fixed: list[int]
    facility_of: list[int]
    facility_capacity: list[int]
    couples: list[IndexedCouple]

    @property
    def n_students(self) -> int:
        return len(self.student_slots)

    @property
    def n_slots(self) -> int:
        return len(self.slot_students)

    @property
    def seed(self) -> str:
        return self.problem.lottery.seed


@paused()
def index(problem: Problem) -> Indexed:
    """Number everybody, drop unacceptable pairs and break ties.

    O(total length of the lists), plus a sort and hashes within tiers of two or more.
    """
    student_of = {student.id: i for i, student in enumerate(problem.students)}
    slot_of = {slot.id: j for j, slot in enumerate(problem.slots)}
    barred = {(student_of[entry.student], slot_of[entry.slot]) for entry in problem.ineligible}
    student_slots, student_tiers = _student_lists(problem, slot_of, barred)
    wanted: list[list[int]] = [[] for _ in problem.slots]  # nobody twice
    for i, slots in zip(student_of.values(), student_slots, strict=True):
        for j in slots:
            wanted[j].append(i)
    _add_couples(problem, student_of, slot_of, barred, wanted)
    facility_of = [-1] * len(problem.slots)
    for f, facility in enumerate(problem.facilities):
        for slot_id in facility.slots:
            facility_of[slot_of[slot_id]] = f
    orders = _slot_orders(problem, student_of, wanted, facility_of)
    slot_rank = [ranks for _, _, ranks in orders]
    if any(len(ranks) != len(students) for ranks, students in zip(slot_rank, wanted, strict=True)):
        _keep_mutual(student_slots, student_tiers, slot_rank)
    capacity = [slot.capacity for slot in problem.slots]
    facility_capacity = [facility.capacity for facility in problem.facilities]
    fixed = [UNPLACED] * len(problem.students)
    for student, slot in problem.preassigned:
        j = fixed[student_of[student]] = slot_of[slot]
        capacity[j] -= 1
        if facility_of[j] >= 0:
            facility_capacity[facility_of[j]] -= 1
    return Indexed(
        problem=problem,
        student_slots=student_slots,
        student_tiers=student_tiers,
        slot_students=[students for students, _, _ in orders],
        slot_tiers=[tiers for _, tiers, _ in orders],
        slot_rank=slot_rank,
        capacity=capacity,
        fixed=fixed,
        facility_of=facility_of,
        facility_capacity=facility_capacity,
        couples=_couples(problem, student_of, slot_of, slot_rank),
    )


def _student_lists(
    problem: Problem, slot_of: Mapping[str, int], barred: set[tuple[int, int]]
) -> tuple[list[list[int]], list[list[int]]]:
    seed = problem.lottery.seed
    slots, tiers = [], []
    for i, student in enumerate(problem.students):
        mine = list(map(slot_of.__getitem__, chain.from_iterable(student.preferences)))
        depth = list(range(len(student.preferences)))
        if len(mine) > len(depth):
            broken = [
                tier if len(tier) == 1 else sorted(tier, key=partial(seeded, seed, Tag.OWN_TIE, student.id))
                for tier in student.preferences
            ]
            mine = [slot_of[slot] for tier in broken for slot in tier]
            depth = [t for t, tier in enumerate(broken) for _ in tier]
        if barred:
            kept = [k for k, j in enumerate(mine) if (i, j) not in barred]
            mine, depth = [mine[k] for k in kept], [depth[k] for k in kept]
        slots.append(mine)
        tiers.append(depth)
    return slots, tiers


def _add_couples(
    problem: Problem,
    student_of: Mapping[str, int],
    slot_of: Mapping[str, int],
    barred: set[tuple[int, int]],
    wanted: list[list[int]],
) -> None:
    pairs = {
        (student_of[member], slot_of[slot])
        for couple in problem.couples
        for pair in couple.preferences
        for member, slot in zip(couple.members, pair, strict=True)
        if slot is not None
    }
    for i, j in sorted(pairs - barred):
        wanted[j].append(i)


_Order = tuple[list[int], list[int], dict[int, int]]  # students, their tiers, position of each


def _slot_orders(
    problem: Problem, student_of: Mapping[str, int], wanted: list[list[int]], facility_of: list[int]
) -> list[_Order]:
    lottery = _Lottery(problem)
    shared: dict[int, _Order] = {}
    for f, facility in enumerate(problem.facilities):
        everyone = {i for j, students in enumerate(wanted) if facility_of[j] == f for i in students}
        shared[f] = _order(
            facility.preferences, facility.then_any, everyone, student_of, lottery, facility.id
        )
    orders = []
    for j, slot in enumerate(problem.slots):
        if facility_of[j] < 0:
            orders.append(_order(slot.preferences, slot.then_any, wanted[j], student_of, lottery, slot.id))
            continue
        candidates = set(wanted[j])
        students, tiers, ranks = shared[facility_of[j]]
        kept = [k for k, i in enumerate(students) if i in candidates]
        mine = [students[k] for k in kept]
        orders.append((mine, [tiers[k] for k in kept], {i: ranks[i] for i in mine}))
    return orders


def _order(
    preferences: Tiers,
    then_any: bool,
    applicants: Collection[int],
    student_of: Mapping[str, int],
    lottery: _Lottery,
    holder: str,
) -> _Order:
    """The strict order of the applicants whom a list accepts."""
    students = list(map(student_of.__getitem__, chain.from_iterable(preferences)))
    if len(students) == len(preferences) == len(applicants):
        tiers = list(range(len(students)))
        ranks = dict(zip(students, tiers, strict=True))
        if all(map(ranks.__contains__, applicants)):
            return students, tiers, ranks  # a strict list of exactly those who apply
    candidates = set(applicants)
    students, tiers = [], []
    for t, tier in enumerate(preferences):
        mine = [i for i in [student_of[name] for name in tier] if i in candidates]
        if len(mine) > 1:
            mine.sort(key=lottery.key(holder))
        students += mine
        tiers += [t] * len(mine)
    if then_any:
        rest = sorted(candidates.difference(students), key=lottery.key(holder))
        students += rest
        tiers += [len(preferences)] * len(rest)
    return students, tiers, dict(zip(students, range(len(students)), strict=True))


class _Lottery:
    """Lottery numbers, drawn when first asked for: strict lists never pay for them."""

    def __init__(self, problem: Problem) -> None:
        self._ids = [student.id for student in problem.students]
        self._lottery = problem.lottery
        self._numbers: dict[int, int] = {}

    def key(self, holder: str) -> _Key:
        """A sort key for one slot; a facility's one list takes the facility's id in the slot's place."""
        return _Key(self, holder)

    def number(self, student: int, holder: str) -> int:
        if self._lottery.mode == "multiple":
            return lottery_number(self._lottery.seed, self._ids[student], holder)
        if student not in self._numbers:
            self._numbers[student] = lottery_number(self._lottery.seed, self._ids[student])
        return self._numbers[student]


class _Key:
    def __init__(self, lottery: _Lottery, holder: str) -> None:
        self._lottery = lottery
        self._holder = holder

    def __call__(self, student: int) -> int:
        return self._lottery.number(student, self._holder)


def _keep_mutual(
    student_slots: list[list[int]], student_tiers: list[list[int]], slot_rank: list[dict[int, int]]
) -> None:
    for i, slots in enumerate(student_slots):
        kept = [k for k, j in enumerate(slots) if i in slot_rank[j]]
        if len(kept) < len(slots):
            student_slots[i] = [slots[k] for k in kept]
            student_tiers[i] = [student_tiers[i][k] for k in kept]


def _couples(
    problem: Problem,
    student_of: Mapping[str, int],
    slot_of: Mapping[str, int],
    slot_rank: list[dict[int, int]],
) -> list[IndexedCouple]:
    found = []
    for couple in problem.couples:
        first, second = (student_of[member] for member in couple.members)
        pairs, ranks = [], []
        for rank, pair in enumerate(couple.preferences):
            a, b = (UNPLACED if slot is None else slot_of[slot] for slot in pair)
            if (a < 0 or first in slot_rank[a]) and (b < 0 or second in slot_rank[b]):
                pairs.append((a, b))
                ranks.append(rank)
        found.append(IndexedCouple((first, second), pairs, ranks))
    return found
