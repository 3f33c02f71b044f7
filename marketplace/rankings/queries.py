"""Read rank order lists: one owner's versions, and every list that counts in a round."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVarTuple

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from marketplace.db import db
from marketplace.errors import NotFound
from marketplace.memo import once
from marketplace.rankings.models import RankEntry, RankList

Columns = TypeVarTuple("Columns")


@dataclass(frozen=True)
class Owner:
    """Whose list in which round: exactly one of student and slot."""

    round_id: int
    student_id: int | None = None
    slot_id: int | None = None

    @property
    def condition(self) -> sa.ColumnElement[bool]:
        """The rows of this owner."""
        mine = (
            RankList.student_id == self.student_id
            if self.student_id is not None
            else RankList.slot_id == self.slot_id
        )
        return sa.and_(RankList.round_id == self.round_id, mine)


def latest_version(owner: Owner) -> int:
    """The number of the newest version, 0 where there is none."""
    return (
        db.session.scalar(
            sa.select(sa.func.coalesce(sa.func.max(RankList.version), 0)).where(owner.condition)
        )
        or 0
    )


def versions(owner: Owner) -> Sequence[RankList]:
    """Every saved version with its entries, newest first."""
    query = sa.select(RankList).where(owner.condition).options(selectinload(RankList.entries))
    return db.session.scalars(query.order_by(RankList.version.desc())).all()


def version(owner: Owner, number: int) -> RankList:
    """One version with its entries."""
    query = sa.select(RankList).where(owner.condition, RankList.version == number)
    found = db.session.scalars(query.options(selectinload(RankList.entries))).one_or_none()
    if found is None:
        raise NotFound("version")
    return found


def current(owner: Owner) -> RankList | None:
    """The newest version, certified or not: what the owner goes on editing."""
    return _newest_of(owner, certified=False)


def is_certified(owner: Owner) -> bool | None:
    """Whether the newest version is certified; None without any."""
    query = sa.select(RankList.certified).where(owner.condition)
    return db.session.scalar(query.order_by(RankList.version.desc()).limit(1))


def in_force(owner: Owner) -> RankList | None:
    """The last certified version: what counts."""
    return _newest_of(owner, certified=True)


def _newest_of(owner: Owner, *, certified: bool) -> RankList | None:
    student = owner.student_id is not None
    values = {"round": owner.round_id, "owner": owner.student_id if student else owner.slot_id}
    return db.session.scalars(_newest_saved(student=student, certified=certified), values).one_or_none()


@lru_cache(maxsize=4)
def _newest_saved(*, student: bool, certified: bool) -> sa.Select[RankList]:
    owner = RankList.student_id if student else RankList.slot_id
    query = sa.select(RankList).where(
        RankList.round_id == sa.bindparam("round"), owner == sa.bindparam("owner")
    )
    query = query.where(RankList.certified) if certified else query
    return query.options(selectinload(RankList.entries)).order_by(RankList.version.desc()).limit(1)


def of_sealed_student(
    round_id: int, student_id: int, *, last_draft: bool, sealed: Collection[str]
) -> RankList | None:
    """The version of a student's list that the sealed digests hold, None where they had none."""
    owner = Owner(round_id, student_id=student_id)
    saved = in_force(owner) or (current(owner) if last_draft else None)
    return saved if saved is not None and saved.digest in sealed else None


def counting(round_id: int, *, last_drafts: bool) -> tuple[dict[int, RankList], dict[int, RankList]]:
    """The lists that count: (by student, by slot), the last certified version of each.

    With `last_drafts` a student who never certified counts with the last draft, unless that draft is empty;
    a slot never does.
    """
    query = (
        sa.select(RankList)
        .where(RankList.round_id == round_id)
        .options(selectinload(RankList.entries))
        .order_by(RankList.certified, RankList.version, RankList.id)
    )
    students: dict[int, RankList] = {}
    slots: dict[int, RankList] = {}
    for saved in db.session.scalars(_newest(query, round_id)):
        if saved.student_id is not None and (saved.certified or (last_drafts and saved.entries)):
            students[saved.student_id] = saved
        elif saved.slot_id is not None and saved.certified:
            slots[saved.slot_id] = saved
    return students, slots


def _newest(query: sa.Select[*Columns], round_id: int) -> sa.Select[*Columns]:
    """Keep the newest version of each owner and kind (certified or draft); later rows win above."""
    newest = (
        sa.select(sa.func.max(RankList.id))
        .where(RankList.round_id == round_id)
        .group_by(RankList.student_id, RankList.slot_id, RankList.certified)
    )
    return query.where(RankList.id.in_(newest))


@once
def states(round_id: int) -> tuple[dict[int, str], dict[int, str]]:
    """For every owner with a list: ``certified`` or ``draft`` (by student id, by slot id).

    A student whose only list is an empty draft has none.
    """
    filled = sa.exists().where(RankEntry.rank_list_id == RankList.id)
    query = sa.select(RankList.student_id, RankList.slot_id, RankList.certified, filled).order_by(
        RankList.certified
    )
    students: dict[int, str] = {}
    slots: dict[int, str] = {}
    for student_id, slot_id, certified, has_entries in db.session.execute(_newest(query, round_id)):
        state = "certified" if certified else "draft"
        if student_id is not None:
            if certified or has_entries:
                students[student_id] = state
        elif slot_id is not None:
            slots[slot_id] = state
    return students, slots


def tiers(saved: RankList | None) -> list[list[int]]:
    """The partner ids of a list, tier by tier, best first."""
    found: dict[int, list[int]] = {}
    for entry in saved.entries if saved else ():
        partner = entry.slot_id if entry.slot_id is not None else entry.student_id
        assert partner is not None
        found.setdefault(entry.rank, []).append(partner)
    return [found[rank] for rank in sorted(found)]
