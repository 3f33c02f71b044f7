"""Anomaly holds: what about a result looks so wrong that somebody must look before it may be released.

They are found once, with the official run, in its transaction. A hold changes nothing of the result: it says
that a coordinator must look, and in whose words it was found to be right after all.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import combinations

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from marketplace.access import Actor
from marketplace.audit import services as audit
from marketplace.db import db
from marketplace.errors import Conflict, DomainError, NotFound, WrongPhase
from marketplace.rankings import queries as rankings
from marketplace.rankings.models import RankList
from marketplace.rounds.models import Round
from marketplace.rounds.phases import Phase
from marketplace.runs import queries
from marketplace.runs.matching_adapter import MatchingResult
from marketplace.runs.models import Hold, HoldCause, Seal
from marketplace.schools.models import Programme
from marketplace.students.models import Student

Tiers = Sequence[Sequence[int]]
Finding = tuple[HoldCause, int]
#: So many of a group, and none placed, is no longer chance; nor is a list of so many turned around.
LEAST_GROUP, LEAST_LIST = 2, 3
#: So many pairs of applicants that others order, every one the other way round.
LEAST_PAIRS = 10


def place(run_id: int, round_: Round, result: MatchingResult, *, now: datetime) -> None:
    """Write down the holds of an official run, inside the transaction that writes its result."""
    assignment, blocking = result.assignment, len(result.blocking_pairs)
    students, slots = queries.codes(round_.id)
    placed = {students[code]: slots[slot] if slot else None for code, slot in assignment.items()}
    found = [*_groups(placed), *_lists(round_.id)]
    found += [(HoldCause.BLOCKING, blocking)] if blocking else []
    db.session.add_all(
        Hold(run_id=run_id, cause=cause, subject_id=subject_id, found_at=now) for cause, subject_id in found
    )


def of_run(run_id: int) -> Sequence[Hold]:
    """A run's holds, as they were found."""
    return db.session.scalars(sa.select(Hold).where(Hold.run_id == run_id).order_by(Hold.id)).all()


def standing(run_id: int) -> int:
    """How many holds of a run nobody has cleared."""
    query = sa.select(sa.func.count()).where(Hold.run_id == run_id, Hold.cleared_at.is_(None))
    return db.session.scalar(query) or 0


def require(round_: Round, hold_id: int) -> Hold:
    """A hold on the result that waits for its release. Raises NotFound."""
    run = queries.official_run(round_.id)
    found = db.session.get(Hold, hold_id)
    if run is None or found is None or found.run_id != run.id or round_.phase is not Phase.COMPUTED:
        raise NotFound("hold")
    return found


def clear(actor: Actor, round_: Round, hold_id: int, *, reason: str, now: datetime) -> None:
    """A coordinator has looked, and says in words why the result stands.

    Raises NotFound, WrongPhase, DomainError("missing") without words, Conflict where somebody was faster.
    """
    if round_.phase is not Phase.COMPUTED:
        raise WrongPhase(round_.phase.value)
    hold = require(round_, hold_id)
    words = reason.strip()[:300]
    if not words:
        raise DomainError("missing", field="reason")
    if hold.cleared_at is not None:
        raise Conflict("cleared")
    hold.reason, hold.cleared_at, hold.cleared_by_id = words, now, actor.user_id
    db.session.flush()
    audit.record(actor, "hold cleared", round_, now=now, hold=hold.id)


def _groups(placed: Mapping[int, int | None]) -> Iterator[Finding]:
    """Programmes and schools of which nobody is placed; a school of one programme is said once."""
    query = sa.select(Student.id, Student.programme_id, Programme.school_id).join(
        Programme, Programme.id == Student.programme_id
    )
    rows = db.session.execute(query.where(Student.id.in_(placed)).order_by(Student.id)).all()
    programmes: dict[int, set[int]] = defaultdict(set)
    every, got = Counter[Finding](), Counter[Finding]()
    for student_id, programme_id, school_id in rows:
        programmes[school_id].add(programme_id)
        for group in ((HoldCause.PROGRAMME, programme_id), (HoldCause.SCHOOL, school_id)):
            every[group] += 1
            got[group] += placed[student_id] is not None
    for group in sorted(every):
        alone = group[0] is HoldCause.SCHOOL and len(programmes[group[1]]) == 1
        if every[group] >= LEAST_GROUP and not got[group] and not alone:
            yield group


def _lists(round_id: int) -> Iterator[Finding]:
    """Lists of the sealed input that look turned around: against their owner's last, or everybody else's."""
    leaves = db.session.get_one(Seal, round_id).leaves
    counted: dict[tuple[str, int], RankList] = {}
    before: dict[tuple[str, int], RankList] = {}
    query = sa.select(RankList).where(RankList.round_id == round_id, RankList.certified)
    for saved in db.session.scalars(
        query.options(selectinload(RankList.entries)).order_by(RankList.version, RankList.id)
    ):
        kind = "slot" if saved.student_id is None else "student"
        owner = kind, saved.student_id or saved.slot_id or 0
        (counted if saved.digest in leaves else before)[owner] = saved
    for owner in sorted(counted.keys() & before.keys()):
        if is_reversed(rankings.tiers(before[owner]), rankings.tiers(counted[owner])):
            yield HoldCause(f"{owner[0]}_reversed"), owner[1]
    slots = {i: rankings.tiers(saved) for (kind, i), saved in sorted(counted.items()) if kind == "slot"}
    for slot_id, tiers in slots.items():
        if runs_against(tiers, [other for i, other in slots.items() if i != slot_id]):
            yield HoldCause.SLOT_AGAINST, slot_id


def is_reversed(earlier: Tiers, later: Tiers) -> bool:
    """Whether two lists order those on both exactly the other way round.

    >>> is_reversed([[1], [2], [3]], [[3], [2], [1]]), is_reversed([[1], [2], [3]], [[3], [1], [2]])
    (True, False)
    """
    common = {i for tier in earlier for i in tier} & {i for tier in later for i in tier}
    kept = [[sorted(common.intersection(tier)) for tier in tiers] for tiers in (earlier, later)]
    first, second = ([tier for tier in tiers if tier] for tiers in kept)
    return len(common) >= LEAST_LIST and len(first) > 1 and first == second[::-1]


def runs_against(tiers: Tiers, others: Sequence[Tiers]) -> bool:
    """Whether a slot orders its applicants against every other list: the mark of a score read as a rank.

    >>> runs_against([[5], [4], [3], [2], [1]], [[[1], [2], [3], [4], [5]]])
    True
    >>> runs_against([[5], [4], [3], [1], [2]], [[[1], [2], [3], [4], [5]]])
    False
    """
    places = [{i: place for place, tier in enumerate(each) for i in tier} for each in (tiers, *others)]
    mine, against = places[0], 0
    for theirs in places[1:]:
        for one, other in combinations(sorted(mine.keys() & theirs.keys()), 2):
            product = (mine[one] - mine[other]) * (theirs[one] - theirs[other])
            if product > 0:
                return False
            against += product < 0
    return against >= LEAST_PAIRS
