"""Share a slot's places out among schools: at most so many students of each, whoever comes first.

The facility says it before a round counts on the slot. Where several rounds have the slot and it says
nothing, each gets an equal part of what is left. A round's file then has it as the slot's quota.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa

from marketplace.access import Actor
from marketplace.audit import services as audit
from marketplace.capacities.models import SchoolShare
from marketplace.db import db
from marketplace.eligibility import limits
from marketplace.eligibility import queries as eligibility
from marketplace.errors import DomainError
from marketplace.facilities.models import Facility
from marketplace.rounds import queries as rounds
from marketplace.rounds.models import Round, RoundProgramme, RoundSlot
from marketplace.rounds.phases import Phase
from marketplace.schools.models import Programme, School
from marketplace.slots import policies
from marketplace.slots import services as slots
from marketplace.slots.models import Slot
from marketplace.slots.policies import Hold

_OPEN = (Phase.RECRUITING, Phase.APPLYING, Phase.RANKING)
_LIVE = (Phase.DRAFT, *_OPEN)
#: Rounds that want a slot's places, or whose students hold some.
ANNOUNCED = tuple(phase for phase in Phase if phase not in (Phase.DRAFT, Phase.CANCELLED))


def schools(slot_id: int) -> Sequence[School]:
    """The schools whose students could come by an announced round, by name."""
    query = (
        sa.select(School)
        .where(
            School.id.in_(
                sa.select(Programme.school_id)
                .join(RoundProgramme, RoundProgramme.programme_id == Programme.id)
                .join(RoundSlot, RoundSlot.round_id == RoundProgramme.round_id)
                .join(Round, Round.id == RoundSlot.round_id)
                .where(
                    RoundSlot.slot_id == slot_id,
                    RoundSlot.withdrawn_at.is_(None),
                    Round.phase.in_(_OPEN),
                )
            )
        )
        .order_by(School.name, School.id)
    )
    return db.session.scalars(query).all()


def shares(slot_ids: Collection[int]) -> dict[int, dict[int, int]]:
    """Slot id to school id to the most students of it.

    Where several rounds have a slot, the schools that its facility gave no share get equal parts of the rest,
    round by round: so the rounds together never fill more places than there are. What was given to a school
    that none of the rounds is of any more belongs to the rest.
    """
    found = given(slot_ids)
    several = {i: rounds for i, rounds in wanted(slot_ids).items() if len(rounds) > 1}
    capacities = sa.select(Slot.id, Slot.capacity).where(Slot.id.in_(several))
    for slot_id, capacity in db.session.execute(capacities) if several else ():
        here = set().union(*several[slot_id])
        mine = {school_id: most for school_id, most in found.get(slot_id, {}).items() if school_id in here}
        rest = _apart(several[slot_id], mine.keys())
        if not mine and len(rest) < 2:
            continue  # rounds of one school: nothing to share out between schools
        for most, schools in zip(_parts(capacity - sum(mine.values()), len(rest)), rest, strict=True):
            mine.update(zip(schools, _parts(most, len(schools)), strict=True))
        found[slot_id] = mine
    return found


def is_contended(slot_id: int) -> bool:
    """Whether rounds of several schools have the slot: one that is given nothing gets a part of the rest."""
    rounds = wanted([slot_id]).get(slot_id, [])
    return len(rounds) > 1 and len(set().union(*rounds)) > 1


def _apart(rounds: Sequence[set[int]], given: Collection[int]) -> list[list[int]]:
    """The schools without a share, by the first round they are in.

    >>> _apart([{1, 2}, {2}, {3, 4}], [4])
    [[1, 2], [3]]
    """
    seen, found = set(given), []
    for schools in rounds:
        found.append(sorted(schools - seen))
        seen |= schools
    return [schools for schools in found if schools]


def _parts(total: int, count: int) -> list[int]:
    """`total` in equal whole parts, the first the larger ones.

    >>> _parts(5, 2), _parts(-1, 2), _parts(3, 0)
    ([3, 2], [0, 0], [])
    """
    return [max(0, total) // count + (n < max(0, total) % count) for n in range(count)]


def wanted(slot_ids: Collection[int]) -> dict[int, list[set[int]]]:
    """Slot id to the schools of each announced round that has it, the first round first."""
    found: dict[int, dict[int, set[int]]] = {}
    query = (
        sa.select(RoundSlot.slot_id, Round.id, Programme.school_id)
        .join(Round, Round.id == RoundSlot.round_id)
        .join(RoundProgramme, RoundProgramme.round_id == Round.id)
        .join(Programme, Programme.id == RoundProgramme.programme_id)
        .where(RoundSlot.slot_id.in_(slot_ids), RoundSlot.withdrawn_at.is_(None), Round.phase.in_(ANNOUNCED))
        .distinct()
        .order_by(RoundSlot.slot_id, Round.id)
    )
    for slot_id, round_id, school_id in db.session.execute(query):
        found.setdefault(slot_id, {}).setdefault(round_id, set()).add(school_id)
    return {slot_id: list(rounds.values()) for slot_id, rounds in found.items()}


def given(slot_ids: Collection[int]) -> dict[int, dict[int, int]]:
    """What facilities said: slot id to school id to the most students of it."""
    found: dict[int, dict[int, int]] = {}
    query = sa.select(SchoolShare).where(SchoolShare.slot_id.in_(slot_ids))
    for row in db.session.scalars(query.order_by(SchoolShare.slot_id, SchoolShare.school_id)):
        found.setdefault(row.slot_id, {})[row.school_id] = row.places
    return found


def said(round_id: int) -> Sequence[tuple[str, str, str, int]]:
    """(facility, slot, school, most) of a round's shared slots, for its rules."""
    rows = db.session.execute(
        sa.select(Slot.id, Facility.name, Slot.title)
        .join(Facility, Facility.id == Slot.facility_id)
        .join(RoundSlot, RoundSlot.slot_id == Slot.id)
        .where(RoundSlot.round_id == round_id, RoundSlot.withdrawn_at.is_(None))
        .order_by(Facility.name, Slot.title, Slot.id)
    ).all()
    shared = shares([slot_id for slot_id, _facility, _title in rows])
    ids = {school_id for places in shared.values() for school_id in places}
    named = sa.select(School.id, School.name).where(School.id.in_(ids)).order_by(School.name, School.id)
    names = [(i, name) for i, name in db.session.execute(named)] if ids else []
    return [
        (facility, title, name, shared[slot_id][i])
        for slot_id, facility, title in rows
        if slot_id in shared
        for i, name in names
        if i in shared[slot_id]
    ]


