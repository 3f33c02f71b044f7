"""Read released results, each participant their own. Assignment rows exist only from release on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from marketplace.accounts.models import User
from marketplace.applications import consents
from marketplace.applications.models import Application
from marketplace.db import db
from marketplace.errors import NotFound
from marketplace.results.models import HostAnswer
from marketplace.rounds.models import Round
from marketplace.rounds.phases import PUBLISHED
from marketplace.runs import matching_adapter
from marketplace.runs import queries as runs
from marketplace.runs.models import Assignment, Seal
from marketplace.runs.queries import Closure, codes
from marketplace.slots.models import Slot
from marketplace.students.models import Student


@dataclass(frozen=True)
class Choice:
    """One place of the student's list and what became of it: placed, given to others, not needed, or closed
    below its minimum."""

    slot: Slot
    outcome: str


@dataclass(frozen=True)
class Result:
    """A student's own result. ``in_run`` False: they had no list, so the match did not consider them."""

    in_run: bool
    slot: Slot | None
    rank: int | None
    choices: Sequence[Choice]


@dataclass(frozen=True)
class PublicSeal:
    """What anyone may see of a locked round's input: the digest of every list in it, and their root.

    ``draw_key`` only once the results are out, in rounds that have one.
    """

    root: str
    leaves: Sequence[str]
    draw_key: str | None


def public_seal(round_id: int) -> PublicSeal | None:
    """The seal of a round's rules page; None before the lock. Never the secret, which opens the digests."""
    query = sa.select(Seal.root, Seal.leaves, Round.phase, Round.draw_key).join(
        Round, Round.id == Seal.round_id
    )
    row = db.session.execute(query.where(Seal.round_id == round_id)).one_or_none()
    if row is None:
        return None
    return PublicSeal(row.root, sorted(row.leaves), row.draw_key if row.phase in PUBLISHED else None)


def of_student(round_: Round, student: Student) -> Result:
    """The student's result. Raises NotFound before release."""
    _require_published(round_)
    found = db.session.get(Assignment, (round_.id, student.id))
    if found is None:
        return Result(False, None, None, [])
    listed = _sealed_list(round_, student)
    slots = {
        slot.id: slot
        for slot in db.session.scalars(
            sa.select(Slot)
            .where(Slot.id.in_([*listed, found.slot_id or 0]))
            .options(joinedload(Slot.facility), joinedload(Slot.site))
        )
    }
    closed = _closures(round_)
    choices = [
        Choice(slots[i], "closed" if i in closed else _outcome(rank, found.rank))
        for i, rank in listed.items()
    ]
    return Result(True, slots.get(found.slot_id or 0), found.rank, choices)


def _outcome(rank: int, got: int | None) -> str:
    if got is None or rank < got:
        return "taken"
    return "placed" if rank == got else "below"


def _sealed_list(round_: Round, student: Student) -> dict[int, int]:
    """Slot id to 1-based rank on the student's sealed list."""
    problem = matching_adapter.read_problem(db.session.get_one(Seal, round_.id).problem)
    students, slots = codes(round_.id)
    mine = next((s for s in problem.students if students[s.id] == student.id), None)
    if mine is None:
        return {}
    return {slots[code]: rank for rank, tier in enumerate(mine.preferences, 1) for code in tier}


@dataclass(frozen=True)
class Roster:
    """Who is placed in a slot: those whose consent stands, and how many took theirs back.

    ``closure`` where the slot did not run because fewer came than its minimum.
    """

    students: Sequence[Application]
    hidden: int
    closure: Closure | None = None


def roster(round_: Round, slot: Slot) -> Roster:
    """The students placed in a slot, by name. Raises NotFound before release."""
    _require_published(round_)
    query = (
        sa.select(Application, consents.standing())
        .join(
            Assignment,
            sa.and_(
                Assignment.round_id == Application.round_id,
                Assignment.student_id == Application.student_id,
                Assignment.slot_id == Application.slot_id,
            ),
        )
        .join(Student, Student.id == Application.student_id)
        .join(User, User.id == Student.user_id)
        .where(Assignment.round_id == round_.id, Assignment.slot_id == slot.id)
        .options(
            joinedload(Application.student).joinedload(Student.user),
            joinedload(Application.student).joinedload(Student.programme),
        )
        .order_by(User.name, Student.id)
    )
    found = [(application, stands) for application, stands in db.session.execute(query)]
    return Roster(
        [a for a, stands in found if stands],
        sum(1 for _a, stands in found if not stands),
        _closures(round_).get(slot.id),
    )


def _closures(round_: Round) -> dict[int, Closure]:
    run = runs.official_run(round_.id)
    return runs.closures(run) if run is not None else {}


def _require_published(round_: Round) -> None:
    if round_.phase not in PUBLISHED:
        raise NotFound("result")


def host_answer(round_id: int, slot_id: int) -> HostAnswer | None:
    """What the host of a slot said of its result."""
    return db.session.get(HostAnswer, (round_id, slot_id))
