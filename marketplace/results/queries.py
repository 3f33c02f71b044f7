"""Read released results, each participant their own. Assignment rows exist only from release on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from marketplace.accounts.models import User
from marketplace.applications import consents
from marketplace.applications.models import Application
from marketplace.db import db
from marketplace.rankings import queries as rankings
from marketplace.results.decisions import NOTHING, Decision, Disclosed, decision, disclosed, require_published
from marketplace.results.models import HostAnswer
from marketplace.results.reasons import SMALL, Level, Told, Why, tell
from marketplace.rounds.models import Explanation, Round
from marketplace.rounds.phases import PUBLISHED
from marketplace.runs import queries as runs
from marketplace.runs import superseding
from marketplace.runs.models import Assignment, Placement, Seal
from marketplace.runs.queries import Closure, codes
from marketplace.slots.models import Slot
from marketplace.students.models import Student


@dataclass(frozen=True)
class Choice:
    """One place of the student's list and what is told of it. ``rank`` is None where it no longer counted
    when lists closed; ``partners`` is the place of the other half of a couple."""

    rank: int | None
    slot: Slot | None
    told: Told
    partners: Slot | None = None


@dataclass(frozen=True)
class Result:
    """A student's own result. ``in_run`` False: they had no list, so the match did not consider them.

    ``parted``: the other one of their couple left before the release, and they were matched alone.
    """

    in_run: bool
    slot: Slot | None
    rank: int | None
    choices: Sequence[Choice]
    left_out: Sequence[Choice] = ()
    disclosed: Disclosed = NOTHING
    parted: bool = False


@dataclass(frozen=True)
class PublicSeal:
    """What anyone may see of a locked round's input: the digest of every list in it, and their root.

    ``problem_sha256`` binds what is in no list: capacities, eligibility, who takes part. ``draw_key`` is
    there only once the results are out, in rounds that have one.
    """

    root: str
    leaves: Sequence[str]
    problem_sha256: str
    draw_key: str | None


def public_seal(round_id: int) -> PublicSeal | None:
    """The seal of a round's rules page; None before the lock. Never the secret, which opens the digests."""
    query = sa.select(Seal.root, Seal.leaves, Seal.problem_sha256, Round.phase, Round.draw_key).join(
        Round, Round.id == Seal.round_id
    )
    row = db.session.execute(query.where(Seal.round_id == round_id)).one_or_none()
    if row is None:
        return None
    key = row.draw_key if row.phase in PUBLISHED else None
    return PublicSeal(row.root, sorted(row.leaves), row.problem_sha256, key)


def of_student(round_: Round, student: Student) -> Result:
    """The student's result. Raises NotFound before release."""
    decided = decision(round_)
    found = db.session.get(Assignment, (round_.id, student.id))
    if found is None:
        return Result(False, None, None, [])
    students, slots = codes(round_.id)
    mine = next(code for code, id_ in students.items() if id_ == student.id)
    level = Level(detailed=round_.explanation is Explanation.DETAILED)
    told = tell(decided.problem, decided.result, mine, level=level)
    counted = {slots[each.slot] for each in told if each.slot}
    paired = any(mine in couple.members for couple in decided.problem.couples)
    # Of a couple the list of pairs counted, and not the one of their own.
    gone = {} if paired else _left_out(round_, student, decided, slots=slots, counted=counted)
    named = _named({found.slot_id, *gone, *(slots[c] for t in told for c in (t.slot, t.partners) if c)})

    def place(code: str | None) -> Slot | None:
        return named[slots[code]] if code is not None else None

    return Result(
        in_run=True,
        slot=named.get(found.slot_id or 0),
        rank=found.rank,
        choices=[Choice(each.rank, place(each.slot), each, place(each.partners)) for each in told],
        left_out=[Choice(None, named[slot_id], each) for slot_id, each in gone.items()],
        disclosed=disclosed(decided.problem, decided.result),
        parted={mine} in superseding.ended(round_.id),
    )


def _left_out(
    round_: Round, student: Student, decided: Decision, *, slots: Mapping[str, int], counted: set[int]
) -> dict[int, Told]:
    """Slots of the list as it was saved that dropped out of it before lists closed, with why, by id."""
    saved = rankings.of_sealed_student(
        round_.id, student.id, last_draft=round_.use_last_draft, sealed=decided.leaves
    )
    there = {slots[slot.id] for slot in decided.problem.slots}
    return {
        slot_id: Told(None, rank, Why.NOT_APPLIED if slot_id in there else Why.SLOT_GONE)
        for rank, tier in enumerate(rankings.tiers(saved), 1)
        for slot_id in tier
        if slot_id not in counted
    }


def _named(slot_ids: Iterable[int | None]) -> dict[int, Slot]:
    query = sa.select(Slot).where(Slot.id.in_([i for i in slot_ids if i is not None]))
    query = query.options(joinedload(Slot.facility), joinedload(Slot.site))
    return {slot.id: slot for slot in db.session.scalars(query)}


@dataclass(frozen=True)
class Roster:
    """Who is placed in a slot: those whose consent stands, and how many took theirs back.

    ``closure`` where the slot did not run because fewer came than its minimum.
    """

    rows: Sequence[tuple[Application, Placement]]
    hidden: int
    closure: Closure | None = None

    @property
    def left(self) -> int | None:
        """How many were left for a slot that did not run; None where that is too few to be told."""
        return self.closure.had if self.closure and self.closure.had >= SMALL else None

    @property
    def students(self) -> Sequence[Application]:
        """Those whom the host may know."""
        return [application for application, _placement in self.rows]

    @property
    def open(self) -> Sequence[Placement]:
        """What the host is asked to confirm."""
        return [placement for _application, placement in self.rows if placement.host_confirmed_at is None]


def roster(round_: Round, slot: Slot) -> Roster:
    """The students placed in a slot, by name. Raises NotFound before release."""
    require_published(round_)
    query = (
        sa.select(Application, Placement, consents.standing())
        .join(
            Placement,
            sa.and_(
                Placement.round_id == Application.round_id,
                Placement.student_id == Application.student_id,
                Placement.slot_id == Application.slot_id,
                Placement.ended_at.is_(None),
            ),
        )
        .join(Student, Student.id == Application.student_id)
        .join(User, User.id == Student.user_id)
        .where(Placement.round_id == round_.id, Placement.slot_id == slot.id)
        .options(
            joinedload(Application.student).joinedload(Student.user),
            joinedload(Application.student).joinedload(Student.programme),
        )
        .order_by(User.name, Student.id)
    )
    found = db.session.execute(query).all()
    return Roster(
        [(application, placement) for application, placement, stands in found if stands],
        sum(1 for row in found if not row[2]),
        _closures(round_).get(slot.id),
    )


def _closures(round_: Round) -> dict[int, Closure]:
    run = runs.official_run(round_.id)
    return runs.closures(run) if run is not None else {}


def host_answer(round_id: int, slot_id: int) -> HostAnswer | None:
    """What the host of a slot said of its result."""
    return db.session.get(HostAnswer, (round_id, slot_id))