def share(actor: Actor, slot_id: int, places: Mapping[int, int], *, now: datetime) -> None:
    """Give each school at most these places; of those not named see :func:`shares`. Replaces what was said.

    Raises NotFound, DomainError: "slot_in_round" once a round counts on the slot, "too_many" where more are
    shared out than there are, "out_of_state" where the limit on students in another state is a quota already.
    """
    slot = slots.own(actor, slot_id)
    policies.require_free(slot_id, Hold.CAPACITY)
    known = {school.id for school in schools(slot_id)}
    if not places.keys() <= known or any(most < 0 for most in places.values()):
        raise DomainError("unknown_school")
    if sum(places.values()) > slot.capacity:
        raise DomainError("too_many", places=slot.capacity)
    if places and _limited(slot_id):
        raise DomainError("out_of_state")
    db.session.execute(sa.delete(SchoolShare).where(SchoolShare.slot_id == slot_id))
    db.session.add_all(SchoolShare(slot_id=slot_id, school_id=i, places=most) for i, most in places.items())
    db.session.flush()
    audit.record(
        actor, "shared out", slot, now=now, places={str(school): most for school, most in places.items()}
    )


def _limited(slot_id: int) -> bool:
    """Whether the limit on students in another state is the slot's quota in a round: it can have one only."""
    query = (
        sa.select(Round)
        .join(RoundSlot, RoundSlot.round_id == Round.id)
        .where(RoundSlot.slot_id == slot_id, RoundSlot.withdrawn_at.is_(None), Round.phase.in_(_LIVE))
    )
    for round_ in db.session.scalars(query).all():
        capacities = {row.slot_id: row.slot.capacity for row in rounds.round_slots(round_.id)}
        if slot_id in limits.quotas(eligibility.of_round(round_), capacities):
            return True
    return False
