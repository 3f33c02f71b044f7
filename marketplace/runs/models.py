"""Runs of the match, the seal over a round's input, released assignments, placements and clearing.

The run row is the truth: it holds the lease, the attempt (a fencing token) and the state. A rehearsal
keeps totals and at-risk students, never an assignment. Assignments exist as rows only from release on.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.db import Base, UTCDateTime, choice
from marketplace.slots.models import Slot
from marketplace.students.models import Student


class RunKind(StrEnum):
    """A rehearsal forecasts; the official run decides."""

    REHEARSAL = "rehearsal"
    OFFICIAL = "official"


class RunState(StrEnum):
    """Where a run stands. An expired lease makes RUNNING claimable again.

    SUPERSEDED: done, and replaced before its release by a run on a corrected input. It is kept.
    """

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    SUPERSEDED = "superseded"


class MatchRun(Base):
    """One run. ``run_key`` is the local date of a rehearsal's night, or ``official``, ``official-2`` ...

    ``earlier``: the steps before the result, each with the couples ``split`` after it and its ``result``
    (:mod:`marketplace.runs.apart`).
    """

    __tablename__ = "match_run"
    __table_args__ = (
        sa.UniqueConstraint("round_id", "kind", "run_key"),
        sa.Index(
            "uq_match_run_decided",
            "round_id",
            unique=True,
            sqlite_where=sa.text("kind = 'official' AND state = 'done'"),
            postgresql_where=sa.text("kind = 'official' AND state = 'done'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(sa.ForeignKey("match_round.id"))
    kind: Mapped[RunKind] = mapped_column(choice(RunKind, "kind"))
    run_key: Mapped[str] = mapped_column(sa.String(20))
    state: Mapped[RunState] = mapped_column(choice(RunState, "state"), default=RunState.QUEUED)
    attempt: Mapped[str | None] = mapped_column(sa.String(36))
    attempts: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    problem_sha256: Mapped[str | None] = mapped_column(sa.String(64))
    result: Mapped[str | None] = mapped_column(sa.Text)
    totals: Mapped[dict[str, Any] | None] = mapped_column(sa.JSON)
    earlier: Mapped[list[dict[str, Any]]] = mapped_column(sa.JSON, default=list)
    error: Mapped[str | None] = mapped_column(sa.String(300))


class JobBeat(Base):
    """When a job last ran to its end, by the real time, and whether anything in it failed."""

    __tablename__ = "job_beat"

    name: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    ended_at: Mapped[datetime] = mapped_column(UTCDateTime)
    failures: Mapped[int]


class HoldCause(StrEnum):
    """What made a result look wrong. It decides of what table ``Hold.subject_id`` is a row.

    PROGRAMME, SCHOOL: none of its students is placed. STUDENT_REVERSED, SLOT_REVERSED: the list that counted
    is the one certified before it, turned around. SLOT_AGAINST: a slot's order runs against all others', as
    if a higher number had been meant as better. BLOCKING: no stable result was found for the couples; the
    subject is no row, but how many pairs block.
    """

    PROGRAMME = "programme"
    SCHOOL = "school"
    STUDENT_REVERSED = "student_reversed"
    SLOT_REVERSED = "slot_reversed"
    SLOT_AGAINST = "slot_against"
    BLOCKING = "blocking"


class Hold(Base):
    """One thing about an official run that a coordinator must look at before its result may be released."""

    __tablename__ = "release_hold"
    __table_args__ = (
        sa.UniqueConstraint("run_id", "cause", "subject_id"),
        sa.CheckConstraint("(cleared_at IS NULL) = (reason = '')", name="reason"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(sa.ForeignKey("match_run.id", ondelete="CASCADE"))
    cause: Mapped[HoldCause] = mapped_column(choice(HoldCause, "cause"))
    subject_id: Mapped[int]
    found_at: Mapped[datetime] = mapped_column(UTCDateTime)
    reason: Mapped[str] = mapped_column(sa.String(300), default="")
    cleared_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    cleared_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user_account.id", ondelete="SET NULL"))


class ReleasePlan(Base):
    """When a reviewed result is released by itself. It is of one run: another run needs another plan."""

    __tablename__ = "release_plan"

    run_id: Mapped[int] = mapped_column(sa.ForeignKey("match_run.id", ondelete="CASCADE"), primary_key=True)
    release_at: Mapped[datetime] = mapped_column(UTCDateTime)
    planned_at: Mapped[datetime] = mapped_column(UTCDateTime)
    planned_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user_account.id", ondelete="SET NULL"))


class Supersession(Base):
    """A coordinator's word that a decided run must give way to one on a corrected input, before its release.

    It takes another person's confirmation; while it is open nothing is released. ``corrections`` as
    :mod:`marketplace.runs.corrections` writes them; ``reason`` is public once it is confirmed.
    """

    __tablename__ = "supersession"
    __table_args__ = (
        sa.CheckConstraint("confirmed_at IS NULL OR withdrawn_at IS NULL", name="one_end"),
        sa.CheckConstraint("confirmed_by_id <> proposed_by_id", name="two_people"),
        sa.Index(
            "uq_supersession_run",
            "run_id",
            unique=True,
            sqlite_where=sa.text("withdrawn_at IS NULL"),
            postgresql_where=sa.text("withdrawn_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(sa.ForeignKey("match_run.id", ondelete="CASCADE"))
    reason: Mapped[str] = mapped_column(sa.String(300))
    corrections: Mapped[list[dict[str, Any]]] = mapped_column(sa.JSON)
    proposed_at: Mapped[datetime] = mapped_column(UTCDateTime)
    proposed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user_account.id", ondelete="SET NULL"))
    confirmed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    confirmed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user_account.id", ondelete="SET NULL"))
    withdrawn_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class Seal(Base):
    """A round's input, frozen at the lock: the problem file's text, the leaf digests and their root.

    ``apart``: for each couple that asked to be processed separately if no pair works, its members' own lists.
    Only the seed in the text, which no digest covers, may come later: with the public contribution, once.
    """

    __tablename__ = "seal"

    round_id: Mapped[int] = mapped_column(sa.ForeignKey("match_round.id"), primary_key=True)
    problem: Mapped[str] = mapped_column(sa.Text)
    problem_sha256: Mapped[str] = mapped_column(sa.String(64))
    leaves: Mapped[list[str]] = mapped_column(sa.JSON)
    root: Mapped[str] = mapped_column(sa.String(64))
    apart: Mapped[dict[str, dict[str, list[list[str]]]]] = mapped_column(sa.JSON, default=dict)
    sealed_at: Mapped[datetime] = mapped_column(UTCDateTime)


class Publication(Base):
    """A round's release: at most one, ever."""

    __tablename__ = "publication"

    round_id: Mapped[int] = mapped_column(sa.ForeignKey("match_round.id"), primary_key=True)
    run_id: Mapped[int] = mapped_column(sa.ForeignKey("match_run.id"))
    released_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user_account.id", ondelete="SET NULL"))
    released_at: Mapped[datetime] = mapped_column(UTCDateTime)


