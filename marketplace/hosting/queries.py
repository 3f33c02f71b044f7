"""Read what a facility's contacts see of their slots, and what everyone sees of a verified facility."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from marketplace.access import Actor
from marketplace.applications.models import Application
from marketplace.db import db
from marketplace.paging import Page
from marketplace.rounds import queries as rounds
from marketplace.rounds.models import Round
from marketplace.slots.models import Slot, SlotState

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class Row:
    """A slot of the actor's facilities with the rounds it takes part in and their applicants."""

    slot: Slot
    rounds: list[tuple[Round, int]] = field(default_factory=list)


def slots_of(actor: Actor, *, page: int, closed: bool) -> Page[Row]:
    """One page of the slots of the actor's facilities; the closed ones apart."""
    wanted = Slot.state == SlotState.CLOSED if closed else Slot.state != SlotState.CLOSED
    mine = sa.select(Slot).where(Slot.facility_id.in_(actor.facilities), wanted)
    total = db.session.execute(sa.select(sa.func.count()).select_from(mine.subquery())).scalar_one()
    query = (
        mine.options(joinedload(Slot.facility), joinedload(Slot.site))
        .order_by(Slot.starts_on.desc(), Slot.title, Slot.id)
        .limit(PAGE_SIZE)
        .offset((page - 1) * PAGE_SIZE)
    )
    slots = db.session.scalars(query).all()
    taking_part = _rounds_of(actor, [slot.id for slot in slots])
    return Page([Row(slot, taking_part[slot.id]) for slot in slots], page, PAGE_SIZE, total)


def posted_of(facility_id: int, limit: int = 100) -> Sequence[Slot]:
    """The posted slots of a facility, soonest first."""
    query = (
        sa.select(Slot)
        .where(Slot.facility_id == facility_id, Slot.state == SlotState.POSTED)
        .options(joinedload(Slot.site))
        .order_by(Slot.starts_on, Slot.id)
        .limit(limit)
    )
    return db.session.scalars(query).all()


def drafts_of(actor: Actor) -> int:
    """How many drafts the actor's facilities have."""
    query = sa.select(sa.func.count(Slot.id)).where(
        Slot.facility_id.in_(actor.facilities), Slot.state == SlotState.DRAFT
    )
    return db.session.execute(query).scalar_one()


def has_slots(actor: Actor) -> bool:
    """Whether the actor's facilities have any slot."""
    query = sa.select(Slot.id).where(Slot.facility_id.in_(actor.facilities)).limit(1)
    return db.session.scalar(query) is not None


def rounds_of_slot(actor: Actor, slot_id: int) -> list[tuple[Round, int]]:
    """The rounds that one of the actor's slots takes part in, each with how many applied."""
    return _rounds_of(actor, [slot_id])[slot_id]


def _rounds_of(actor: Actor, slot_ids: list[int]) -> defaultdict[int, list[tuple[Round, int]]]:
    counts = {
        (round_id, slot_id): number
        for round_id, slot_id, number in db.session.execute(
            sa.select(Application.round_id, Application.slot_id, sa.func.count())
            .where(Application.slot_id.in_(slot_ids), Application.withdrawn_at.is_(None))
            .group_by(Application.round_id, Application.slot_id)
        )
    }
    found: defaultdict[int, list[tuple[Round, int]]] = defaultdict(list)
    wanted = set(slot_ids)
    for round_, slot in rounds.slots_of_facility(actor):
        if slot.id in wanted:
            found[slot.id].append((round_, counts.get((round_.id, slot.id), 0)))
    return found
