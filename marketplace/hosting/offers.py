"""What a facility offers and when it lapses: its posted slots to come, and its own listing as a host."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from flask import current_app
from sqlalchemy.orm import contains_eager

from marketplace.access import Actor
from marketplace.db import db
from marketplace.facilities import lapsing
from marketplace.facilities import services as facilities
from marketplace.facilities.lapsing import Lapsing, Step
from marketplace.facilities.models import Facility
from marketplace.rounds.queries import relied_on
from marketplace.slots import confirming
from marketplace.slots import services as slots
from marketplace.slots.models import Slot, SlotState

#: So many offers are looked at in one night; the rest in the next.
MOST = 2000


@dataclass(frozen=True, slots=True)
class Offer:
    """A slot that is posted, or was until it expired. ``until``: None while a round counts on it."""

    slot: Slot
    until: datetime | None

    @property
    def expired(self) -> bool:
        """Whether students find it no more."""
        return self.slot.state is SlotState.EXPIRED


def days() -> int:
    """How long an offer stands without being confirmed."""
    return int(current_app.config["LISTING_DAYS"])


def offers_of(facility_id: int, now: datetime) -> list[Offer]:
    """The offers that are to come, those that expired included, the soonest first."""
    query = (
        sa.select(Slot, relied_on(now))
        .where(
            Slot.facility_id == facility_id,
            Slot.state.in_((SlotState.POSTED, SlotState.EXPIRED)),
            Slot.starts_on >= now.date(),
        )
        .order_by(Slot.starts_on, Slot.id)
    )
    return [
        Offer(slot, None if relied else lapsing.ends_at(slot, days()))
        for slot, relied in db.session.execute(query)
    ]


def until(slot: Slot, now: datetime) -> datetime | None:
    """When a posted slot lapses unless confirmed; None while a round counts on it, and for any other."""
    if slot.state is not SlotState.POSTED or slot.starts_on < now.date():
        return None
    relied = db.session.scalar(sa.select(relied_on(now)).select_from(Slot).where(Slot.id == slot.id))
    return None if relied else lapsing.ends_at(slot, days())


def titles(facility_id: int, state: SlotState) -> list[tuple[str, datetime | None]]:
    """(title, when it lapses) of the posted slots that were asked about, or of those that expired."""
    query = sa.select(Slot).where(Slot.facility_id == facility_id, Slot.state == state, Slot.asks > 0)
    found = db.session.scalars(query.order_by(Slot.starts_on, Slot.id))
    return [(slot.title, lapsing.ends_at(slot, days())) for slot in found]


def waiting(actor: Actor, now: datetime) -> int:
    """How many of the actor's slots expired, or will unless they are confirmed."""
    asked = sa.and_(Slot.state == SlotState.POSTED, Slot.asks > 0)
    query = sa.select(sa.func.count(Slot.id)).where(
        Slot.facility_id.in_(actor.facilities),
        Slot.starts_on >= now.date(),
        sa.or_(asked, Slot.state == SlotState.EXPIRED),
    )
    return db.session.execute(query).scalar_one()


def confirm(actor: Actor, facility_id: int, slot_ids: Collection[int], *, now: datetime) -> int:
    """The facility hosts, and these of its slots are on offer; the rest stay as they are. Says how many."""
    facilities.confirm(actor, facility_id, now=now)
    wanted = [each.slot.id for each in offers_of(facility_id, now) if each.slot.id in slot_ids]
    for slot_id in wanted:
        confirming.confirm(actor, slots.own(actor, slot_id), now=now)
    return len(wanted)


def take_steps(now: datetime) -> dict[int, Step]:
    """Ask about what is due, hide what nobody confirmed; say for which facilities, and what.

    A round keeps its slots and their facility from lapsing. Rows that another job holds are left to it.
    """
    found: dict[int, set[Step]] = defaultdict(set)
    for slot in db.session.scalars(_slots_due(now)):
        step = lapsing.due(slot, now, days())
        if step is Step.LAPSE:
            confirming.expire(slot, now=now)
        _note(slot, step, found[slot.facility_id], now)
    for facility in db.session.scalars(_facilities_due(now)):
        step = lapsing.due(facility, now, days())
        if step is Step.LAPSE:
            facilities.lapse(facility, now=now)
        _note(facility, step, found[facility.id], now)
    return {id_: Step.ASK if Step.ASK in steps else Step.LAPSE for id_, steps in found.items() if steps}


def _note(offer: Lapsing, step: Step | None, steps: set[Step], now: datetime) -> None:
    if step is Step.ASK:
        lapsing.note_asked(offer, now)
    if step is not None:
        steps.add(step)


def _slots_due(now: datetime) -> sa.Select[Slot]:
    return (
        sa.select(Slot)
        .join(Slot.facility)
        .where(
            Slot.state == SlotState.POSTED,
            Slot.starts_on >= now.date(),
            Slot.confirmed_at <= _threshold(now),
            Facility.verified_at.is_not(None),
            ~relied_on(now),
        )
        .options(contains_eager(Slot.facility))
        .order_by(Slot.facility_id, Slot.id)
        .limit(MOST)
        .with_for_update(of=Slot, skip_locked=True)
    )


def _facilities_due(now: datetime) -> sa.Select[Facility]:
    counted_on = sa.exists().where(Slot.facility_id == Facility.id, relied_on(now))
    return (
        sa.select(Facility)
        .where(
            Facility.verified_at.is_not(None),
            Facility.lapsed_at.is_(None),
            Facility.confirmed_at <= _threshold(now),
            ~counted_on,
        )
        .order_by(Facility.id)
        .limit(MOST)
        .with_for_update(skip_locked=True)
    )


def _threshold(now: datetime) -> datetime:
    """What was confirmed later than this is owed nothing yet."""
    return now - timedelta(days=days()) + lapsing.FIRST
