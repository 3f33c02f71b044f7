"""Find the agreements that are needed and not there, and rank them. Reads only.

A gap is a facility at which a slot of a live round is not covered to its last day for some programme of the
round. Rounds that don't check agreements have none.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from marketplace.access import Actor
from marketplace.agreements import queries as agreements
from marketplace.agreements.models import Agreement, Stage
from marketplace.applications.models import Application
from marketplace.applications.queries import active
from marketplace.db import db
from marketplace.eligibility import queries as eligibility
from marketplace.errors import NotFound
from marketplace.facilities.models import Facility
from marketplace.placements import queries as placements
from marketplace.rounds import queries as rounds
from marketplace.rounds.models import AgreementRule, Round
from marketplace.rounds.phases import Phase

#: How long a signature takes: for a renewal, and where there was no agreement before.
RENEWAL_DAYS, NEW_DAYS = 90, 120
_BEFORE_LOCK = (Phase.DRAFT, Phase.RECRUITING, Phase.APPLYING, Phase.RANKING)
_AFTER_LOCK = (Phase.LOCKED, Phase.COMPUTED, Phase.RELEASED, Phase.CLEARING)


@dataclass
class Need:
    """What a round lacks at one facility."""

    students: set[int] = field(default_factory=set)
    slots: set[int] = field(default_factory=set)
    programmes: set[int] = field(default_factory=set)


@dataclass(frozen=True)
class Gap:
    """One missing agreement. ``days_left``: until it is too late to begin, or, once it is asked for, what
    remains between the expected signature and the day it is needed; negative: too late by the usual time."""

    school_id: int
    facility: Facility
    rounds: list[str]
    students: int
    slots: int
    needed_by: date
    agreement: Agreement | None
    runs_out: Agreement | None
    lead_days: int
    days_left: int

    @property
    def stage(self) -> Stage:
        """How far it is."""
        return self.agreement.stage if self.agreement else Stage.NONE


def gaps(actor: Actor, today: date) -> list[Gap]:
    """The missing agreements of the actor's schools: most students waiting first, then least time left."""
    found: dict[tuple[int, int], list[tuple[Round, Need]]] = {}
    for round_ in reversed(rounds.coordinated_rounds(actor)):
        if _checks(round_, today):
            for key, need in needs(round_).items():
                found.setdefault(key, []).append((round_, need))
    hosts = _facilities({facility_id for _school, facility_id in found})
    known = agreements.of_schools(actor)
    made = [_gap(key, hosts[key[1]], parts, known, today) for key, parts in found.items()]
    return sorted(made, key=lambda gap: (-gap.students, gap.days_left, gap.facility.name, gap.facility.id))


def gap(actor: Actor, school_id: int, facility_id: int, today: date) -> Gap:
    """One gap of the board. Raises NotFound."""
    for each in gaps(actor, today):
        if (each.school_id, each.facility.id) == (school_id, facility_id):
            return each
    raise NotFound("gap")


def conditional_rounds(today: date) -> Sequence[Round]:
    """The rounds whose placements wait for agreements, of every school."""
    query = (
        sa.select(Round)
        .where(Round.agreement_rule == AgreementRule.CONDITIONAL, Round.phase.in_(_BEFORE_LOCK + _AFTER_LOCK))
        .options(joinedload(Round.school))
        .order_by(Round.ranking_closes_at, Round.id)
    )
    return [round_ for round_ in db.session.scalars(query) if _checks(round_, today)]


def needs(round_: Round) -> dict[tuple[int, int], Need]:
    """By (school, facility): what a round lacks there, and who waits for it."""
    rules = eligibility.of_round(round_)
    one_of = {student.programme_id: student for student in rules.students.values()}
    found: dict[tuple[int, int], Need] = {}
    for slot in rules.slots.values():
        for programme_id, student in one_of.items() if slot.open else ():
            if not rules.book.cover(student, slot).covered:
                need = found.setdefault((student.school_id, slot.facility_id), Need())
                need.slots.add(slot.id)
                need.programmes.add(programme_id)
    for student_id, slot_id in waiting(round_):
        if student_id in rules.students and slot_id in rules.slots:
            student, slot = rules.students[student_id], rules.slots[slot_id]
            if not rules.book.cover(student, slot).covered:
                need = found.setdefault((student.school_id, slot.facility_id), Need())
                need.slots.add(slot_id)
                need.students.add(student_id)
    return found


def waiting(round_: Round) -> Iterable[tuple[int, int]]:
    """(student, slot) pairs that want an agreement: applications, or after the release placements."""
    if round_.released_at is not None:
        return placements.placed(round_.id)
    query = sa.select(Application.student_id, Application.slot_id).where(active(round_.id))
    return [(student_id, slot_id) for student_id, slot_id in db.session.execute(query)]


def needed_by(round_: Round) -> date:
    """The last day on which a signature helps the round."""
    return round_.agreements_due_on or round_.ranking_closes_at.astimezone(round_.zone).date()


def _checks(round_: Round, today: date) -> bool:
    """Whether a signature could still help the round."""
    if round_.phase in _BEFORE_LOCK:
        return round_.agreement_rule is not AgreementRule.UNCHECKED
    due = round_.agreements_due_on
    return round_.phase in _AFTER_LOCK and due is not None and due >= today


def _facilities(ids: set[int]) -> dict[int, Facility]:
    rows = db.session.scalars(sa.select(Facility).where(Facility.id.in_(ids)).order_by(Facility.id))
    return {row.id: row for row in rows}


def _gap(
    key: tuple[int, int],
    facility: Facility,
    parts: list[tuple[Round, Need]],
    known: Sequence[Agreement],
    today: date,
) -> Gap:
    school_id, facility_id = key
    mine = [a for a in known if a.school_id == school_id and facility_id in {f.id for f in a.facilities}]
    open_ = [a for a in mine if a.stage is not Stage.ACTIVE]
    signed = [a for a in mine if a.stage is Stage.ACTIVE]
    agreement = max(open_, key=lambda a: (list(Stage).index(a.stage), a.id), default=None)
    lead = agreement.lead_days if agreement else RENEWAL_DAYS if signed else NEW_DAYS
    by = min(needed_by(round_) for round_, _need in parts)
    return Gap(
        school_id=school_id,
        facility=facility,
        rounds=[round_.name for round_, _need in parts],
        students=len(set().union(*(need.students for _round, need in parts))),
        slots=len(set().union(*(need.slots for _round, need in parts))),
        needed_by=by,
        agreement=agreement,
        runs_out=max(signed, key=lambda a: (a.ends_on or date.max, a.id), default=None),
        lead_days=lead,
        days_left=(by - _ready(agreement, lead, today)).days,
    )


def _ready(agreement: Agreement | None, lead: int, today: date) -> date:
    """When a signature could be there: as expected, or begun today."""
    begun = agreement is not None and agreement.stage is not Stage.NONE
    expected = agreement.expected_on if agreement is not None and begun else None
    return expected or today + timedelta(days=lead)
