"""Share a slot's places out among schools: at most so many students of each, whoever comes first.

The facility says it before a round counts on the slot. A round's file then has it as the slot's quota.
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

_ANNOUNCED = (Phase.RECRUITING, Phase.APPLYING, Phase.RANKING)
_LIVE = (Phase.DRAFT, *_ANNOUNCED)


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
                    Round.phase.in_(_ANNOUNCED),
                )
            )
        )
        .order_by(School.name, School.id)
    )
    return db.session.scalars(query).all()


def shares(slot_ids: Collection[int]) -> dict[int, dict[int, int]]:
    """Slot id to school id to the most students of it."""
    found: dict[int, dict[int, int]] = {}
    query = sa.select(SchoolShare).where(SchoolShare.slot_id.in_(slot_ids))
    for row in db.session.scalars(query.order_by(SchoolShare.slot_id, SchoolShare.school_id)):
        found.setdefault(row.slot_id, {})[row.school_id] = row.places
    return found


def said(round_id: int) -> Sequence[tuple[str, str, str, int]]:
    """(facility, slot, school, most) of a round's shared slots, for its rules."""
    rows = db.session.execute(
        sa.select(Facility.name, Slot.title, School.name, SchoolShare.places)
        .select_from(SchoolShare)
        .join(Slot, Slot.id == SchoolShare.slot_id)
        .join(Facility, Facility.id == Slot.facility_id)
        .join(School, School.id == SchoolShare.school_id)
        .join(RoundSlot, RoundSlot.slot_id == Slot.id)
        .where(RoundSlot.round_id == round_id, RoundSlot.withdrawn_at.is_(None))
        .order_by(Facility.name, Slot.title, Slot.id, School.name)
    )
    return [(facility, title, school, most) for facility, title, school, most in rows]


def share(actor: Actor, slot_id: int, places: Mapping[int, int], *, now: datetime) -> None:
    """Give each school at most these places, and those not named any number. Replaces what was said.

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
