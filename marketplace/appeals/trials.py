"""What-if runs for appeals: the sealed input with one stated correction, on the same seed.

A run says where the appealing student would have been, and nothing else of its outcome is kept or shown.
It changes nobody's result.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from marketplace.access import Actor
from marketplace.appeals import queries
from marketplace.appeals.models import Appeal, Correction, Trial
from marketplace.applications.models import Application
from marketplace.audit import services as audit
from marketplace.db import db
from marketplace.errors import DomainError
from marketplace.rankings import queries as rankings
from marketplace.rankings.models import RankList
from marketplace.rounds import queries as rounds
from marketplace.rounds.models import Round
from marketplace.runs import matching_adapter, superseding
from marketplace.runs.models import MatchRun, Publication, Seal
from marketplace.runs.queries import codes
from marketplace.slots.models import Slot
from marketplace.students.models import Student

Json = dict[str, Any]


@dataclass(frozen=True)
class Corrected:
    """One correction: of a pair (``student_id``, ``slot_id``), of a list, or of a slot's capacity."""

    correction: Correction
    slot_id: int | None = None
    student_id: int | None = None
    rank_list_id: int | None = None
    capacity: int | None = None


def run(actor: Actor, round_id: int, appeal_id: int, corrected: Corrected, *, now: datetime) -> Trial:
    """Try a correction for an appeal and keep what it would have meant for its student.

    Raises DomainError("unknown", field=...) for what is not in the sealed input, ("untriable") where the
    corrected input would not be one.
    """
    round_ = rounds.coordinated(actor, round_id)
    appeal = queries.one(round_, appeal_id, lock=True)
    work = _Work(round_)
    work.apply(corrected)
    before, after = work.outcomes(appeal.student_id)
    trial = Trial(
        appeal_id=appeal.id,
        correction=corrected.correction,
        slot_id=corrected.slot_id,
        student_id=corrected.student_id,
        rank_list_id=corrected.rank_list_id,
        capacity=corrected.capacity,
        before_slot_id=before,
        after_slot_id=after,
        problem_sha256=work.digest,
        ran_at=now,
        ran_by_id=actor.user_id,
    )
    db.session.add(trial)
    db.session.flush()
    audit.record(actor, "tried correction", appeal, now=now, correction=corrected.correction.value)
    return trial


def uncounted(round_: Round, appeal: Appeal) -> Sequence[tuple[RankList, str]]:
    """Versions that were certified in time and did not count, with whose they are: the student's own, and
    those of slots that the student applied to."""
    seal = db.session.get_one(Seal, round_.id)
    applied = sa.select(Application.slot_id).where(
        Application.round_id == round_.id, Application.student_id == appeal.student_id
    )
    query = (
        sa.select(RankList, Slot.title)
        .outerjoin(Slot, Slot.id == RankList.slot_id)
        .where(
            RankList.round_id == round_.id,
            RankList.certified,
            RankList.saved_at <= seal.sealed_at,
            sa.or_(RankList.student_id == appeal.student_id, RankList.slot_id.in_(applied)),
        )
        .order_by(RankList.slot_id.is_not(None), Slot.title, RankList.version)
    )
    sealed = set(seal.leaves)
    rows = db.session.execute(query)
    return [(saved, title or "") for saved, title in rows if saved.digest not in sealed]