class Assignment(Base):
    """One student's released result. ``slot_id`` and ``rank`` (1-based) are empty for the unmatched.

    A preassigned student has a slot and no rank.
    """

    __tablename__ = "assignment"
    __table_args__ = (
        sa.CheckConstraint("slot_id IS NOT NULL OR rank IS NULL", name="rank"),
        sa.Index("ix_assignment_slot", "round_id", "slot_id"),
    )

    round_id: Mapped[int] = mapped_column(sa.ForeignKey("publication.round_id"), primary_key=True)
    student_id: Mapped[int] = mapped_column(sa.ForeignKey("student.id"), primary_key=True)
    slot_id: Mapped[int | None] = mapped_column(sa.ForeignKey("slot.id"))
    rank: Mapped[int | None]


class Origin(StrEnum):
    """How a placement came about."""

    MATCH = "match"
    REPAIR = "repair"
    CLEARING = "clearing"


class PlacementEnd(StrEnum):
    """Why a placement stands no more.

    DECLINED by the student, REFUSED by the host, each before they confirmed. DISPLACED: the place is gone.
    RELEASED at the student's request, WITHDRAWN at the host's, each by a coordinator's decision.
    """

    DECLINED = "declined"
    REFUSED = "refused"
    DISPLACED = "displaced"
    RELEASED = "released"
    WITHDRAWN = "withdrawn"


class Placement(Base):
    """A student's place in a slot, from release, repair or clearing on. It changes; an assignment never does.

    Proposed until both sides have confirmed, at the latest by ``answer_by``; silence leaves it proposed. At
    most one of a student stands in a round. ``end_note`` is for the coordinators alone.
    """

    __tablename__ = "placement"
    __table_args__ = (
        sa.CheckConstraint("(ended_at IS NULL) = (end_reason IS NULL)", name="ended"),
        sa.Index(
            "uq_placement_standing",
            "round_id",
            "student_id",
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        ),
        sa.Index("ix_placement_slot", "slot_id", "round_id"),
        sa.Index("ix_placement_student", "student_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(sa.ForeignKey("publication.round_id"))
    student_id: Mapped[int] = mapped_column(sa.ForeignKey("student.id"))
    slot_id: Mapped[int] = mapped_column(sa.ForeignKey("slot.id"))
    origin: Mapped[Origin] = mapped_column(choice(Origin, "origin"))
    made_at: Mapped[datetime] = mapped_column(UTCDateTime)
    answer_by: Mapped[datetime] = mapped_column(UTCDateTime)
    reminded_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    student_confirmed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    host_confirmed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    end_reason: Mapped[PlacementEnd | None] = mapped_column(choice(PlacementEnd, "end_reason"))
    end_note: Mapped[str] = mapped_column(sa.String(500), default="")

    student: Mapped[Student] = relationship(lazy="raise")
    slot: Mapped[Slot] = relationship(lazy="raise")

    @property
    def state(self) -> str:
        """``proposed``, ``confirmed`` (by both sides), or why it ended."""
        if self.end_reason is not None:
            return self.end_reason.value
        both = self.student_confirmed_at is not None and self.host_confirmed_at is not None
        return "confirmed" if both else "proposed"


class Clearing(Base):
    """One fast round over the places that are open: a short window to choose, then a small match."""

    __tablename__ = "clearing"
    __table_args__ = (
        sa.UniqueConstraint("round_id", "number"),
        sa.CheckConstraint("opens_at < closes_at", name="window"),
        sa.Index(
            "uq_clearing_open",
            "round_id",
            unique=True,
            sqlite_where=sa.text("settled_at IS NULL"),
            postgresql_where=sa.text("settled_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(sa.ForeignKey("publication.round_id"))
    number: Mapped[int] = mapped_column(sa.SmallInteger)
    opens_at: Mapped[datetime] = mapped_column(UTCDateTime)
    closes_at: Mapped[datetime] = mapped_column(UTCDateTime)
    settled_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    placed: Mapped[int] = mapped_column(default=0)