class _Work:
    """The sealed problem as an object that is being corrected."""

    def __init__(self, round_: Round) -> None:
        self._round = round_
        self._seal = db.session.get_one(Seal, round_.id)
        published = db.session.get_one(Publication, round_.id)
        run = db.session.get_one(MatchRun, published.run_id)
        if run.result is None:
            raise DomainError("no_result")
        self._sealed = superseding.decided(run)
        self._result = matching_adapter.read_result(run.result)
        self._value: Json = self._sealed.to_dict()
        students, slots = codes(round_.id)
        self._student_ids, self._slot_ids = students, slots
        self._students = {id_: code for code, id_ in students.items()}
        self._slots = {id_: code for code, id_ in slots.items()}
        self.digest = ""

    def apply(self, corrected: Corrected) -> None:
        if corrected.correction is Correction.ELIGIBILITY:
            self._turn_pair(corrected.student_id, corrected.slot_id)
        elif corrected.correction is Correction.CAPACITY:
            entry = self._slot(corrected.slot_id)
            if corrected.capacity is None or corrected.capacity < 0:
                raise DomainError("unknown", field="capacity")
            entry["capacity"] = corrected.capacity
            entry["minimum"] = min(entry["minimum"], corrected.capacity)
        else:
            self._count(corrected.rank_list_id)

    def outcomes(self, student_id: int) -> tuple[int | None, int | None]:
        """Slot ids of the student as decided and under the correction."""
        changed = matching_adapter.changed(self._value)
        self.digest = changed.digest()
        code = self._students[student_id]
        before = self._result.assignment.get(code)
        after = matching_adapter.instead(self._sealed, self._result, changed, code)
        return self._id(before), self._id(after)

    def _id(self, code: str | None) -> int | None:
        return self._slot_ids[code] if code is not None else None

    def _slot(self, slot_id: int | None) -> Json:
        code = self._slots.get(slot_id or 0)
        for entry in self._value["slots"]:
            if entry["id"] == code:
                found: Json = entry
                return found
        raise DomainError("unknown", field="slot")

    def _turn_pair(self, student_id: int | None, slot_id: int | None) -> None:
        """What was ineligible becomes eligible, and the other way round."""
        code, slot = self._students.get(student_id or 0), self._slot(slot_id)["id"]
        if code is None:
            raise DomainError("unknown", field="student")
        pairs = self._value["ineligible"]
        left = [entry for entry in pairs if entry[:2] != [code, slot]]
        self._value["ineligible"] = left if len(left) < len(pairs) else [*pairs, [code, slot, "appeal"]]

    def _count(self, rank_list_id: int | None) -> None:
        """Let another version count: the owner's tiers, of partners that the sealed input knows."""
        query = sa.select(RankList).where(RankList.id == rank_list_id, RankList.round_id == self._round.id)
        saved = db.session.scalars(query.options(selectinload(RankList.entries))).one_or_none()
        if saved is None or saved.saved_at > self._seal.sealed_at:
            raise DomainError("unknown", field="list")
        if saved.student_id is None:
            entry = self._slot(saved.slot_id)
            entry["preferences"], entry["then_any"] = self._tiers_of_slot(saved), saved.then_any
            return
        there = {entry["id"] for entry in self._value["slots"]}
        applied = self._applied(Application.student_id == saved.student_id)
        names = {self._slots[a.slot_id] for a in applied} & there
        tiers = [
            [self._slots[i] for i in tier if self._slots.get(i) in names] for tier in rankings.tiers(saved)
        ]
        self._student(saved.student_id)["preferences"] = [sorted(tier) for tier in tiers if tier]

    def _student(self, student_id: int) -> Json:
        """The student's entry; whoever was not in the match joins it, on every list that names them."""
        code = self._students[student_id]
        for entry in self._value["students"]:
            if entry["id"] == code:
                found: Json = entry
                return found
        made: Json = {"id": code, "preferences": [], "types": self._types(student_id)}
        self._value["students"].append(made)
        query = sa.select(RankList).where(
            RankList.round_id == self._round.id,
            RankList.slot_id.is_not(None),
            RankList.digest.in_(self._seal.leaves),
        )
        named = {entry["id"]: entry for entry in self._value["slots"]}
        for saved in db.session.scalars(query.options(selectinload(RankList.entries))):
            entry = named.get(self._slots.get(saved.slot_id or 0, ""))
            if entry is not None:
                entry["preferences"] = self._tiers_of_slot(saved)
        return made

    def _types(self, student_id: int) -> Json:
        """As a student of the same programme in the match has them: limits count programmes and schools."""
        programme = sa.select(Student.programme_id).where(Student.id == student_id).scalar_subquery()
        peers = set(db.session.scalars(sa.select(Student.id).where(Student.programme_id == programme)))
        codes_ = {self._students[i] for i in peers if i in self._students}
        return next((e["types"] for e in self._value["students"] if e["id"] in codes_), {})

    def _tiers_of_slot(self, saved: RankList) -> list[list[str]]:
        there = {entry["id"] for entry in self._value["students"]}
        applied = {a.student_id for a in self._applied(Application.slot_id == saved.slot_id)}
        tiers = [
            sorted(self._students[i] for i in tier if i in applied and self._students.get(i) in there)
            for tier in rankings.tiers(saved)
        ]
        return [tier for tier in tiers if tier]

    def _applied(self, condition: sa.ColumnElement[bool]) -> Sequence[Application]:
        """Applications that stood when the input was sealed."""
        sealed_at = self._seal.sealed_at
        query = sa.select(Application).where(
            Application.round_id == self._round.id,
            condition,
            Application.consented_at <= sealed_at,
            sa.or_(Application.withdrawn_at.is_(None), Application.withdrawn_at > sealed_at),
        )
        return db.session.scalars(query).all()
